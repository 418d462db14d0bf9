import { quote, UsageError } from './errors.js';
import { Scope, type ScopeOptions } from './scope.js';
import { ScopeError } from './scope-error.js';

/**
 * Runs a function with a scope of its own and closes the scope whatever happens.
 *
 * When the function fails and the teardown too, the {@link ScopeError} that is thrown shows the function's error first:
 * at the head of its message, as `cause` and as `errors[0]`.
 *
 * @example
 * ```ts
 * await runInScope(async (scope) => {
 *   const server = scope.use(await startServer());
 *   await server.ping();
 * });
 * ```
 */
export async function runInScope<T>(fn: (scope: Scope) => T | Promise<T>, options: ScopeOptions = {}): Promise<T> {
  if (typeof fn !== 'function') throw new UsageError('runInScope', `fn must be a function; received ${quote(fn)}`);
  const scope = new Scope(options);
  let result: T;
  try {
    result = await fn(scope);
  } catch (error) {
    await closeAfterFailure(scope, error);
    throw error;
  }
  await scope.close();
  return result;
}

async function closeAfterFailure(scope: Scope, original: unknown): Promise<void> {
  try {
    await scope.close();
  } catch (error) {
    if (!(error instanceof ScopeError)) throw error;
    throw new ScopeError({ subject: error.subject, failures: error.failures, original: { error: original } });
  }
}
