/**
 * What a checker found out about a history. It is plain data: a verdict of a scenario is made of it, and
 * `assertCheck` turns one that is not `ok` into an error.
 */
export interface CheckResult {
  /** Whether what was checked holds. */
  readonly ok: boolean;
  /** In words, what had to be: `each of 3,000 messages is received exactly once`. */
  readonly expected: string;
  /** In words, what was: `2,998 are; 1 is lost, 1 came twice`. */
  readonly actual: string;
  /** Offending ids, the smallest counterexample: a line each. Missing where there is nothing more to say. */
  readonly details?: readonly string[];
}

/** Of a history without anything in it nothing can be said, and nothing good: what was to be checked did not happen. */
export function failForNothing(expected: string, actual: string): CheckResult {
  return { ok: false, expected, actual };
}
