import { expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import { ETH0, HASH, INGRESS, loadOne } from './support.js';

const PIN = '/sys/fs/bpf/l';

async function pinned() {
  const kernel = new FakeKernel({ deferred: 'manual' });
  const program = await loadOne(kernel, 'xdp');
  const spec = { type: 'xdp', program, ifindex: ETH0 } as const;
  const link = await kernel.attach(spec);
  await kernel.pin(link, PIN);
  return { kernel, program, link, spec };
}

test('closing the last handle frees a link at once', async () => {
  const { kernel, link } = await pinned();
  await kernel.unpin(PIN);
  await link.close();
  expect([kernel.linkCount(), kernel.deferred.pending]).toEqual([0, []]);
  expect((await kernel.queryXdp({ ifindex: ETH0 })).programId).toBeUndefined();
});

test('removing the last pin frees later: first the id is gone, then the hook is free', async () => {
  const { kernel, link, spec } = await pinned();
  await link.close();
  await kernel.unpin(PIN);
  expect(kernel.deferred.pending).toEqual(['free the id of link 1', 'release the hook of link 1']);
  expect(await kernel.nextLinkId(0)).toBe(1);
  expect(await codeOf(kernel.linkById(1))).toBe('ENOENT');
  expect(await codeOf(kernel.attach(spec))).toBe('EBUSY');
  expect(kernel.deferred.step()).toBe('free the id of link 1');
  expect(await codeOf(kernel.nextLinkId(0))).toBe('ENOENT');
  expect(await codeOf(kernel.attach(spec))).toBe('EBUSY');
  expect(kernel.deferred.drain()).toBe(1);
  expect(await codeOf(kernel.attach(spec))).toBe('ok');
});

test('a device that goes between the two steps does no harm', async () => {
  const { kernel, link } = await pinned();
  await link.close();
  await kernel.unpin(PIN);
  kernel.deferred.step();
  kernel.interfaces.remove('eth0');
  kernel.deferred.drain();
  expect(kernel.linkCount()).toBe(0);
});

test('detach with a handle frees at once, of a link that only pins hold later', async () => {
  const { kernel, link } = await pinned();
  await kernel.detach(link);
  expect(kernel.deferred.pending).toEqual([]);
  const other = await pinned();
  await other.link.close();
  await other.kernel.detach(other.link.id);
  expect(other.kernel.deferred.pending).toHaveLength(2);
});

test('a pin keeps what it holds, over the death of the process that made it', async () => {
  const kernel = new FakeKernel();
  const manager = kernel.process();
  const program = await loadOne(manager, 'xdp');
  const link = await manager.attach({ type: 'xdp', program, ifindex: ETH0 });
  await manager.pin(link, PIN);
  manager.exit();
  expect([kernel.programCount(), kernel.linkCount(), kernel.handleCount()]).toEqual([1, 1, 0]);
  await kernel.unpin(PIN);
  expect([kernel.programCount(), kernel.linkCount()]).toEqual([0, 0]);
});

test('a device that is removed makes its links defunct, lets go of what had none, and tells so', async () => {
  const kernel = new FakeKernel();
  const removed: unknown[] = [];
  kernel.events.on('deviceRemoved', (device) => removed.push(device));
  const xdp = await loadOne(kernel, 'xdp');
  const [tcx, plain, filter] = [
    await loadOne(kernel, 'tcx'),
    await loadOne(kernel, 'tcx'),
    await loadOne(kernel, 'tc'),
  ];
  await kernel.attach({ type: 'xdp', program: xdp, ifindex: ETH0 });
  const link = await kernel.attach({ type: 'tcx', program: tcx, ...INGRESS });
  await kernel.attachTcxProgram({ ...INGRESS, program: plain });
  await kernel.createClsact({ ifindex: ETH0 });
  await kernel.addFilter({ ...INGRESS, program: filter });
  await kernel.unload(plain);
  await kernel.unload(filter);
  expect(kernel.programCount()).toBe(4);
  kernel.interfaces.remove('eth0');
  expect((await kernel.programs()).map(({ id }) => id)).toEqual([xdp.id, tcx.id]);
  expect((await kernel.links()).map(({ attached, ifindex }) => [attached, ifindex])).toEqual([
    [false, 0],
    [false, 0],
  ]);
  expect(await codeOf(kernel.updateLink(link, tcx))).toBe('ENOLINK');
  expect(await codeOf(kernel.forceDetach(link))).toBe('ok');
  expect(kernel.snapshot().clsacts).toEqual([]);
  expect(removed).toEqual([{ name: 'eth0', ifindex: ETH0, netns: 4_026_531_840 }]);
});

test('a namespace that is removed takes its devices and what was on them', async () => {
  const kernel = new FakeKernel();
  kernel.interfaces.addNetns('/run/netns/blue');
  const { index } = kernel.interfaces.add('veth0', { netns: '/run/netns/blue' });
  const program = await loadOne(kernel, 'xdp');
  const link = await kernel.attach({ type: 'xdp', program, ifindex: index, netns: '/run/netns/blue' });
  expect(link.netns).toBe(await kernel.interfaces.netnsInode('/run/netns/blue'));
  expect((await kernel.queryXdp({ ifindex: ETH0 })).programId).toBeUndefined();
  kernel.interfaces.removeNetns('/run/netns/blue');
  expect(await kernel.links()).toMatchObject([{ attached: false }]);
  expect(await codeOf(kernel.queryXdp({ ifindex: index, netns: '/run/netns/blue' }))).toBe('ENOENT');
});

test('handles close twice, and are closed by `await using`', async () => {
  const kernel = new FakeKernel();
  {
    await using program = await loadOne(kernel, 'xdp', { maps: [HASH] });
    await program.close();
    await program.close();
    expect(program.closed).toBe(true);
  }
  expect([kernel.programCount(), kernel.mapCount(), kernel.handleCount()]).toEqual([0, 0, 0]);
});

test('after reset nothing is left, ids begin anew, and old handles harm nobody', async () => {
  const kernel = new FakeKernel();
  const empty = kernel.snapshot();
  const old = await loadOne(kernel, 'xdp', { maps: [HASH], pinPath: '/sys/fs/bpf/x' });
  await kernel.setXdp({ ifindex: ETH0, program: old });
  await kernel.createClsact({ ifindex: ETH0 });
  kernel.failOnNthLoad(5, 'ENOMEM');
  kernel.reset();
  expect(kernel.diff(empty)).toEqual([]);
  expect(kernel.operations({ reads: true })).toEqual([]);
  expect(kernel.faults.unfired()).toEqual([]);
  const program = await loadOne(kernel, 'xdp');
  expect(program.id).toBe(1);
  await old.close();
  expect(kernel.programCount()).toBe(1);
});

test('after dispose nothing is left and every call is a DisposedError', async () => {
  const kernel = new FakeKernel();
  const program = await loadOne(kernel, 'xdp', { maps: [HASH], pinPath: '/sys/fs/bpf/x' });
  await kernel.setXdp({ ifindex: ETH0, program });
  await kernel[Symbol.asyncDispose]();
  await kernel[Symbol.asyncDispose]();
  expect([kernel.programCount(), kernel.mapCount(), kernel.pinCount(), kernel.handleCount()]).toEqual([0, 0, 0, 0]);
  await expect(kernel.programs()).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_DISPOSED' });
  expect(() => kernel.reset()).toThrow('FakeKernel is closed');
});
