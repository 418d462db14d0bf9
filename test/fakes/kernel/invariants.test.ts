import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isGloveboxError } from '../../../src/core/errors.js';
import { errnoOf } from '../../../src/core/kernel-error.js';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import { FaultPlan } from '../../../src/faults/plan.js';
import type { BpfLink, BpfMap, Program } from '../../../src/kernel/objects.js';
import { HASH, u32 } from './support.js';

/** What a sequence of operations works on: the handles that it was given so far, the closed ones too. */
class World {
  readonly kernel: FakeKernel;
  readonly programs: Program[] = [];
  readonly links: BpfLink[] = [];
  readonly maps: BpfMap[] = [];

  constructor(kernel: FakeKernel) {
    this.kernel = kernel;
  }
}

/** One of the list, by a number that may be any. */
function pick<T>(list: readonly T[], at: number): T {
  const chosen = list[at % Math.max(1, list.length)];
  if (chosen === undefined) throw new NothingToDo();
  return chosen;
}

class NothingToDo extends Error {}

/** A program of one of the types, so that most calls get past the first check; now and then any. */
function pickOf(programs: readonly Program[], types: readonly string[], at: number): Program {
  const fitting = programs.filter(({ type }) => types.includes(type));
  return pick(at % 7 === 0 ? programs : fitting, at);
}

const CLASSIFIERS = ['tc', 'tcx'] as const;

/** Programs of the kinds that many calls are about, so that short sequences do something. */
async function createWorld(kernel: FakeKernel): Promise<World> {
  const world = new World(kernel);
  for (const type of ['xdp', 'xdp', 'tcx', 'tcx', 'tc'] as const) {
    world.programs.push(await kernel.load({ name: `first_${type}`, type }));
  }
  return world;
}

interface Step {
  readonly kind: string;
  readonly a: number;
  readonly b: number;
}

const TYPES = ['xdp', 'tc', 'tcx', 'fentry', 'kprobe', 'tracepoint'] as const;
const DIRECTIONS = ['ingress', 'egress'] as const;
const ROOT = '/sys/fs/bpf';

