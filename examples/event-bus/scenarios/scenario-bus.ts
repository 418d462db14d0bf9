import type { SpawnForTest } from 'glovebox/fixtures';
import { createTempFolder, spawn } from 'glovebox/process';
import type { ScenarioRun } from 'glovebox/scenarios';
import {
  type BusOptions,
  BusUnderTest,
  type CollectorStartOptions,
  membersOf,
} from '../test/support/bus-under-test.ts';

/** How the bus of a scenario is made. */
export interface ScenarioBusOptions extends BusOptions {
  readonly collectors: number;
  readonly collector?: CollectorStartOptions;
}

/** Starts programs that are the run's. */
export function spawnFor({ own }: ScenarioRun): SpawnForTest {
  return async (command, args, options) => own(await spawn(command, args, options));
}

/** A bus and its collectors, each an actor of the run. */
export async function startScenarioBus(run: ScenarioRun, { collectors, collector, ...options }: ScenarioBusOptions) {
  const folder = createTempFolder({ prefix: 'bus-' });
  run.scope.defer(() => folder.remove());
  const bus = run.own(await BusUnderTest.start({ spawn: spawnFor(run), directory: folder.path }, options));
  const client = await bus.connect('publisher');
  run.actor('broker', {
    kind: 'broker',
    process: bus.broker,
    totals: async () => ({ ...(await client.stats()).tasks }),
  });
  const names = Array.from({ length: collectors }, (_, index) => `collector-${index + 1}`);
  const started = await Promise.all(
    names.map(async (name) => {
      const process = await bus.startCollector(name, collector);
      const totals = async () => {
        const found = membersOf(await client.stats()).find((member) => member.name === name);
        return { given: found?.given ?? 0, done: found?.done ?? 0 };
      };
      run.actor(name, { kind: 'collector', process, totals });
      return process;
    }),
  );
  return { bus, client, names, collectors: started, directory: folder.path };
}
