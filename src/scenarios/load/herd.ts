import type { Random } from '../../core/random.js';
import { countWord, inSeconds, thousands } from '../words.js';
import type { Load, LoadWork } from './load.js';
import { LoadMistakes, pickWork } from './load-mistakes.js';
import { asArrivals } from './schedule.js';

/** All at once, or nearly. */
export interface ThunderingHerdOptions extends LoadWork {
  readonly count: number;
  /** Spread at random over this time, in milliseconds. @defaultValue 0, all at once */
  readonly withinMs?: number;
}

/** Again and again many at once. */
export interface BurstOptions extends LoadWork {
  /** How many in each. */
  readonly count: number;
  /** From the beginning of one to that of the next, in milliseconds. */
  readonly everyMs: number;
  /** How many bursts. */
  readonly times: number;
  /** A burst is spread at random over this time, in milliseconds. @defaultValue 0, all at once */
  readonly withinMs?: number;
}

/**
 * All come at once: what happens when everybody connects again.
 *
 * @throws UsageError with every mistake
 */
export function thunderingHerd(options: ThunderingHerdOptions): Load {
  const mistakes = new LoadMistakes('thunderingHerd', options, ['count', 'withinMs']);
  const { count, withinMs = 0 } = options;
  mistakes.count('count', count);
  mistakes.span('withinMs', withinMs);
  mistakes.throwIfAny();
  return {
    shape: {
      description: `thundering herd, ${thousands(count)} ${withinMs === 0 ? 'at once' : `within ${inSeconds(withinMs)}`}`,
      durationMs: withinMs,
      arrivals: (random) => asArrivals(spread(0, { count, withinMs }, random)),
    },
    work: pickWork(options),
  };
}

/**
 * Again and again many at once, with nothing in between.
 *
 * @throws UsageError with every mistake
 */
export function burst(options: BurstOptions): Load {
  const mistakes = new LoadMistakes('burst', options, ['count', 'everyMs', 'times', 'withinMs']);
  const { count, everyMs, times, withinMs = 0 } = options;
  mistakes.count('count', count);
  mistakes.figure('everyMs', everyMs);
  mistakes.count('times', times);
  mistakes.span('withinMs', withinMs);
  if (withinMs > everyMs) mistakes.add(`withinMs must not be above everyMs; received ${withinMs} and ${everyMs}`);
  mistakes.throwIfAny();
  return {
    shape: {
      description: `${countWord(times, 'burst')} of ${thousands(count)}, ${inSeconds(everyMs)} apart`,
      durationMs: (times - 1) * everyMs + withinMs,
      arrivals: (random) => asArrivals(repeat({ count, everyMs, times, withinMs }, random)),
    },
    work: pickWork(options),
  };
}

function* repeat(
  { count, everyMs, times, withinMs }: Required<Pick<BurstOptions, 'count' | 'everyMs' | 'times' | 'withinMs'>>,
  random: Random,
): Generator<number> {
  for (let turn = 0; turn < times; turn += 1) yield* spread(turn * everyMs, { count, withinMs }, random);
}

/** So many uniform draws in ascending order, one at a time: each is the least of those that are left. */
function* spread(
  fromMs: number,
  { count, withinMs }: { readonly count: number; readonly withinMs: number },
  random: Random,
): Generator<number> {
  for (let left = count, share = 0; left > 0; left -= 1) {
    if (withinMs > 0) share += (1 - share) * (1 - (1 - random.float()) ** (1 / left));
    yield fromMs + share * withinMs;
  }
}
