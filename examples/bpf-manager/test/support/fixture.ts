import type { ExploreOptions, ScenarioTools } from 'glovebox';
import { test as base, expect } from 'glovebox/fixtures';
import { ManagerClient } from '../../src/client.js';
import { startServer } from '../../src/server.js';
import { openDatabase } from '../../src/store/schema.js';
import { SqliteStore } from '../../src/store/sqlite-store.js';
import { ROOT } from './root.js';
import { settleBetween, settled } from './settled.js';
import { instrumentStore } from './store.js';
import { createWorld } from './world.js';

export { describe } from 'glovebox/fixtures';
export { ROOT } from './root.js';
export { expect };

/**
 * The manager as its clients meet it: a real server on a real socket, with a real database. The kernel, the interfaces
 * and the clock are glovebox's: models, or with `GLOVEBOX_RUNG=netns` Linux and devices in namespaces of the test's own.
 * No test says which they are.
 *
 * - `database`: SQLite in memory
 * - `store`: the manager's account in it; every call passes a fault point `store.…`
 * - `server`: the server, which listens; the record of operations begins once it does
 * - `client`: its gRPC client; between its requests, the kernel has settled
 * - `createWorld`: the manager without its server, for `explore`
 * - `explored`: how much of an exploration there is time for
 */
export const test = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads a fixture's needs off its first parameter
  .extend('database', ({}, { onCleanup }) => {
    const database = openDatabase();
    onCleanup(() => database.close());
    return database;
  })
  .extend('store', ({ database, faults }) => instrumentStore(new SqliteStore(database), faults))
  .extend('server', async ({ kernel, interfaces, store, clock, faults }, { onCleanup }) => {
    const server = await startServer({
      kernel,
      interfaces,
      store,
      root: ROOT,
      address: '127.0.0.1:0',
      // Waiting moves the test's clock on, so that it takes no time and can be read off afterwards.
      clock: {
        sleep: async (delayMs) => {
          await settled(kernel);
          await clock.advance(delayMs);
        },
      },
    });
    onCleanup(() => server.close());
    faults.clearOperations();
    return server;
  })
  .extend('client', ({ server, kernel }, { onCleanup }) => {
    const client = new ManagerClient(server.address);
    onCleanup(() => client.close());
    return settleBetween(client, kernel);
  })
  /** Stops the server and asserts that nothing is left, in the kernel or in the database. */
  .extend('expectClean', ({ server, kernel, database }) => async () => {
    await server.close();
    await settled(kernel);
    expect({ kernel, database }).toBeClean();
  })
  .extend(
    'createWorld',
    ({ openMachine }) =>
      (tools: ScenarioTools) =>
        createWorld(openMachine, tools),
  )
  // A run takes the fake a tenth of a millisecond, and Linux some ten.
  .extend('explored', ({ rung, seed }): ExploreOptions => (rung === 'fake' ? {} : { sample: 40, seed }));
