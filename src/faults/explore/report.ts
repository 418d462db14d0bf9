import { bullets, quote } from '../../core/errors.js';
import { formatOperation, type Operation } from '../../core/operation.js';
import type { Violation } from './run-case.js';
import type { CaseFault, ScenarioOutcome } from './scenario.js';

/** How far a point was explored. */
export interface PointCoverage {
  readonly point: string;
  /** How many calls the run without faults made there. */
  readonly passes: number;
  /** How many runs had a fault there. */
  readonly cases: number;
  /** In how many of those the fault took effect. */
  readonly fired: number;
}

/** A case after which an invariant did not hold. */
export interface ExploreFailure {
  /** Runs just this case again: `explore.replay(token, scenario)`. */
  readonly token: string;
  readonly faults: readonly CaseFault[];
  /** The invariants that did not hold, in their order. */
  readonly violations: readonly Violation[];
  readonly outcome: ScenarioOutcome;
  /** What the run did; the operations that faults ended are marked as injected. */
  readonly steps: readonly Operation[];
}

/** What an exploration found; as a string it is the report. */
export interface ExploreResult {
  readonly seed: number;
  /** How many times the scenario was run. */
  readonly runs: number;
  readonly points: readonly PointCoverage[];
  /** The cases that failed, in the order of their number of faults, then of the scenario. */
  readonly failures: readonly ExploreFailure[];
  /** How many runs had a fault that did not take effect: the call to be denied afterwards had failed by itself. */
  readonly notFired: number;
  /** How many cases were left out, by `sample`, `maxRuns` or `stopAtFirst`. */
  readonly skipped: number;
  /** What makes the exploration less telling: a scenario that takes another way each time. */
  readonly warnings: readonly string[];
  readonly durationMs: number;
  toString(): string;
}

const MAX_STEPS = 40;

/** The report of an exploration: counts, coverage, and the smallest failing case. */
export function formatReport(result: Omit<ExploreResult, 'toString'>): string {
  const [smallest] = result.failures;
  const lines = [
    `explore: ${result.runs} runs in ${Math.round(result.durationMs)} ms, seed ${result.seed}: ${result.failures.length} failing`,
    ...(result.notFired > 0
      ? [`${result.notFired} runs had a fault that did not take effect, for the call failed by itself`]
      : []),
    ...(result.skipped > 0 ? [`${result.skipped} cases were left out`] : []),
    ...result.warnings.map((warning) => `warning: ${warning}`),
    ...formatCoverage(result.points),
    ...(smallest === undefined ? [] : ['', ...formatFailure(smallest)]),
  ];
  return lines.join('\n');
}

/** A fault of exploration in words: `EBUSY before call 2 of kernel.attach and every later one`. */
export function describeCaseFault(fault: CaseFault): string {
  if (!('error' in fault)) return `crash ${fault.effect.slice('crash-'.length)} call ${fault.call} of ${fault.point}`;
  const lasts = fault.lasts === 'persistent' ? ' and every later one' : '';
  return `${fault.error} ${fault.effect} call ${fault.call} of ${fault.point}${lasts}`;
}

function formatCoverage(points: readonly PointCoverage[]): readonly string[] {
  const rows = [
    ['point', 'calls', 'cases', 'fired'],
    ...points.map(({ point, passes, cases, fired }) => [point, `${passes}`, `${cases}`, `${fired}`]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}

function formatFailure(failure: ExploreFailure): readonly string[] {
  const { faults, outcome, steps, token, violations } = failure;
  const ended = outcome.status === 'error' ? `error ${describeError(outcome.error)}` : outcome.status;
  const shown = steps
    .slice(-MAX_STEPS)
    .map((step) => `${formatOperation(step)}${step.injected ? '   <- injected' : ''}`);
  if (steps.length > MAX_STEPS) shown.unshift(`(${steps.length - MAX_STEPS} earlier ones)`);
  return [
    `smallest failing case: ${faults.map(describeCaseFault).join(', then ') || 'no fault at all'}`,
    `the run ended with: ${ended}`,
    `what it did:\n${bullets(shown)}`,
    `what did not hold:\n${bullets(violations.map(({ invariant, error }) => `${invariant}: ${describeError(error)}`))}`,
    // Whole, however long: half a token replays nothing.
    `replay: explore.replay(${JSON.stringify(token)}, scenario)`,
  ];
}

function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : quote(error);
}
