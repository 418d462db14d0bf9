/** How long a rate is measured. */
export interface MeasureOptions {
  /** @defaultValue 200 */
  readonly durationMs?: number;
  /** How many calls are made between two looks at the clock. @defaultValue 100 */
  readonly batch?: number;
}

/** Calls a function for a while, and returns how often it completed in a second. */
export async function measureRate(work: () => unknown, options: MeasureOptions = {}): Promise<number> {
  const { durationMs = 200, batch = 100 } = options;
  const start = performance.now();
  let calls = 0;
  let elapsedMs = 0;
  while (elapsedMs < durationMs) {
    for (let call = 0; call < batch; call += 1) {
      const result = work();
      // A synchronous function is not made to wait for a microtask.
      if (result instanceof Promise) {
        await result;
      }
    }
    calls += batch;
    elapsedMs = performance.now() - start;
  }
  return (calls * 1000) / elapsedMs;
}

/** Measures two functions in turns, in short slices, so that whatever slows the machine slows both. */
export async function measureRates(
  ours: () => unknown,
  peer: () => unknown,
  options: MeasureOptions = {},
): Promise<{ readonly ours: number; readonly peer: number }> {
  const slices = 4;
  const slice = { ...options, durationMs: (options.durationMs ?? 200) / slices };
  const sums = { ours: 0, peer: 0 };
  for (let turn = 0; turn < slices; turn += 1) {
    sums.ours += await measureRate(ours, slice);
    sums.peer += await measureRate(peer, slice);
  }
  return { ours: sums.ours / slices, peer: sums.peer / slices };
}
