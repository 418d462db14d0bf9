/** How many nanoseconds there are in each unit of time that a measure may have. */
const NANOSECONDS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['µs', 1e3],
  // The same letter as Unicode has it twice: micro sign and Greek mu.
  ['μs', 1e3],
  ['us', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
]);

/** How many nanoseconds one of a unit is; `undefined` where it is no unit of time. */
export function nanosecondsOf(unit: string): number | undefined {
  return NANOSECONDS.get(unit);
}
