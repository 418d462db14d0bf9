import { inSeconds, thousands } from '../words.js';
import type { Load, LoadWork } from './load.js';
import { LoadMistakes, pickWork } from './load-mistakes.js';

/** As fast as the answers let it: a closed model. */
export interface FloodOptions extends Omit<LoadWork, 'maxInFlight'> {
  /** How many are under way at any time. */
  readonly inFlight: number;
  /** How many in all. This or `durationMs` is to be given; the first to be reached ends it. */
  readonly count?: number;
  readonly durationMs?: number;
}

/** Nothing but time. */
export interface IdleOptions {
  readonly durationMs: number;
  /** @defaultValue `idle` */
  readonly name?: string;
}

/**
 * As fast as possible: so many are always under way, and the next begins when one ends. This is a *closed* model: slow
 * answers slow it down, so that its latencies look better than what others would have seen. It measures throughput; for
 * latency take an open shape, such as `steady`.
 *
 * @throws UsageError with every mistake
 */
export function flood(options: FloodOptions): Load {
  const mistakes = new LoadMistakes('flood', options, ['inFlight', 'count', 'durationMs']);
  const { inFlight, count, durationMs } = options;
  mistakes.count('inFlight', inFlight);
  if (count === undefined && durationMs === undefined)
    mistakes.add('count or durationMs must be given: it would never end');
  if (count !== undefined) mistakes.count('count', count);
  if (durationMs !== undefined) mistakes.figure('durationMs', durationMs);
  if ('maxInFlight' in options) mistakes.add('maxInFlight must be left out: inFlight is that');
  mistakes.throwIfAny();
  const amount = count === undefined ? [] : [`${thousands(count)} in all`];
  const time = durationMs === undefined ? [] : [`for ${count === undefined ? '' : 'at most '}${inSeconds(durationMs)}`];
  return {
    shape: {
      description: `flood, ${thousands(inFlight)} at a time, ${[...amount, ...time].join(', ')} (closed model: slow answers slow it down)`,
      durationMs: durationMs ?? Number.POSITIVE_INFINITY,
      closed: { inFlight, ...(count !== undefined && { count }) },
    },
    work: pickWork(options),
  };
}

/**
 * No load, for a time: for a scenario whose disruptions are all there is.
 *
 * @throws UsageError with every mistake
 */
export function idle(options: IdleOptions): Load {
  const mistakes = new LoadMistakes('idle', { perform: () => undefined, ...options }, ['durationMs']);
  mistakes.figure('durationMs', options.durationMs);
  mistakes.throwIfAny();
  const { durationMs, name = 'idle' } = options;
  return {
    shape: { description: `nothing for ${inSeconds(durationMs)}`, durationMs, arrivals: () => [] },
    work: { name, perform: () => undefined },
  };
}
