import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { findSpanMistakes } from '../../core/clock-sleep.js';
import { quote, UsageError } from '../../core/errors.js';
import type { FaultPoint } from '../points.js';
import { findErrorMistakes } from '../validate.js';
import type { ErrorsByPoint } from './cases.js';
import type { ExploreResult } from './report.js';

/** How far an exploration goes. */
export interface ExploreOptions {
  /** The seed of every run's randomness, an integer from 0 to 4294967295. @defaultValue 0 */
  readonly seed?: number;
  /**
   * Whether two faults are tried together, too: after each run with one, the second at every later call of that very
   * run, so that rollback fails as well. The second is the point's first error, or a crash. @defaultValue false
   */
  readonly pairs?: boolean;
  /** Errors to try at points, in place of those that they were declared with. */
  readonly errors?: ErrorsByPoint;
  /** Which points to try: names, or a predicate. @defaultValue every point that the scenario passes */
  readonly points?: readonly FaultPoint[] | ((point: FaultPoint) => boolean);
  /** Whether the program crashes before and after each call, too. @defaultValue true */
  readonly crash?: boolean;
  /** How many runs are made at most. @defaultValue 100_000 */
  readonly maxRuns?: number;
  /**
   * How many single faults are tried, drawn with the seed, where there are more; with `pairs`, as many pairs again. For
   * scenarios that are too slow for all.
   * @defaultValue all
   */
  readonly sample?: number;
  /** Whether the first failing case ends the exploration. @defaultValue false */
  readonly stopAtFirst?: boolean;
  /** How long one run may take, in real milliseconds; one that takes longer is a failing case. @defaultValue 5_000 */
  readonly timeoutMs?: number;
  /** Whether a failing case makes `explore` reject; otherwise it is in the result alone. @defaultValue true */
  readonly throwOnFailure?: boolean;
  /** Only the case that this token names is run, with the token's seed. */
  readonly token?: string;
  /** Told after every run. */
  readonly onProgress?: (progress: ExploreProgress) => void;
}

/** How far an exploration has come. */
export interface ExploreProgress extends Pick<ExploreResult, 'runs'> {
  /** How many cases failed so far. */
  readonly failures: number;
}

const BOOLEANS = ['pairs', 'crash', 'stopAtFirst', 'throwOnFailure'] as const;
const OPTIONS = [...BOOLEANS, 'seed', 'errors', 'points', 'maxRuns', 'sample', 'timeoutMs', 'token', 'onProgress'];

/** @throws UsageError with every mistake in a scenario and in options. */
export function checkArguments(scenario: unknown, options: ExploreOptions): void {
  checkOptions('explore', options);
  const mistakes = [...findScenarioMistakes(scenario), ...findUnknownOptions(options, OPTIONS)];
  const { seed, timeoutMs, points, errors, onProgress } = options;
  if (seed !== undefined && !(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
    mistakes.push(`seed must be an integer from 0 to ${2 ** 32 - 1}; received ${quote(seed)}`);
  }
  for (const field of ['maxRuns', 'sample'] as const) {
    const value = options[field];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) {
      mistakes.push(`${field} must be an integer, 1 or more; received ${quote(value)}`);
    }
  }
  if (timeoutMs !== undefined) mistakes.push(...findSpanMistakes('timeoutMs', timeoutMs));
  for (const field of BOOLEANS) {
    const value = options[field];
    if (value !== undefined && typeof value !== 'boolean') {
      mistakes.push(`${field} must be true or false; received ${quote(value)}`);
    }
  }
  if (points !== undefined && typeof points !== 'function' && !Array.isArray(points)) {
    mistakes.push(`points must be a list of points or a predicate; received ${quote(points)}`);
  }
  if (errors !== undefined) mistakes.push(...findErrorsMistakes(errors));
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    mistakes.push(`onProgress must be a function; received ${quote(onProgress)}`);
  }
  if (mistakes.length > 0) throw new UsageError('explore', mistakes);
}

function findErrorsMistakes(errors: unknown): readonly string[] {
  if (typeof errors !== 'object' || errors === null || Array.isArray(errors)) {
    return [`errors must be an object such as { 'store.save': ['EIO'] }; received ${quote(errors)}`];
  }
  return Object.entries(errors).flatMap(([point, list]: [string, unknown]) =>
    Array.isArray(list)
      ? list.flatMap((error, index) => findErrorMistakes(`errors[${quote(point)}][${index}]`, error))
      : [`errors[${quote(point)}] must be a list; received ${quote(list)}`],
  );
}

function findScenarioMistakes(scenario: unknown): readonly string[] {
  if (typeof scenario !== 'object' || scenario === null) {
    return [`scenario must be an object with setup, run and invariants; received ${quote(scenario)}`];
  }
  const given = new Map<string, unknown>(Object.entries(scenario));
  const mistakes = ['setup', 'run', 'recover']
    .filter((field) => typeof Reflect.get(scenario, field) !== 'function')
    .filter((field) => field !== 'recover' || Reflect.get(scenario, field) !== undefined)
    .map((field) => `scenario.${field} must be a function; received ${quote(Reflect.get(scenario, field))}`);
  const invariants = given.get('invariants');
  if (typeof invariants !== 'object' || invariants === null || Object.keys(invariants).length === 0) {
    return [...mistakes, `scenario.invariants must hold one function or more; received ${quote(invariants)}`];
  }
  for (const [name, check] of Object.entries(invariants)) {
    if (typeof check !== 'function')
      mistakes.push(`scenario.invariants.${name} must be a function; received ${quote(check)}`);
  }
  return mistakes;
}
