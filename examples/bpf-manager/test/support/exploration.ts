import type { ErrorsByPoint, ExploreResult, FaultPoint, Scenario, ScenarioOutcome } from 'glovebox';
import type { TargetRequest } from '../../src/manager/check-target.js';
import type { ProgramRecord } from '../../src/model.js';
import { findDisagreements } from './agreement.js';
import { expect } from './fixture.js';
import { settled } from './settled.js';
import { countRows } from './state.js';
import type { World } from './world.js';

export const XDP: TargetRequest = { type: 'xdp', interfaceName: 'eth0' };
const TC: TargetRequest = { type: 'tc', interfaceName: 'eth0', direction: 'ingress' };
export const TRACEPOINT: TargetRequest = { type: 'tracepoint', category: 'sched', name: 'sched_switch' };

/** Three programs, and where each goes. */
export const MIXED = [XDP, TC, TRACEPOINT];
/** Each where it needs no dispatcher. */
export const DIRECT: readonly TargetRequest[] = [
  { type: 'tcx', interfaceName: 'eth0', direction: 'ingress' },
  { type: 'tcx', interfaceName: 'eth0', direction: 'ingress' },
  TRACEPOINT,
];
export const ONE_DISPATCHER = [XDP, XDP, TRACEPOINT];
const REBUILT = [XDP, XDP, TC, TRACEPOINT];

export async function loadBatch(
  { manager }: World,
  targets: readonly TargetRequest[],
): Promise<readonly ProgramRecord[]> {
  return await manager.load(targets.map(({ type }, index) => ({ name: `prog_${index}`, type })));
}

export async function loadAndAttach(world: World, targets: readonly TargetRequest[]): Promise<void> {
  const { manager } = world;
  const programs = await loadBatch(world, targets);
  for (const [index, target] of targets.entries()) await manager.attach(programs[index]?.id ?? 0, target);
}

export async function detachAndUnload({ manager }: World): Promise<void> {
  for (const { id, links } of manager.list()) {
    for (const link of links) await manager.detach(link.id);
    await manager.unload(id);
  }
}

/** One errno for each point, where the way back is what counts, not the errno; EBUSY is waited for. */
export const FEW_ERRORS: ErrorsByPoint = {
  'kernel.load': ['ENOMEM'],
  'kernel.attach': ['EINVAL', 'EBUSY'],
  'kernel.updateLink': ['EPERM'],
  'kernel.pin': ['EPERM'],
  'kernel.mkdir': ['ENOSPC'],
  'kernel.mapUpdate': ['ENOMEM'],
  'kernel.detach': ['EPERM'],
  'kernel.unload': ['EBUSY'],
  'kernel.rmdir': ['EPERM'],
  'kernel.get': ['EPERM'],
};

/** What must hold, whatever failed. They are checked in this order; the last one mends. */
export const INVARIANTS: Scenario<World>['invariants'] = {
  'database, kernel and file system agree, or the difference is reported': async ({ manager, kernel, database }) => {
    await settled(kernel);
    const disagreements = findDisagreements(kernel, database);
    const { findings } = await manager.reconcile();
    const reported = findings.map(({ kind, subject, detail }) => `${kind}: ${subject}: ${detail}`);
    if (disagreements.length > 0) expect(reported, disagreements.join('\n')).not.toEqual([]);
    // A link whose detach failed agrees, and is reported all the same.
    else expect(findings.filter(({ kind }) => kind !== 'detach-unfinished')).toEqual([]);
  },
  'no handle stays open': ({ kernel }, outcome) => {
    // What was done and reported as failed left a handle that nobody was given.
    if (!outcome.faults.some(({ effect }) => effect === 'after')) expect(kernel.handleCount()).toBe(0);
  },
  'a repair brings agreement': async ({ manager, kernel, database }) => {
    const { failures, remaining } = await manager.reconcile({ repair: true });
    await settled(kernel);
    expect({ failures, remaining: remaining.map(({ kind, subject }) => `${kind}: ${subject}`) }).toEqual({
      failures: [],
      remaining: [],
    });
    expect(findDisagreements(kernel, database)).toEqual([]);
  },
  'what is left can be detached and unloaded': async (world) => {
    await detachAndUnload(world);
    await settled(world.kernel);
    expect(world.kernel.programCount()).toBe(0);
    expect(world.kernel.linkCount()).toBe(0);
    expect(world.kernel.pinCount()).toBe(0);
    expect(countRows(world.database)).toEqual({ programs: 0, links: 0, dispatchers: 0, metadata: 0 });
  },
};

/** A request that fails because of one call, which did nothing, must leave nothing to reconcile at all. */
const WHOLE_OR_NOT_AT_ALL: Scenario<World>['invariants'] = {
  'one failure that did nothing leaves agreement': async ({ kernel, database }, outcome) => {
    await settled(kernel);
    if (isPlainFailure(outcome)) expect(findDisagreements(kernel, database)).toEqual([]);
  },
  'a batch is loaded whole or not at all': ({ database }, outcome) => {
    if (isPlainFailure(outcome)) expect([0, 3]).toContain(countRows(database).programs);
  },
};

function isPlainFailure({ status, faults }: ScenarioOutcome): boolean {
  const [fault, ...others] = faults;
  return status === 'error' && others.length === 0 && fault?.effect === 'before' && fault.lasts === 'once';
}

/** The same scenario, from nothing, with the process started again after a crash. */
export function scenario(
  setup: Scenario<World>['setup'],
  run: Scenario<World>['run'],
  { invariants = { ...WHOLE_OR_NOT_AT_ALL, ...INVARIANTS } }: Partial<Scenario<World>> = {},
): Scenario<World> {
  return { setup, run, recover: (world) => world.restart(), invariants };
}

/** Begins with four programs, attached. */
export function attached(createWorld: Scenario<World>['setup']): Scenario<World>['setup'] {
  return async (tools) => {
    const world = await createWorld(tools);
    await loadAndAttach(world, REBUILT);
    return world;
  };
}

/** That a fault took effect at each of these points; a sample need not come to all. */
export function expectCovered({ points, skipped }: ExploreResult, expected: readonly FaultPoint[]): void {
  const covered = points.filter(({ fired }) => fired > 0).map(({ point }) => point);
  if (skipped === 0) expect(covered).toEqual(expect.arrayContaining([...expected]));
}

export function report(what: string, { runs, skipped, points, durationMs, seed }: ExploreResult): void {
  const fired = points.reduce((sum, point) => sum + point.fired, 0);
  const sample = skipped > 0 ? `, a sample with seed ${seed}: ${skipped} left out` : '';
  process.stdout.write(
    `explored "${what}": ${runs} runs, ${fired} faults at ${points.length} points, ${Math.round(durationMs)} ms${sample}\n`,
  );
}
