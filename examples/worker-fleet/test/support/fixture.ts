import { test as base, expect, requireCapability } from 'glovebox/fixtures';
import { createLab, findLeaks, takeInventory } from 'glovebox/netns';
import { createTempFolder } from 'glovebox/process';
import { type Damage, type FleetLab, fleetLab, hostOf, workerNames } from './fleet-lab.ts';
import { type FleetOptions, FleetUnderTest } from './fleet-under-test.ts';

export { describe } from 'glovebox/fixtures';
export { expect };

export interface StartFleetOptions extends Partial<FleetOptions> {
  /** How many workers. @defaultValue 2 */
  readonly count?: number;
  /** How links can be damaged. @defaultValue 'impairable' */
  readonly damage?: Damage;
}

/** A fleet and the network that it is in. */
export interface StartedFleet {
  readonly fleet: FleetUnderTest;
  readonly lab: FleetLab;
}

/**
 * - `folder`: of the test's own, and gone after it. After every test it is asserted that nothing is left: no process, no
 *   namespace, no interface
 * - `startFleet`: a fleet of processes, each on a host of its own around a switch; it ends with the test
 */
export const test = base
  // It is set up before the labs and the programs of a test, and so looks after they are gone.
  .extend('folder', { auto: true }, ({ onTestFinished }) => {
    const folder = createTempFolder({ prefix: 'fleet-' });
    const before = takeInventory();
    onTestFinished(async () => {
      try {
        await expect.poll(() => findLeaks(before).map(({ description }) => description), { timeout: 2000 }).toEqual([]);
      } finally {
        folder.remove();
      }
    });
    return folder.path;
  })
  .extend('startFleet', ({ folder, spawn, createLab }, { onCleanup }) => {
    const fleets: FleetUnderTest[] = [];
    onCleanup(async () => {
      for (const fleet of fleets) await fleet[Symbol.asyncDispose]();
    });
    return async ({ count = 2, damage, ...options }: StartFleetOptions = {}): Promise<StartedFleet> => {
      const lab = await createLab(fleetLab(count, damage));
      const fleet = await FleetUnderTest.start({ ...placeFleet(lab, count), folder, spawn, ...options });
      fleets.push(fleet);
      return { fleet, lab };
    };
  });

/**
 * A `test` whose `shared` is one fleet for all tests of a file: each begins with a network that is whole, and with every
 * worker connected.
 */
export function shareFleet(options: StartFleetOptions) {
  const fleets = new WeakMap<object, Promise<StartedFleet>>();
  return base.extend('shared', async ({ fileScope, task, skip }, { onCleanup }): Promise<StartedFleet> => {
    await requireCapability({ task, skip }, 'netns');
    const start = async (): Promise<StartedFleet> => {
      const folder = fileScope.use(createTempFolder({ prefix: 'fleet-' }), 'folder of the fleet');
      const { count = 2, damage, ...given } = options;
      const lab: FleetLab = fileScope.use(await createLab(fleetLab(count, damage)));
      const fleet = await FleetUnderTest.start({ ...placeFleet(lab, count), folder: folder.path, ...given });
      return { lab, fleet: fileScope.use(fleet, 'fleet') };
    };
    const started = fleets.get(fileScope) ?? start();
    fleets.set(fileScope, started);
    const { fleet, lab } = await started;
    onCleanup(async () => {
      lab.heal();
      await fleet.settle();
      await fleet.connected();
    });
    return started;
  });
}

function placeFleet(lab: FleetLab, count: number) {
  return {
    placeOf: (name: string) => hostOf(lab, name),
    address: hostOf(lab, 'coordinator').address,
    workers: workerNames(count),
  };
}
