/** What a result may hold: whatever JSON can write and read back. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** How a scenario, or one verdict of it, ended. `unexpectedly-passed` is a failure: the reason given for it is wrong. */
export type VerdictStatus = 'passed' | 'expected-failure' | 'unexpectedly-passed' | 'failed';

/**
 * All that one run of a scenario found out, as plain data: what is written to a file, compared with another run and
 * drawn. Every `atMs` is in milliseconds of the scenario's clock since the run began.
 */
export interface ScenarioResult {
  /** Of this format. */
  readonly version: 1;
  readonly name: string;
  readonly description?: string;
  readonly verdict: VerdictStatus;
  /** Gives the same load, disruptions and draws again. */
  readonly seed: number;
  /** It was run at the small scale. */
  readonly quick: boolean;
  /** When it began, ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** The parameters as they were in effect. */
  readonly parameters: Readonly<Record<string, Json>>;
  readonly actors: readonly ActorResult[];
  readonly load: readonly LoadResult[];
  readonly measures: readonly MeasureResult[];
  readonly disruptions: readonly DisruptionRecord[];
  readonly events: readonly EventRecord[];
  readonly verdicts: readonly VerdictRecord[];
  readonly analysis: readonly AnalysisSection[];
  /** What went wrong beside the verdicts: an actor that died, a source that lied, a disruption that could not be ended. */
  readonly problems: readonly ProblemRecord[];
}

/** One process, machine or client that took part. */
export interface ActorResult {
  readonly name: string;
  /** `worker`, `coordinator`: actors of one kind are compared with each other. */
  readonly kind: string;
  /** When it was there, in spells: one more for each restart. A spell without `untilMs` lasted to the end. */
  readonly spells: readonly { readonly fromMs: number; readonly untilMs?: number; readonly end?: string }[];
  /** Its own figures: `tasks done`, `reconnections`. */
  readonly totals: Readonly<Record<string, number>>;
}

/** What a load asked for, and what came of it. */
export interface LoadResult {
  readonly name: string;
  /** In words: `steady, 200 a second for 30 s`. */
  readonly shape: string;
  /** Arrivals that the schedule held. */
  readonly planned: number;
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Begun, and not ended when the scenario was. */
  readonly unfinished: number;
  /** The most common failures, most common first. */
  readonly failures: readonly { readonly message: string; readonly count: number }[];
  /** The most that were begun and not ended at one time. */
  readonly mostInFlight?: number;
  /** Arrivals that began late because as many as may be were begun and not ended. */
  readonly heldBack?: number;
  /** The longest that one began after its time, for whichever reason, in milliseconds. */
  readonly worstLateMs?: number;
}

/** A figure over time, of whichever kind. */
export type MeasureResult = CounterResult | GaugeResult | HistogramResult;

interface MeasureCommon {
  /** `tasks done`, `latency`: unique among those of its `actor`, or of none. */
  readonly name: string;
  /** `tasks`, `ms`, `bytes`: what stands behind a figure in text; empty for a plain number. */
  readonly unit: string;
  readonly description?: string;
  /** Whose it is, if it is of one actor. */
  readonly actor?: string;
  /** Which way is better, for who compares two runs. Left out, less is better of a histogram of times; else nothing is said. */
  readonly better?: 'higher' | 'lower';
}

/** Something that only grows. */
export interface CounterResult extends MeasureCommon {
  readonly kind: 'counter';
  readonly total: number;
  /** The total at each of these times; the rate between two is their difference. */
  readonly series: Series;
}

/** Something that goes up and down. */
export interface GaugeResult extends MeasureCommon {
  readonly kind: 'gauge';
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly last: number;
  readonly series: Series;
}

/** Many samples of one thing, of which the distribution is kept. */
export interface HistogramResult extends MeasureCommon {
  readonly kind: 'histogram';
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly standardDeviation: number;
  readonly percentiles: readonly PercentileResult[];
  /** Value (upper edge) and how many samples, of those that have any; at most some hundreds. */
  readonly buckets: readonly (readonly [value: number, count: number])[];
  /** How the distribution went over time, in slices of equal length; in one without samples, every figure is 0. */
  readonly slices: readonly HistogramSlice[];
}

/** A percentile, and how sure it is. */
export interface PercentileResult {
  /** 50, 99, 99.9. */
  readonly percentile: number;
  readonly value: number;
  /** Where the true value lies with 95 % confidence; missing where there are too few samples to say. */
  readonly low?: number;
  readonly high?: number;
}

/** What was recorded in a part of the run. */
export interface HistogramSlice {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Points in time and the values there; both lists are of the same length. */
export interface Series {
  readonly atMs: readonly number[];
  readonly values: readonly number[];
}

/** One time that something was damaged. */
export interface DisruptionRecord {
  /** `link down`, `partition`. */
  readonly kind: string;
  /** What was hit: `worker-3`, `coordinator ↔ worker-1`. */
  readonly target: string;
  readonly fromMs: number;
  /** Missing for what has no end: a kill. */
  readonly untilMs?: number;
  /** In words: `20 ms more, 5 % lost`. */
  readonly details?: string;
  /** Why it could not be done, or be taken back. */
  readonly error?: string;
}

/** Something worth a mark in the timeline. */
export interface EventRecord {
  readonly atMs: number;
  readonly name: string;
  readonly actor?: string;
  readonly details?: string;
}

/** One thing that was asked of the run, and the answer. */
export interface VerdictRecord {
  /** `at least 95 % of the tasks succeed`. */
  readonly name: string;
  readonly status: VerdictStatus;
  /** In words: `97.3 % (2,919 of 3,000)`. */
  readonly actual: string;
  /** In words: `at least 95 %`. */
  readonly expected: string;
  /** Offending ids, the shortest counterexample, what to look at next. */
  readonly details?: readonly string[];
  /** Why a failure is expected. */
  readonly reason?: string;
  readonly link?: string;
}

/** A part of the report that is this scenario's own. */
export interface AnalysisSection {
  readonly title: string;
  readonly paragraphs?: readonly string[];
  readonly table?: { readonly columns: readonly string[]; readonly rows: readonly (readonly (string | number)[])[] };
}

/** Something that went wrong beside the verdicts. */
export interface ProblemRecord {
  readonly atMs: number;
  readonly message: string;
  /** Whose: an actor, a measure's source, a disruption's target. */
  readonly subject?: string;
}

/** Several scenarios that were run one after the other: what a results file holds. */
export interface ScenarioReport {
  readonly version: 1;
  readonly title: string;
  readonly startedAt: string;
  /** Node, kernel, processors: where it was run, so that two runs may be compared. */
  readonly machine: Readonly<Record<string, Json>>;
  readonly scenarios: readonly ScenarioResult[];
}
