import { expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import { CAPABILITIES, type Capability } from '../../../src/kernel/capabilities.js';
import { code, ETH0, HASH, INGRESS, loadOne } from './support.js';

const without = (...dropped: Capability[]) => ({
  capabilities: CAPABILITIES.filter((each) => !dropped.includes(each)),
});

test.each<[string, Capability[], Parameters<typeof loadOne>[1], string]>([
  ['no CAP_BPF', ['CAP_BPF', 'CAP_SYS_ADMIN'], 'kprobe', 'EPERM'],
  ['a net type without CAP_NET_ADMIN', ['CAP_NET_ADMIN', 'CAP_SYS_ADMIN'], 'xdp', 'EPERM'],
  ['a tracing type without CAP_PERFMON', ['CAP_PERFMON', 'CAP_SYS_ADMIN'], 'fentry', 'EPERM'],
  ['a net type without CAP_PERFMON', ['CAP_PERFMON', 'CAP_SYS_ADMIN'], 'tcx', 'ok'],
  ['CAP_SYS_ADMIN alone', ['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_PERFMON'], 'xdp', 'ok'],
])('loading with %s', async (_, dropped, type, expected) => {
  expect(await codeOf(loadOne(new FakeKernel(without(...dropped)), type))).toBe(expected);
});

test('without CAP_BPF a load is EPERM before its instructions are counted; of a map the arguments come first', async () => {
  const kernel = new FakeKernel({ capabilities: [] });
  expect(await codeOf(kernel.load({ name: 'x', type: 'xdp', code: code('') }))).toBe('EPERM');
  expect(await codeOf(kernel.createMap({ ...HASH, maxEntries: 0 }))).toBe('EINVAL');
  expect(await codeOf(kernel.createMap(HASH))).toBe('EPERM');
});

test('ids take CAP_SYS_ADMIN, after the arguments are checked', async () => {
  const kernel = new FakeKernel(without('CAP_SYS_ADMIN'));
  const program = await loadOne(kernel, 'xdp');
  expect(await codeOf(kernel.programById(program.id))).toBe('EPERM');
  expect(await codeOf(kernel.programs())).toBe('EPERM');
  expect(await codeOf(kernel.nextProgramId(0))).toBe('EPERM');
  expect(await codeOf(kernel.nextProgramId(2 ** 31 - 1))).toBe('EINVAL');
  expect(await codeOf(kernel.unload(program.id))).toBe('EPERM');
  expect(await codeOf(kernel.unload(program))).toBe('ok');
});

test('netlink takes CAP_NET_ADMIN, links do not', async () => {
  const kernel = new FakeKernel(without('CAP_NET_ADMIN'));
  const program = await loadOne(kernel, 'xdp');
  expect(await codeOf(kernel.setXdp({ ifindex: ETH0, program }))).toBe('EPERM');
  expect(await codeOf(kernel.createClsact({ ifindex: ETH0 }))).toBe('EPERM');
  expect(await codeOf(kernel.attach({ type: 'xdp', program, ifindex: ETH0 }))).toBe('ok');
});

test('perf events without CAP_PERFMON are EACCES', async () => {
  const kernel = new FakeKernel();
  const program = await loadOne(kernel, 'kprobe');
  await kernel.pin(program, '/sys/fs/bpf/p');
  const poor = kernel.process(without('CAP_PERFMON', 'CAP_SYS_ADMIN'));
  const handle = await poor.open('/sys/fs/bpf/p');
  if (handle.kind !== 'program') throw new Error('no program');
  expect(await codeOf(poor.attach({ type: 'kprobe', program: handle, functionName: 'f' }))).toBe('EACCES');
});

test('a TCX query takes CAP_NET_ADMIN, a detach without a program CAP_BPF', async () => {
  const kernel = new FakeKernel({ capabilities: [] });
  expect(await codeOf(kernel.queryTcx(INGRESS))).toBe('EPERM');
  expect(await codeOf(kernel.detachTcxProgram(INGRESS))).toBe('EPERM');
});

test('which link is on XDP is told only to those who may list links', async () => {
  const kernel = new FakeKernel();
  const link = await kernel.attach({ type: 'xdp', program: await loadOne(kernel, 'xdp'), ifindex: ETH0 });
  const poor = kernel.process(without('CAP_SYS_ADMIN'));
  expect((await kernel.queryXdp({ ifindex: ETH0 })).linkId).toBe(link.id);
  expect((await poor.queryXdp({ ifindex: ETH0 })).linkId).toBeUndefined();
});

test('a process closes its handles when it exits, and makes no calls afterwards', async () => {
  const kernel = new FakeKernel();
  const other = kernel.process();
  const program = await loadOne(other, 'xdp');
  expect([other.handleCount(), kernel.handleCount()]).toEqual([1, 1]);
  other.exit();
  expect([program.closed, kernel.programCount()]).toEqual([true, 0]);
  await expect(other.programs()).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_DISPOSED' });
});

test("another process's handle is EBADF, another kernel's a usage error, another kind's EINVAL", async () => {
  const kernel = new FakeKernel();
  const foreign = await loadOne(kernel.process(), 'xdp');
  expect(await codeOf(kernel.attach({ type: 'xdp', program: foreign, ifindex: ETH0 }))).toBe('EBADF');
  const stranger = await loadOne(new FakeKernel(), 'xdp');
  await expect(kernel.unload(stranger)).rejects.toThrow('program is a handle of another kernel');
  const map = await kernel.createMap(HASH);
  expect(await codeOf(Reflect.apply(kernel.unload, kernel, [map]))).toBe('EINVAL');
});

test('a process in another namespace means its own devices', async () => {
  const kernel = new FakeKernel();
  kernel.interfaces.addNetns('/run/netns/blue');
  const process = kernel.process({ netns: '/run/netns/blue' });
  const program = await loadOne(process, 'xdp');
  expect(await codeOf(process.attach({ type: 'xdp', program, ifindex: ETH0 }))).toBe('EINVAL');
  kernel.interfaces.add('veth0', { netns: '/run/netns/blue', index: ETH0 });
  await process.attach({ type: 'xdp', program, ifindex: ETH0 });
  expect((await kernel.queryXdp({ ifindex: ETH0 })).programId).toBeUndefined();
});

test('ids are listed in order, one after the other, and end with ENOENT', async () => {
  const kernel = new FakeKernel();
  for (let count = 0; count < 4; count += 1) await loadOne(kernel, 'xdp');
  await kernel.unload(2);
  const ids: number[] = [];
  for (let id = 0; ; ids.push(id)) {
    const next = await kernel.nextProgramId(id).catch(() => undefined);
    if (next === undefined) break;
    id = next;
  }
  expect(ids).toEqual([1, 3, 4]);
  expect(await codeOf(kernel.nextProgramId(4))).toBe('ENOENT');
  expect(await codeOf(kernel.programById(0))).toBe('ENOENT');
  expect(await codeOf(kernel.linkById(1))).toBe('ENOENT');
  expect(await codeOf(kernel.mapById(1))).toBe('ENOENT');
});

test('ids rise, wrap at the end, and come again only when told to', async () => {
  const kernel = new FakeKernel({ nextId: 2 ** 31 - 2 });
  const load = async () => (await loadOne(kernel, 'xdp')).id;
  expect([await load(), await load(), await load()]).toEqual([2 ** 31 - 2, 1, 2]);
  await kernel.unload(1);
  expect(await load()).toBe(3);
  kernel.setNextId('program', 1);
  expect([await load(), await load()]).toEqual([1, 4]);
  expect((await kernel.programs()).map(({ id }) => id)).toEqual([1, 2, 3, 4, 2 ** 31 - 2]);
  const lowest = new FakeKernel({ idReuse: 'lowest' });
  await loadOne(lowest, 'xdp');
  await loadOne(lowest, 'xdp');
  await lowest.unload(1);
  expect((await loadOne(lowest, 'xdp')).id).toBe(1);
});
