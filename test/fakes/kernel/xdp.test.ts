import { expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import type { Program, XdpMode } from '../../../src/kernel/objects.js';
import { ETH0, LO, loadOne } from './support.js';

async function setUp() {
  const kernel = new FakeKernel();
  const [a, b] = [await loadOne(kernel, 'xdp', { name: 'a' }), await loadOne(kernel, 'xdp', { name: 'b' })];
  const attach = (program: Program, mode?: XdpMode, ifindex = ETH0) =>
    kernel.attach({ type: 'xdp', program, ifindex, ...(mode === undefined ? {} : { mode }) });
  return { kernel, a, b, attach };
}

test('a link runs in the driver where it has XDP, and generic elsewhere', async () => {
  const { kernel, a, attach } = await setUp();
  const link = await attach(a);
  expect(await kernel.queryXdp({ ifindex: ETH0 })).toEqual({ programId: a.id, linkId: link.id, mode: 'native' });
  await attach(a, undefined, LO);
  expect((await kernel.queryXdp({ ifindex: LO })).mode).toBe('generic');
});

test('a second link is EBUSY, a link over netlink too, and netlink over a link', async () => {
  const { kernel, a, b, attach } = await setUp();
  const link = await attach(a);
  expect(await codeOf(attach(b))).toBe('EBUSY');
  expect(await codeOf(kernel.setXdp({ ifindex: ETH0, program: b }))).toBe('EBUSY');
  expect(await codeOf(kernel.setXdp({ ifindex: ETH0, program: null }))).toBe('EBUSY');
  await kernel.detach(link);
  await kernel.setXdp({ ifindex: ETH0, program: b });
  expect(await codeOf(attach(a))).toBe('EBUSY');
});

test('native and generic at once are EEXIST', async () => {
  const { kernel, a, b, attach } = await setUp();
  await attach(a);
  expect(await codeOf(attach(b, 'generic'))).toBe('EEXIST');
  expect(await codeOf(kernel.setXdp({ ifindex: ETH0, program: b, mode: 'generic' }))).toBe('EEXIST');
});

test('switching generic XDP off succeeds while a link holds the device in native mode', async () => {
  const { kernel, a, attach } = await setUp();
  await attach(a);
  expect(await codeOf(kernel.setXdp({ ifindex: ETH0, program: null, mode: 'generic' }))).toBe('ok');
  expect((await kernel.queryXdp({ ifindex: ETH0 })).programId).toBe(a.id);
});

test('a driver without XDP refuses native mode with EOPNOTSUPP; none offloads', async () => {
  const { a, attach } = await setUp();
  expect(await codeOf(attach(a, 'native', LO))).toBe('EOPNOTSUPP');
  expect(await codeOf(attach(a, 'offload', LO))).toBe('EOPNOTSUPP');
  expect(await codeOf(attach(a, 'offload'))).toBe('EINVAL');
});

test('a link to a device that is not there is EINVAL, netlink ENODEV', async () => {
  const { kernel, a, attach } = await setUp();
  expect(await codeOf(attach(a, undefined, 99))).toBe('EINVAL');
  expect(await codeOf(kernel.setXdp({ ifindex: 99, program: a }))).toBe('ENODEV');
  expect(await codeOf(kernel.queryXdp({ ifindex: 99 }))).toBe('ENODEV');
});

test('programs of another type, and those for devmaps and cpumaps, are EINVAL', async () => {
  const { kernel, attach } = await setUp();
  expect(await codeOf(attach(await loadOne(kernel, 'tcx')))).toBe('EINVAL');
  expect(await codeOf(attach(await loadOne(kernel, 'xdp', { xdpTarget: 'devmap' })))).toBe('EINVAL');
  const program = await loadOne(kernel, 'xdp', { xdpTarget: 'cpumap' });
  expect(await codeOf(kernel.setXdp({ ifindex: ETH0, program }))).toBe('EINVAL');
});

test('netlink replaces what is there, unless another was expected (EEXIST) or nothing (EBUSY)', async () => {
  const { kernel, a, b } = await setUp();
  await kernel.setXdp({ ifindex: ETH0, program: a, ifNoExist: true });
  expect(await codeOf(kernel.setXdp({ ifindex: ETH0, program: b, expected: b }))).toBe('EEXIST');
  expect(await codeOf(kernel.setXdp({ ifindex: ETH0, program: b, ifNoExist: true }))).toBe('EBUSY');
  await kernel.setXdp({ ifindex: ETH0, program: b, expected: a });
  expect(await kernel.queryXdp({ ifindex: ETH0 })).toEqual({ programId: b.id, linkId: undefined, mode: 'native' });
});

test('what netlink attached holds its program until it is taken off', async () => {
  const { kernel, a } = await setUp();
  await kernel.setXdp({ ifindex: ETH0, program: a });
  await kernel.unload(a);
  expect(kernel.programCount()).toBe(2);
  await kernel.setXdp({ ifindex: ETH0, program: null });
  expect(kernel.programCount()).toBe(1);
});

test('an update takes an XDP program, the expected one only, and lets the old one go', async () => {
  const { kernel, a, b, attach } = await setUp();
  const link = await attach(a);
  expect(await codeOf(kernel.updateLink(link, await loadOne(kernel, 'tcx')))).toBe('EINVAL');
  expect(await codeOf(kernel.updateLink(link, b, { expected: b }))).toBe('EPERM');
  await kernel.unload(a);
  await kernel.updateLink(link, b, { expected: a.id });
  expect((await kernel.linkById(link.id)).programId).toBe(b.id);
  expect(await codeOf(kernel.programById(a.id))).toBe('ENOENT');
});

test('a link that was forced off is defunct: listed, pinned, ENOLINK on update, and forced off again without an error', async () => {
  const { kernel, a, b, attach } = await setUp();
  const link = await attach(a);
  await kernel.pin(link, '/sys/fs/bpf/l');
  await kernel.forceDetach(link);
  expect(await kernel.links()).toEqual([{ id: link.id, programId: a.id, type: 'xdp', attached: false, ifindex: 0 }]);
  expect(await codeOf(kernel.forceDetach(link))).toBe('ok');
  expect(await codeOf(kernel.updateLink(link, b))).toBe('ENOLINK');
  expect(kernel.pinCount()).toBe(1);
  expect(await codeOf(attach(b))).toBe('ok');
});

test('a refused attach uses up a link id, a missing device does not', async () => {
  const { a, b, attach } = await setUp();
  await attach(a);
  await codeOf(attach(b));
  await codeOf(attach(b, undefined, 99));
  expect((await attach(b, undefined, LO)).id).toBe(3);
});
