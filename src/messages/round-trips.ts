import { createRequire } from 'node:module';
import type { Histogram } from 'hdr-histogram-js';
import { checkOptions, findUnknownOptions } from '../core/check-options.js';
import type { Clock } from '../core/clock.js';
import { findSpanMistakes } from '../core/clock-sleep.js';
import { quote, UsageError } from '../core/errors.js';
import { RealClock } from '../core/real-clock.js';

/** How round trips are measured. */
export interface MeasureRoundTripsOptions {
  /** How many are measured. @defaultValue 1000 */
  readonly rounds?: number;
  /** How many go before and are not measured: the first ones compile code and fill caches. @defaultValue 50 */
  readonly warmUpRounds?: number;
  /** How long to wait between two, in milliseconds. @defaultValue 0: the next begins when the last has ended */
  readonly pauseMs?: number;
  /** Calls it off; what was measured until then is given nevertheless. */
  readonly signal?: AbortSignal;
  /** @defaultValue the machine's */
  readonly clock?: Clock;
}

/** What was measured. All times are in milliseconds. */
export class RoundTrips {
  /** In nanoseconds, three digits exact. */
  readonly histogram: Histogram;
  /** Each of them, in the order in which they were made. */
  readonly samplesMs: readonly number[];

  /** @internal Use `measureRoundTrips`. */
  constructor(samplesMs: readonly number[]) {
    // It brings WebAssembly along, and is loaded by nobody who measures nothing.
    const { build }: typeof import('hdr-histogram-js') = createRequire(import.meta.url)('hdr-histogram-js');
    this.samplesMs = samplesMs;
    this.histogram = build({ highestTrackableValue: 1e9, autoResize: true, numberOfSignificantValueDigits: 3 });
    for (const sample of samplesMs) this.histogram.recordValue(Math.max(1, Math.round(sample * 1e6)));
  }

  /** How many round trips were measured. */
  get count(): number {
    return this.samplesMs.length;
  }

  /** The shortest, in milliseconds. */
  get minMs(): number {
    return this.samplesMs.reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY);
  }

  /** The longest, in milliseconds. */
  get maxMs(): number {
    return this.samplesMs.reduce((most, each) => Math.max(most, each), 0);
  }

  /** The median, in milliseconds. */
  get p50Ms(): number {
    return this.percentileMs(50);
  }

  /** What 99 % are at most, in milliseconds. */
  get p99Ms(): number {
    return this.percentileMs(99);
  }

  /** @param percentile - From 0 to 100. */
  percentileMs(percentile: number): number {
    return this.histogram.getValueAtPercentile(percentile) / 1e6;
  }

  /** `1000 round trips: p50 0.041 ms, p99 0.120 ms, most 0.830 ms`. */
  toString(): string {
    const [p50, p99, most] = [this.p50Ms, this.p99Ms, this.maxMs].map((each) => `${each.toFixed(3)} ms`);
    return `${this.count} round trips: p50 ${p50}, p99 ${p99}, most ${most}`;
  }
}

const ROUNDS = 1000;
const WARM_UP_ROUNDS = 50;

/**
 * Measures how long round trips take, one after the other.
 *
 * @param once - Makes one round trip: `(round) => client.request({ round })`. What it throws ends the measurement.
 * @throws UsageError with every mistake
 *
 * @example
 * ```ts
 * const trips = await measureRoundTrips((round) => client.request({ kind: 'echo', round }));
 * expect(trips.p99Ms).toBeLessThan(1);
 * ```
 */
export async function measureRoundTrips(
  once: (round: number) => Promise<unknown>,
  options: MeasureRoundTripsOptions = {},
): Promise<RoundTrips> {
  check(once, options);
  const { rounds = ROUNDS, warmUpRounds = WARM_UP_ROUNDS, pauseMs = 0, signal, clock = new RealClock() } = options;
  const samplesMs: number[] = [];
  for (let round = -warmUpRounds; round < rounds && signal?.aborted !== true; round += 1) {
    const beganMs = clock.now();
    await once(round + warmUpRounds);
    if (round >= 0) samplesMs.push(clock.now() - beganMs);
    if (pauseMs > 0) await clock.sleep(pauseMs, signal === undefined ? {} : { signal }).catch(() => {});
  }
  return new RoundTrips(samplesMs);
}

function check(once: unknown, options: MeasureRoundTripsOptions): void {
  checkOptions('measureRoundTrips', options);
  const { rounds = ROUNDS, warmUpRounds = 0, pauseMs = 0 } = options;
  const mistakes = [
    ...(typeof once === 'function' ? [] : [`once must be a function that makes a round trip; received ${quote(once)}`]),
    ...findUnknownOptions(options, ['rounds', 'warmUpRounds', 'pauseMs', 'signal', 'clock']),
    ...(Number.isSafeInteger(rounds) && rounds > 0
      ? []
      : [`rounds must be a whole number above 0; received ${quote(rounds)}`]),
    ...(Number.isSafeInteger(warmUpRounds) && warmUpRounds >= 0
      ? []
      : [`warmUpRounds must be a whole number, 0 or more; received ${quote(warmUpRounds)}`]),
    ...findSpanMistakes('pauseMs', pauseMs),
  ];
  if (mistakes.length > 0) throw new UsageError('measureRoundTrips', mistakes);
}
