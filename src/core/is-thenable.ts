/** Whether a value has to be waited for. */
export function isThenable<R>(value: R | PromiseLike<R>): value is PromiseLike<R> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
