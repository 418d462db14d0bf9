// Taken when the module loads, so that a test runner's fake timers, installed later, cannot stop it.
const takeTurn = globalThis.setImmediate;

/**
 * Resolves once every promise continuation that can run now has run, however long its chain. It waits for no timer, no
 * file and no socket: only one turn of the event loop passes.
 */
export function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    takeTurn(resolve);
  });
}
