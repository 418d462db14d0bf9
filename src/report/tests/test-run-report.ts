import type { MeasureResult, ScenarioResult } from '../../scenarios/scenario-result.js';

/** How a test ended. `expected-failure`: it was marked with `test.fails`, and did. */
export type TestState = 'passed' | 'failed' | 'skipped' | 'expected-failure';

/** All that a run of tests found out, as plain data: what the Vitest reporter writes. */
export interface TestRunReport {
  /** Of this format. */
  readonly version: 1;
  readonly kind: 'tests';
  readonly title: string;
  /** When it began, ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** Why it ended: `interrupted` when somebody stopped it. */
  readonly reason: 'passed' | 'failed' | 'interrupted';
  readonly machine: Readonly<Record<string, string | number>>;
  readonly tests: readonly TestRecord[];
  /** What failed outside of any test: a file that cannot be loaded, a promise that nobody awaited. */
  readonly errors: readonly TestError[];
}

/** One test. */
export interface TestRecord {
  readonly project: string;
  /** Relative to the root of the project. */
  readonly file: string;
  /** From the outermost `describe` to the test itself. */
  readonly path: readonly string[];
  readonly state: TestState;
  readonly durationMs: number;
  /** How often it was tried again before it ended like this. */
  readonly retries: number;
  readonly errors: readonly TestError[];
  readonly skip?: TestSkip;
  /** What was real: `fake`, `netns`. */
  readonly rung?: string;
  /** What all randomness of it came from: `GLOVEBOX_SEED` has it again. */
  readonly seed?: number;
  readonly faults: readonly TestFault[];
  readonly operations?: TestOperations;
  readonly labs: readonly TestLab[];
  /** What programs and containers wrote, the end of it. */
  readonly logs: readonly TestLog[];
  readonly measures: readonly MeasureResult[];
  readonly scenarios: readonly ScenarioResult[];
  readonly notes: readonly string[];
  readonly attachments: readonly TestAttachment[];
}

export interface TestError {
  readonly message: string;
  readonly stack?: string;
  /** Expected and received, line by line. */
  readonly diff?: string;
}

export interface TestSkip {
  /** `rung`, `kernel`, `elsewhere`, or `unknown` where the test itself does not tell. */
  readonly kind: string;
  readonly reason: string;
  readonly requirement?: string;
}

/** A fault that was injected. */
export interface TestFault {
  /** In words: `kernel.attach, the 2nd call, after: EBUSY`. */
  readonly rule: string;
  readonly fired: number;
}

export interface TestOperations {
  readonly total: number;
  /** The last of them, as lines: `load:prog_one:ok`. */
  readonly last: readonly string[];
}

/** What was left of a lab when its test had failed. */
export interface TestLab {
  readonly findings: readonly string[];
  /** An SVG document. */
  readonly picture?: string;
  /** The report with its ledgers and tables, Markdown. */
  readonly report?: string;
  /** All files of it, captures too. */
  readonly files: readonly string[];
}

export interface TestLog {
  readonly title: string;
  readonly file: string;
  /** The end of it. */
  readonly tail: readonly string[];
  /** How many lines came before. */
  readonly left: number;
}

export interface TestAttachment {
  readonly name: string;
  readonly contentType?: string;
  readonly path?: string;
}
