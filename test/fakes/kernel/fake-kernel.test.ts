import { expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { UsageError } from '../../../src/core/errors.js';
import { formatOperation } from '../../../src/core/operation.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import { FaultPlan } from '../../../src/faults/plan.js';
import { ETH0, HASH, INGRESS, loadExtension, loadOne } from './support.js';

test('every call is recorded with its outcome and code; reads only when asked for', async () => {
  const kernel = new FakeKernel();
  const program = await loadOne(kernel, 'xdp', { name: 'prog_one' });
  const attach = () => kernel.attach({ type: 'xdp', program, ifindex: ETH0 });
  const link = await attach();
  await codeOf(attach());
  await kernel.programs();
  await kernel.detach(link);
  await codeOf(kernel.unload(99));
  await kernel.unload(program);
  expect(kernel.operations().map(formatOperation)).toEqual([
    'load:prog_one:ok',
    'attach:prog_one:ok',
    'attach:prog_one:error',
    'detach:prog_one:ok',
    'unload:99:error',
    'unload:prog_one:ok',
  ]);
  expect(kernel.operations()[2]).toMatchObject({
    code: 'EBUSY',
    injected: false,
    call: { via: 'link', attachType: 'xdp', ifindex: ETH0 },
  });
  expect(kernel.operations({ reads: true })).toHaveLength(7);
});

test('the failOn… sugar fails what it says, with the error given', async () => {
  const kernel = new FakeKernel();
  const mine = new Error('mine');
  kernel.failOnProgram('bad', mine);
  await expect(kernel.load({ name: 'bad', type: 'xdp' })).rejects.toBe(mine);
  kernel.failOnNthLoad(2, 'ENOMEM');
  const first = await loadOne(kernel, 'xdp');
  expect(await codeOf(loadOne(kernel, 'xdp'))).toBe('ENOMEM');
  kernel.failOnAttach('xdp', 'EBUSY');
  expect(await codeOf(kernel.attach({ type: 'xdp', program: first, ifindex: ETH0 }))).toBe('EBUSY');
  const tcx = await loadOne(kernel, 'tcx');
  const link = await kernel.attach({ type: 'tcx', program: tcx, ...INGRESS });
  kernel.failOnDetach(link.id, 'EPERM');
  expect(await codeOf(kernel.detach(link))).toBe('EPERM');
  kernel.failOnUnload('a_tcx', 'EBUSY');
  kernel.failOnUnload(first.id, 'EPERM');
  expect(await codeOf(kernel.unload(tcx))).toBe('EBUSY');
  expect(await codeOf(kernel.unload(first))).toBe('EPERM');
  kernel.faults.assertAllFired();
});

test('dispatchers and extensions have sugar of their own', async () => {
  const kernel = new FakeKernel();
  const [dispatcher, extension] = await loadExtension(kernel);
  kernel.failOnDispatcherCreate('ENOMEM');
  kernel.failOnExtensionAttach('EBUSY');
  kernel.failOnDispatcherCleanup('EPERM');
  expect(await codeOf(loadExtension(kernel))).toBe('ENOMEM');
  expect(await codeOf(kernel.attach({ type: 'extension', program: extension }))).toBe('EBUSY');
  expect(await codeOf(kernel.unload(dispatcher))).toBe('EPERM');
  expect(await codeOf(kernel.unload(extension))).toBe('ok');
});

test('a failure after the effect leaves the program loaded, and unload by id takes it away', async () => {
  const kernel = new FakeKernel();
  kernel.faults.inject('kernel.load', { after: 'ENOMEM', once: true });
  expect(await codeOf(loadOne(kernel, 'xdp'))).toBe('ENOMEM');
  expect(kernel.programCount()).toBe(1);
  await kernel.unload(1);
  expect(kernel.programCount()).toBe(0);
});

test('a crash closes the handles of the first process; pins and other processes stay', async () => {
  const kernel = new FakeKernel();
  const other = await loadOne(kernel.process(), 'tc');
  await loadOne(kernel, 'xdp', { pinPath: '/sys/fs/bpf/x' });
  await loadOne(kernel, 'xdp');
  kernel.faults.inject('kernel.load', { crash: 'after', where: { name: 'last' } });
  await expect(loadOne(kernel, 'xdp', { name: 'last' })).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_CRASH' });
  expect(kernel.snapshot().programs.map(({ id }) => id)).toEqual([1, 2]);
  expect(other.closed).toBe(false);
  await expect(kernel.programs()).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_CRASH' });
  kernel.faults.restart();
  expect(await kernel.programs()).toHaveLength(2);
});

test('a plan of the test is used, and its limit belongs to it', async () => {
  const faults = new FaultPlan();
  const kernel = new FakeKernel({ faults });
  await loadOne(kernel, 'xdp');
  expect(faults.operations().map(formatOperation)).toEqual(['load:a_xdp:ok']);
  expect(() => new FakeKernel({ faults, recordLimit: 1 })).toThrow('recordLimit belongs to the plan');
});

test('mistakes in the options are told all at once', () => {
  const make = () =>
    Reflect.construct(FakeKernel, [{ nextId: 0, deferred: 'later', capabilities: ['CAP_CHOWN'], bpffsMounts: ['x'] }]);
  expect(make).toThrow(UsageError);
  expect(make).toThrow(/4 mistakes[\s\S]*CAP_CHOWN[\s\S]*bpffsMounts[\s\S]*deferred[\s\S]*nextId/);
});

test('injected things are held by someone else, neither recorded nor faulted, and obey the same rules', async () => {
  const kernel = new FakeKernel();
  kernel.failOnAttach('xdp', 'EPERM').remove();
  const foreign = kernel.injectXdp({ ifindex: ETH0 });
  expect(kernel.operations()).toEqual([]);
  expect(kernel.handleCount()).toBe(0);
  const program = await loadOne(kernel, 'xdp', { name: 'mine' });
  expect(await codeOf(kernel.attach({ type: 'xdp', program, ifindex: ETH0 }))).toBe('EBUSY');
  await kernel.unload(foreign.id);
  expect(kernel.programCount()).toBe(2);
  kernel.injectPin('/sys/fs/bpf/deep/pin', { kind: 'program', id: foreign.id });
  const fentry = kernel.injectProgram({ name: 'spy', type: 'fentry', attachTo: 'f' });
  const link = kernel.injectLink({ type: 'fentry', program: fentry.id });
  const map = kernel.injectMap(HASH);
  expect(kernel.diff(kernel.snapshot())).toEqual([]);
  expect([link.programId, map.name, kernel.mapCount()]).toEqual([fentry.id, 'counts', 1]);
  expect(() => kernel.injectXdp({ ifindex: ETH0, via: 'link' })).toThrow('EBUSY');
  kernel.releaseInjected();
  expect([kernel.mapCount(), kernel.linkCount(), kernel.programCount()]).toEqual([0, 0, 2]);
});

test('a difference reads as what was added and what was taken', async () => {
  const kernel = new FakeKernel();
  const program = await loadOne(kernel, 'xdp', { name: 'one' });
  const before = kernel.snapshot();
  await kernel.setXdp({ ifindex: ETH0, program });
  await kernel.createClsact({ ifindex: ETH0 });
  const tc = await loadOne(kernel, 'tc', { name: 'two' });
  await kernel.addFilter({ ...INGRESS, program: tc, priority: 50 });
  await kernel.attachTcxProgram({ ...INGRESS, program: tc });
  const after = kernel.snapshot();
  expect(kernel.diff(before, after)).toEqual([
    '+ program 2 two (tc)',
    '+ xdp (native): program 1 on interface 2',
    '+ tcx ingress: program 2 on interface 2',
    '+ filter ingress 50/1: program 2 on interface 2',
    '+ clsact on interface 2',
  ]);
  expect(kernel.diff(after, before)[0]).toBe('- program 2 two (tc)');
});

test('events tell of everything, whoever causes it', async () => {
  const kernel = new FakeKernel();
  const seen: string[] = [];
  kernel.events.on('load', ({ name }) => seen.push(`load ${name}`));
  kernel.events.on('unload', ({ name }) => seen.push(`unload ${name}`));
  kernel.events.on('attach', ({ via, programId }) => seen.push(`attach ${via} ${programId}`));
  kernel.events.on('detach', ({ via, programId }) => seen.push(`detach ${via} ${programId}`));
  kernel.events.on('pin', ({ path }) => seen.push(`pin ${path}`));
  kernel.events.on('unpin', ({ path }) => seen.push(`unpin ${path}`));
  const program = await loadOne(kernel, 'xdp', { pinPath: '/sys/fs/bpf/x' });
  await kernel.attach({ type: 'xdp', program, ifindex: ETH0 });
  await kernel.unload(program);
  kernel.interfaces.remove('eth0');
  expect(seen).toEqual([
    'pin /sys/fs/bpf/x/prog_1',
    'load a_xdp',
    'attach link 1',
    'unpin /sys/fs/bpf/x/prog_1',
    'detach link 1',
  ]);
  await kernel.detach(1);
  expect(seen.at(-1)).toBe('unload a_xdp');
});
