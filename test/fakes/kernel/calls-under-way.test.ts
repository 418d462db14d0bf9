import { expect, test } from 'vitest';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import { FakeNetIfaceResolver } from '../../../src/fakes/interfaces/fake-net-iface-resolver.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import type { FakeProcess } from '../../../src/fakes/kernel/fake-process.js';
import { FaultPlan } from '../../../src/faults/plan.js';

test.each<[string, (kernel: FakeKernel, process: FakeProcess) => unknown]>([
  ['the kernel is closed', (kernel) => kernel[Symbol.asyncDispose]()],
  ['the kernel is reset', (kernel) => kernel.reset()],
  ['its process ends', (_kernel, process) => process.exit()],
])('a call that was delayed has no effect when %s meanwhile', async (_when, end) => {
  const clock = new VirtualClock();
  const kernel = new FakeKernel({ faults: new FaultPlan({ clock }), clock });
  const process = kernel.process();
  kernel.faults.inject('kernel.load', { delayMs: 10 });
  const refused = expect(process.load({ name: 'late', type: 'xdp' })).rejects.toMatchObject({
    code: 'ERR_GLOVEBOX_DISPOSED',
  });

  await end(kernel, process);
  await clock.runAll();

  await refused;
  expect([kernel.programCount(), kernel.handleCount(), process.handleCount()]).toEqual([0, 0, 0]);
});

test('a map is asked what it was asked, though the bytes are used again while the call is delayed', async () => {
  const clock = new VirtualClock();
  const kernel = new FakeKernel({ faults: new FaultPlan({ clock }), clock });
  const map = await kernel.createMap({ name: 'm', type: 'hash', keySizeBytes: 1, valueSizeBytes: 1, maxEntries: 2 });
  kernel.faults.inject('kernel.mapUpdate', { delayMs: 10 });
  const [key, value] = [new Uint8Array([1]), new Uint8Array([2])];
  const update = map.update(key, value);
  key.fill(9);
  value.fill(9);
  await clock.runAll();
  await update;
  expect(await map.entries()).toEqual([[new Uint8Array([1]), new Uint8Array([2])]]);
});

test('a reset ends the other processes: none goes on, uncounted, on the new kernel', async () => {
  const kernel = new FakeKernel();
  const process = kernel.process();
  kernel.reset();
  await expect(process.load({ name: 'a', type: 'xdp' })).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_DISPOSED' });
  expect(kernel.programCount()).toBe(0);
});

test('what many ask of one object at once leaves nothing half done', async () => {
  const kernel = new FakeKernel();
  const program = await kernel.load({ name: 'a', type: 'xdp' });
  const outcomes = await Promise.allSettled([
    kernel.attach({ type: 'xdp', program, ifindex: 2 }),
    kernel.pin(program, '/sys/fs/bpf/a'),
    kernel.unload(program),
    kernel.unload(program),
    kernel.attach({ type: 'xdp', program, ifindex: 2 }),
    program.close(),
    program.close(),
  ]);
  const codes = outcomes.map((each) => (each.status === 'fulfilled' ? 'ok' : each.reason.code));
  expect(codes).toEqual(['ok', 'ok', 'ok', 'EBADF', 'EBADF', 'ok', 'ok']);
  expect([kernel.programCount(), kernel.linkCount(), kernel.pinCount(), kernel.handleCount()]).toEqual([1, 1, 0, 1]);
});

test('a listener that throws does not keep a kernel from letting go of a device', async () => {
  const interfaces = new FakeNetIfaceResolver();
  interfaces.onRemove(() => {
    throw new Error('listener');
  });
  const kernel = new FakeKernel({ interfaces });
  const program = await kernel.load({ name: 'a', type: 'xdp' });
  await kernel.attach({ type: 'xdp', program, ifindex: 2 });
  expect(() => interfaces.remove('eth0')).toThrow(AggregateError);
  expect(kernel.snapshot().links).toMatchObject([{ attached: false }]);
});
