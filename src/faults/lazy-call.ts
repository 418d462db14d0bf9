/**
 * Follows a call whose result is a thenable but no promise: a query builder, say, that runs when it is awaited. It stays
 * what it is, with its other methods, and the call ends when the thenable does, after somebody has asked it to.
 *
 * @returns A stand-in for the thenable.
 */
export function followLazily(
  made: PromiseLike<unknown>,
  succeed: (result: unknown) => unknown,
  fail: (error: unknown) => never,
): unknown {
  let ended: Promise<unknown> | undefined;
  const end = (): Promise<unknown> => {
    // Through a promise, for a thenable may answer twice, or nothing itself.
    ended ??= new Promise((resolve, reject) => {
      made.then(resolve, reject);
    }).then(succeed, fail);
    return ended;
  };
  const standIn: unknown = new Proxy(made, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      if (key === 'then' || key === 'catch' || key === 'finally') {
        return (...handlers: unknown[]): unknown => Reflect.apply(Reflect.get(Promise.prototype, key), end(), handlers);
      }
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, args);
        return result === target ? standIn : result;
      };
    },
  });
  return standIn;
}
