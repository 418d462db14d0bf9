import { describeError } from '../load/failure-tally.js';
import type { RunState } from './run-state.js';
import { withLimit } from './with-limit.js';

/** How a function of the scenario's is called. */
export interface AttemptOptions {
  /** How long it may take, in milliseconds of the run's clock. @defaultValue 30000 */
  readonly limitMs?: number;
  /** Nobody waits for it any more once this is aborted. @defaultValue that of the run */
  readonly signal?: AbortSignal;
  /** Is told of the error that became a problem. */
  readonly onProblem?: (error: unknown) => void;
}

const LIMIT_MS = 30_000;
const SLIPS: readonly string[] = ['TypeError', 'ReferenceError', 'RangeError'];

/**
 * What a function of the scenario's gives, whether it is there or not; one that fails is a problem of the run, and never
 * the end of it.
 */
export async function attempt<T>(
  state: RunState,
  what: string,
  work: () => T | Promise<T>,
  { limitMs = LIMIT_MS, signal = state.signal, onProblem }: AttemptOptions = {},
): Promise<{ readonly value: T } | undefined> {
  try {
    return { value: await withLimit(what, work, { clock: state.clock, limitMs, signal }) };
  } catch (error) {
    // Why nobody waits any more has been told.
    if (!signal.aborted || error !== signal.reason) {
      state.problem(`${what} failed: ${describeError(error)}${findPlace(error)}`);
      onProblem?.(error);
    }
    return undefined;
  }
}

/**
 * Where a slip of the scenario's own code was: `undefined` has no `lab` in many places. What says by itself what is wrong,
 * as our own errors do, needs none.
 */
function findPlace(error: unknown): string {
  if (!(error instanceof Error) || !SLIPS.includes(error.name) || typeof error.stack !== 'string') return '';
  const frames = error.stack.split('\n').filter((line) => /^\s+at /.test(line) && !/node:|node_modules/.test(line));
  const place = /([^\s(]+:\d+:\d+)\)?$/.exec(frames[0] ?? '')?.[1];
  return place === undefined ? '' : ` (${place})`;
}