const ACTIONS: Readonly<Record<string, (world: World, a: number, b: number) => Promise<unknown>>> = {
  load: async ({ kernel, programs, maps }, a, b) => {
    const type = pick(TYPES, a);
    const used = b % 3 === 0 ? [HASH] : b % 3 === 1 && maps.length > 0 ? [pick(maps, b)] : [];
    const pinPath = b % 4 === 0 ? { pinPath: `${ROOT}/d${b % 2}` } : {};
    programs.push(
      await kernel.load({
        name: `p${a}`,
        type,
        maps: used,
        ...(type === 'fentry' ? { attachTo: `f${b % 2}` } : {}),
        ...pinPath,
      }),
    );
  },
  loadExtension: async ({ kernel, programs }, a) => {
    const program = await kernel.load({ name: 'dispatcher', type: 'xdp', functions: ['s0', 's1'] });
    programs.push(program);
    programs.push(
      await kernel.load({ name: 'ext', type: 'extension', extends: { program, functionName: `s${a % 2}` } }),
    );
  },
  unload: ({ kernel, programs }, a, b) => kernel.unload(b % 2 === 0 ? pick(programs, a) : pick(programs, a).id),
  createMap: async ({ kernel, maps }, a) => {
    maps.push(await kernel.createMap({ ...HASH, type: a % 2 === 0 ? 'prog_array' : 'hash' }));
  },
  update: ({ maps, programs }, a, b) => pick(maps, a).update(u32(b % 2), u32(pick(programs, b).id)),
  attach: async ({ kernel, programs, links }, a, b) => {
    const program = pick(programs, a);
    const at = { program, ifindex: 1 + (b % 3) };
    switch (program.type) {
      case 'xdp':
        links.push(await kernel.attach({ type: 'xdp', ...at }));
        break;
      case 'tc':
      case 'tcx':
        links.push(
          await kernel.attach({
            type: 'tcx',
            ...at,
            direction: pick(DIRECTIONS, b),
            ...(b % 2 === 0 ? { order: 'before' } : {}),
          }),
        );
        break;
      case 'tracepoint':
        links.push(await kernel.attach({ type: 'tracepoint', program, category: 'c', name: 'n' }));
        break;
      case 'kprobe':
        links.push(await kernel.attach({ type: 'kprobe', program, functionName: 'f' }));
        break;
      case 'fentry':
      case 'extension':
        links.push(await kernel.attach({ type: program.type, program }));
        break;
      default:
    }
  },
  reattachExtension: async ({ kernel, programs, links }, a, b) => {
    const target = { program: pick(programs, b), functionName: 's1' };
    links.push(await kernel.attach({ type: 'extension', program: pick(programs, a), target }));
  },
  detach: ({ kernel, links }, a, b) => kernel.detach(b % 2 === 0 ? pick(links, a) : pick(links, a).id),
  forceDetach: ({ kernel, links }, a) => kernel.forceDetach(pick(links, a).id),
  updateLink: ({ kernel, links, programs }, a, b) => {
    const link = pick(links, a);
    return kernel.updateLink(link.id, pickOf(programs, link.type === 'xdp' ? ['xdp'] : CLASSIFIERS, b));
  },
  setXdp: ({ kernel, programs }, a, b) =>
    kernel.setXdp({ ifindex: 1 + (b % 3), program: b % 4 === 0 ? null : pickOf(programs, ['xdp'], a) }),
  attachTcx: ({ kernel, programs }, a, b) =>
    kernel.attachTcxProgram({
      ifindex: 2,
      direction: 'ingress',
      program: pickOf(programs, CLASSIFIERS, a),
      ...(b % 3 === 0 ? { replace: pickOf(programs, CLASSIFIERS, b) } : {}),
    }),
  detachTcx: ({ kernel, programs }, a, b) =>
    kernel.detachTcxProgram({
      ifindex: 2,
      direction: 'ingress',
      ...(b % 2 === 0 ? { program: pickOf(programs, CLASSIFIERS, a) } : {}),
    }),
  clsact: ({ kernel }, a) => (a % 3 === 0 ? kernel.deleteClsact({ ifindex: 2 }) : kernel.createClsact({ ifindex: 2 })),
  addFilter: ({ kernel, programs }, a, b) =>
    kernel.addFilter({
      ifindex: 2,
      direction: 'ingress',
      program: pickOf(programs, CLASSIFIERS, a),
      priority: 50 + (b % 2),
      exclusive: b % 3 === 0,
      ...(b % 2 === 0 ? { handle: 1 } : {}),
    }),
  deleteFilter: ({ kernel }, a) => kernel.deleteFilter({ ifindex: 2, direction: 'ingress', priority: 50 + (a % 2) }),
  pin: ({ kernel, programs, links, maps }, a, b) =>
    kernel.pin(pick([...programs, ...links, ...maps], a), `${ROOT}/pin${b % 4}`),
  unpin: ({ kernel }, a) => kernel.unpin(`${ROOT}/pin${a % 4}`),
  rename: ({ kernel }, a, b) => kernel.bpffs.rename(`${ROOT}/pin${a % 4}`, `${ROOT}/pin${b % 4}`),
  open: ({ kernel }, a) => kernel.open(`${ROOT}/pin${a % 4}`),
  close: ({ programs, links, maps }, a) => pick([...programs, ...links, ...maps], a).close(),
  removeDevice: async ({ kernel }, a) => {
    if (a % 2 === 0) kernel.interfaces.remove('eth0');
    else kernel.interfaces.add('eth0', { index: 2 });
  },
  step: async ({ kernel }) => kernel.deferred.step(),
};

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ kind: fc.constantFrom(...Object.keys(ACTIONS)), a: fc.nat(40), b: fc.nat(40) }),
  { maxLength: 80, size: 'max' },
);

/** Takes a step. @returns Whether it was refused, by the kernel, by a fault or because it made no sense. */
async function take(world: World, { kind, a, b }: Step): Promise<boolean> {
  try {
    await ACTIONS[kind]?.(world, a, b);
    return false;
  } catch (error) {
    if (errnoOf(error) === undefined && !isGloveboxError(error) && !(error instanceof NothingToDo)) throw error;
    return true;
  }
}

/** What is always true of a kernel. */
async function checkInvariants(kernel: FakeKernel): Promise<void> {
  const { programs, links, maps, pins, attachments } = kernel.snapshot();
  for (const list of [programs, links, maps]) {
    const ids = list.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
  }
  const known = {
    program: new Set(programs.map(({ id }) => id)),
    link: new Set(links.map(({ id }) => id)),
    map: new Set(maps.map(({ id }) => id)),
  };
  expect(links.filter(({ programId }) => !known.program.has(programId))).toEqual([]);
  expect(programs.filter(({ mapIds }) => mapIds.some((id) => !known.map.has(id)))).toEqual([]);
  expect(pins.filter(({ kind, id }) => !known[kind].has(id))).toEqual([]);
  expect([kernel.programCount(), kernel.linkCount(), kernel.mapCount(), kernel.pinCount()]).toEqual([
    programs.length,
    links.length,
    maps.length,
    pins.length,
  ]);
  expect(attachments.filter(({ programId }) => !known.program.has(programId))).toEqual([]);
}

