import type { DatabaseSync } from 'node:sqlite';
import type { ScenarioTools, TestKernel } from 'glovebox';
import type { MachineTools, TestMachine } from 'glovebox/fixtures';
import { Manager, type ManagerOptions } from '../../src/manager/manager.js';
import { openDatabase } from '../../src/store/schema.js';
import { SqliteStore } from '../../src/store/sqlite-store.js';
import { ROOT } from './root.js';
import { settled } from './settled.js';
import { instrumentStore } from './store.js';

/** A manager without its server, for runs by the thousand, and the three places that it must keep in agreement. */
export interface World {
  manager: Manager;
  readonly kernel: TestKernel;
  readonly database: DatabaseSync;
  /** The manager's process again, after it died: only what is pinned or written down is still there. */
  restart(): Promise<void>;
}

/** Makes a world on a machine of its own. */
export async function createWorld(
  openMachine: (tools: MachineTools) => Promise<TestMachine>,
  { faults, clock, scope }: ScenarioTools,
): Promise<World> {
  const { kernel, interfaces } = await openMachine({ faults, scope });
  const database = openDatabase();
  scope.defer(() => database.close());
  const store = instrumentStore(new SqliteStore(database), faults);
  const sleep = async (delayMs: number) => {
    await settled(kernel);
    await clock.sleep(delayMs);
  };
  const options: ManagerOptions = { kernel, interfaces, store, root: ROOT, clock: { sleep } };
  const world = {
    manager: await Manager.open(options),
    kernel,
    database,
    restart: async () => {
      world.manager = await Manager.open(options);
    },
  };
  return world;
}
