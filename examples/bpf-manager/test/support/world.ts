import type { DatabaseSync } from 'node:sqlite';
import { FakeKernel, FakeNetIfaceResolver, type ScenarioTools } from 'glovebox';
import { Manager, type ManagerOptions } from '../../src/manager/manager.js';
import { openDatabase } from '../../src/store/schema.js';
import { SqliteStore } from '../../src/store/sqlite-store.js';
import { ROOT } from './root.js';
import { instrumentStore } from './store.js';

/** A manager without its server, for runs by the thousand, and the three places that it must keep in agreement. */
export interface World {
  manager: Manager;
  readonly kernel: FakeKernel;
  readonly database: DatabaseSync;
  /** The manager's process again, after it died: only what is pinned or written down is still there. */
  restart(): Promise<void>;
}

export async function createWorld({ faults, clock, scope }: ScenarioTools): Promise<World> {
  const interfaces = new FakeNetIfaceResolver();
  const kernel = scope.use(new FakeKernel({ faults, interfaces, clock }));
  const database = openDatabase();
  scope.defer(() => database.close());
  const store = instrumentStore(new SqliteStore(database), faults);
  const options: ManagerOptions = { kernel, interfaces, store, root: ROOT, clock };
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