/** Gives everything up by hand: what is left then was lost. */
async function giveUpEverything({ kernel, programs, links, maps }: World): Promise<void> {
  for (const object of [...programs, ...links, ...maps]) await object.close();
  for (const pin of await kernel.pins()) await kernel.unpin(pin.path);
  for (const { ifindex } of kernel.snapshot().attachments) {
    await kernel.setXdp({ ifindex, program: null }).catch(() => undefined);
  }
  if (kernel.snapshot().clsacts.length > 0) await kernel.deleteClsact({ ifindex: 2 });
  while (kernel.snapshot().attachments.length > 0) await kernel.detachTcxProgram({ ifindex: 2, direction: 'ingress' });
  kernel.deferred.drain();
}

test('no sequence of operations loses a reference: closing everything leaves nothing', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (sequence, manual) => {
      const kernel = new FakeKernel({ deferred: manual ? 'manual' : 'immediate' });
      const world = await createWorld(kernel);
      for (const step of sequence) {
        // The handle that it yields is kept nowhere, so it could not be closed in the end.
        if (step.kind === 'open') continue;
        await take(world, step);
        await checkInvariants(kernel);
      }
      await giveUpEverything(world);
      const { programs, links, maps, attachments, pins } = kernel.snapshot();
      expect({ programs, links, maps, attachments, pins, handles: kernel.handleCount() }).toEqual({
        programs: [],
        links: [],
        maps: [],
        attachments: [],
        pins: [],
        handles: 0,
      });
    }),
    { numRuns: 150 },
  );
});

test('a call that the kernel refuses changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const world = await createWorld(new FakeKernel());
      for (const step of sequence) {
        const before = world.kernel.snapshot();
        const handles = world.kernel.handleCount();
        // The pair of loads is two calls, of which the first may succeed.
        const isOneCall = step.kind !== 'loadExtension';
        if ((await take(world, step)) && isOneCall) {
          expect(world.kernel.diff(before)).toEqual([]);
          expect(world.kernel.handleCount()).toBe(handles);
        }
      }
    }),
    { numRuns: 150 },
  );
});

test('no fault before, after or instead of a call breaks the kernel, and a dispose leaves nothing', async () => {
  const effects = fc.constantFrom('before', 'after');
  const points = fc.constantFrom(
    'kernel.load',
    'kernel.unload',
    'kernel.attach',
    'kernel.detach',
    'kernel.pin',
    'kernel.unpin',
    'kernel.updateLink',
  );
  await fc.assert(
    fc.asyncProperty(
      steps,
      points,
      effects,
      fc.integer({ min: 0, max: 100 }),
      async (sequence, point, effect, seed) => {
        const faults = new FaultPlan({ seed, clock: new VirtualClock() });
        const kernel = new FakeKernel({ faults });
        const occurrence = { probability: 0.3, optional: true };
        faults.inject(
          point,
          effect === 'before' ? { ...occurrence, before: 'EBUSY' } : { ...occurrence, after: 'EBUSY' },
        );
        const world = new World(kernel);
        for (const step of sequence) {
          await take(world, step);
          await checkInvariants(kernel);
        }
        await kernel[Symbol.asyncDispose]();
        expect([
          kernel.programCount(),
          kernel.linkCount(),
          kernel.mapCount(),
          kernel.pinCount(),
          kernel.handleCount(),
        ]).toEqual([0, 0, 0, 0, 0]);
      },
    ),
    { numRuns: 150 },
  );
});

test('listing agrees with lookup by id, and with going from id to id', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const kernel = new FakeKernel();
      const world = await createWorld(kernel);
      for (const step of sequence) await take(world, step);
      const listed = (await kernel.programs()).map(({ id }) => id);
      const walked: number[] = [];
      for (
        let id = await kernel.nextProgramId(0).catch(() => undefined);
        id !== undefined;
        id = await kernel.nextProgramId(id).catch(() => undefined)
      )
        walked.push(id);
      expect(walked).toEqual(listed);
      for (const link of await kernel.links()) {
        await using handle = await kernel.linkById(link.id);
        expect(handle).toMatchObject(link);
      }
    }),
    { numRuns: 60 },
  );
});
