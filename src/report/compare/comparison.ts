import type { VerdictStatus } from '../../scenarios/scenario-result.js';

/** How a figure changed between two runs: `unclear` is a difference that chance may have made. */
export type FigureOutcome = 'better' | 'worse' | 'same' | 'unclear' | 'changed';

/** How much a difference can be relied on. `unknown`: of one run each, nothing is known of how much it varies. */
export type FigureConfidence = 'beyond-chance' | 'within-chance' | 'unknown';

/** One figure of a scenario, in two runs. */
export interface FigureComparison {
  /** `latency, p99`. */
  readonly name: string;
  readonly unit: string;
  readonly before: number;
  readonly after: number;
  /** `after` over `before`, less one; missing where `before` is 0. */
  readonly change?: number;
  /** Which way is better, where that is known. */
  readonly better?: 'higher' | 'lower';
  readonly outcome: FigureOutcome;
  readonly confidence: FigureConfidence;
}

/** A verdict that is not what it was. `undefined`: it was not asked then, or is not now. */
export interface VerdictChange {
  readonly name: string;
  readonly before: VerdictStatus | undefined;
  readonly after: VerdictStatus | undefined;
  readonly outcome: 'better' | 'worse' | 'changed';
}

/** One scenario, in two runs. */
export interface ScenarioComparison {
  readonly name: string;
  /** What was not the same and makes figures hard to compare: `workers: 20 before, 10 now`. */
  readonly differences: readonly string[];
  readonly figures: readonly FigureComparison[];
  readonly verdicts: readonly VerdictChange[];
}

/** Two runs of the same scenarios. */
export interface ReportComparison {
  readonly earlier: { readonly title: string; readonly startedAt: string };
  /** Between the machines. */
  readonly differences: readonly string[];
  readonly scenarios: readonly ScenarioComparison[];
  /** Scenarios that only the earlier run had. */
  readonly gone: readonly string[];
  /** Scenarios that only this run has. */
  readonly added: readonly string[];
}
