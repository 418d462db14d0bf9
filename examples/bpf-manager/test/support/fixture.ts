import { test as base, expect } from 'glovebox/fixtures';
import { ManagerClient } from '../../src/client.js';
import { startServer } from '../../src/server.js';
import { openDatabase } from '../../src/store/schema.js';
import { SqliteStore } from '../../src/store/sqlite-store.js';
import { ROOT } from './root.js';
import { instrumentStore } from './store.js';

export { describe } from 'glovebox/fixtures';
export { ROOT } from './root.js';
export { expect };

/**
 * The manager as its clients meet it: a real server on a real socket, with a real database. Only the kernel, the table
 * of interfaces and the clock are glovebox's. To run the suite on another kernel, give another `kernel` and
 * `interfaces` here; no test says which they are.
 *
 * - `database`: SQLite in memory
 * - `store`: the manager's account in it; every call passes a fault point `store.…`
 * - `server`: the server, which listens; the record of operations begins once it does
 * - `client`: its gRPC client
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
      clock: { sleep: (delayMs) => clock.advance(delayMs) },
    });
    onCleanup(() => server.close());
    faults.clearOperations();
    return server;
  })
  .extend('client', ({ server }, { onCleanup }) => {
    const client = new ManagerClient(server.address);
    onCleanup(() => client.close());
    return client;
  })
  /** Stops the server and asserts that nothing is left, in the kernel or in the database. */
  .extend('expectClean', ({ server, kernel, database }) => async () => {
    await server.close();
    expect({ kernel, database }).toBeClean();
  });
