import type { CheckResult } from '../checkers/check-result.js';

/** Why a verdict is known to fail. */
export interface KnownFailure {
  /** In words, for whoever reads the report. */
  readonly reason: string;
  /** Where it is being worked on. */
  readonly link?: string;
}

/** Something that is asked of a run when it is over. */
export interface Verdict {
  /** Unique in a scenario: `tasks that succeed`. */
  readonly name: string;
  /** Looks at the run. What it throws is a failed verdict. */
  readonly judge: () => CheckResult | Promise<CheckResult>;
  /** The failure that is expected of it, if one is. */
  readonly knownFailure?: KnownFailure;
  /** The same verdict, of which a failure is expected: it then is no failure of the run, and passing is one. */
  expectedToFail(known: KnownFailure): Verdict;
}
