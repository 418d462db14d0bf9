import { expect, test } from 'vitest';
import { RealClock } from '../../src/core/real-clock.js';
import { FakeNetIfaceResolver } from '../../src/fakes/interfaces/fake-net-iface-resolver.js';
import { Caller } from '../../src/fakes/kernel/caller.js';
import { FakeBackend } from '../../src/fakes/kernel/fake-backend.js';
import { Machine } from '../../src/fakes/kernel/machine.js';
import { takeSnapshot } from '../../src/fakes/kernel/snapshot.js';
import { FaultPlan } from '../../src/faults/plan.js';
import { takePoints } from '../../src/kernel/calls/kernel-points.js';
import { toPermissions } from '../../src/kernel/capabilities.js';
import type { KernelSnapshot } from '../../src/kernel/snapshot.js';
import { TestKernel } from '../../src/kernel/test-kernel.js';

/** The least that a driver writes: a backend, another for what is injected, and a snapshot. */
class SmallKernel extends TestKernel {
  readonly #machine: Machine;

  constructor() {
    const faults = new FaultPlan();
    const machine = new Machine({
      profile: '6.18',
      interfaces: new FakeNetIfaceResolver(),
      clock: new RealClock(),
      bpffsMounts: ['/sys/fs/bpf'],
      deferred: 'immediate',
      memlockLimitBytes: Number.POSITIVE_INFINITY,
      verifier: undefined,
      hasTarget: () => true,
      nextId: undefined,
      idReuse: undefined,
    });
    const open = () => new FakeBackend(new Caller(machine, toPermissions(), undefined));
    super({ subject: 'SmallKernel', faults, points: takePoints(faults), backend: open(), foreign: open() });
    this.#machine = machine;
  }

  override snapshot(): KernelSnapshot {
    return takeSnapshot(this.#machine);
  }
}

const HASH = { name: 'counts', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 2 } as const;

test('a driver of its own is named in the mistakes of those who use it', () => {
  const kernel = new SmallKernel();
  expect(() => kernel.failOnProgram('', 'EPERM')).toThrow(
    'SmallKernel.failOnProgram: name must be a non-empty string, not ""',
  );
  expect(() => Reflect.apply(kernel.diff, kernel, [{}])).toThrow('SmallKernel.diff: before must be a snapshot');
  expect(() => Reflect.apply(kernel.operations, kernel, [5])).toThrow('SmallKernel.operations: options must be');
});

test('what there is is counted from the snapshot, and handles by the backend', async () => {
  const kernel = new SmallKernel();
  const before = kernel.snapshot();
  const program = await kernel.load({ name: 'a', type: 'xdp', maps: [HASH], pinPath: '/sys/fs/bpf/a' });
  await kernel.attach({ type: 'xdp', program, ifindex: 2 });
  const counts = [kernel.programCount(), kernel.linkCount(), kernel.mapCount(), kernel.pinCount()];
  expect([...counts, kernel.handleCount()]).toEqual([1, 1, 1, 2, 3]);
  expect(kernel.diff(before)).toContain('+ program 1 a (xdp) with maps 1');
});

test('handles of maps, and everything else, go through the points', async () => {
  const kernel = new SmallKernel();
  const map = await kernel.createMap(HASH);
  kernel.faults.inject('kernel.mapUpdate', { before: 'ENOMEM', times: 1 });
  const [key, value] = [Uint8Array.of(1, 0, 0, 0), Uint8Array.of(7, 0, 0, 0)];
  await expect(map.update(key, value)).rejects.toMatchObject({ code: 'ENOMEM' });
  await map.update(key, value);
  expect(await map.entries()).toEqual([[key, value]]);
  expect(kernel.operations({ reads: true }).map(({ point, outcome }) => `${point}:${outcome}`)).toEqual([
    'kernel.createMap:ok',
    'kernel.mapUpdate:error',
    'kernel.mapUpdate:ok',
    'kernel.mapLookup:ok',
  ]);
});

test('what is injected is neither recorded nor faulted, has no handle here, and goes when it is released', async () => {
  const kernel = new SmallKernel();
  kernel.faults.inject('kernel.load', { before: 'EPERM' });
  const program = kernel.injectProgram({ name: 'other', type: 'xdp' });
  const map = kernel.injectMap(HASH);
  const link = kernel.injectLink({ type: 'xdp', program: program.id, ifindex: 2 });
  kernel.injectPin('/sys/fs/bpf/deep/down/map', { kind: 'map', id: map.id });
  expect([program, map, link]).toEqual([
    expect.objectContaining({ id: 1, name: 'other' }),
    { id: 1, ...HASH, flags: 0 },
    { id: 1, programId: 1, type: 'xdp', attached: true, ifindex: 2, netns: expect.any(Number) },
  ]);
  expect([kernel.handleCount(), kernel.operations({ reads: true })]).toEqual([0, []]);
  kernel.releaseInjected();
  expect([kernel.programCount(), kernel.linkCount(), kernel.mapCount()]).toEqual([0, 0, 1]);
  await kernel.unpin('/sys/fs/bpf/deep/down/map');
  expect(kernel.mapCount()).toBe(0);
});

test('an injected XDP program that finds no place is not left over', () => {
  const kernel = new SmallKernel();
  kernel.injectXdp({ ifindex: 2, via: 'link' });
  expect(() => kernel.injectXdp({ ifindex: 2 })).toThrow(expect.objectContaining({ code: 'EBUSY' }));
  expect(kernel.programCount()).toBe(1);
});

test('a crash of the program under test, and a dispose, close every handle', async () => {
  const kernel = new SmallKernel();
  await kernel.load({ name: 'a', type: 'xdp' });
  kernel.faults.inject('kernel.load', { crash: 'before' });
  await expect(kernel.load({ name: 'b', type: 'xdp' })).rejects.toThrow();
  expect([kernel.handleCount(), kernel.programCount()]).toEqual([0, 0]);
  kernel.injectProgram({ name: 'other', type: 'xdp' });
  await kernel[Symbol.asyncDispose]();
  await kernel[Symbol.asyncDispose]();
  expect(kernel.programCount()).toBe(0);
});
