import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import type { Clock, ClockTimer } from '../../core/clock.js';
import { quote, UsageError } from '../../core/errors.js';
import type { ProcessUsage } from './read-usage.js';

/** What was used at a moment. */
export interface UsageSample extends ProcessUsage {
  /** When, on the clock of the program's log. */
  readonly atMs: number;
  /** Of one processor, since the sample before; 200 is two that are busy. 0 in the first. */
  readonly cpuPercent: number;
}

/** How often it is looked. */
export interface WatchUsageOptions {
  /** The time between two samples, in milliseconds. @defaultValue 100 */
  readonly intervalMs?: number;
}

/** The most of each, whenever it was. */
export interface UsagePeak {
  readonly rssBytes: number;
  readonly fds: number;
  readonly threads: number;
  readonly processes: number;
  readonly cpuPercent: number;
}

const DEFAULT_INTERVAL_MS = 100;
/** Times of processors are told in steps of 10 ms: over less than some of these, a share of one says nothing. */
const LEAST_SHARE_MS = 50;

/** What a program uses over time, from when it was asked for until it is stopped. */
export class UsageSeries implements Disposable {
  readonly #read: () => ProcessUsage;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #samples: UsageSample[] = [];
  #timer: ClockTimer | undefined;

  /** @internal Use `Process.watchUsage`. @throws UsageError */
  constructor(read: () => ProcessUsage, clock: Clock, options: WatchUsageOptions = {}) {
    checkOptions('watchUsage', options);
    const { intervalMs = DEFAULT_INTERVAL_MS } = options;
    const mistakes = [
      ...findUnknownOptions(options, ['intervalMs']),
      ...(Number.isFinite(intervalMs) && intervalMs > 0
        ? []
        : [`intervalMs must be a finite number of milliseconds above 0, not ${quote(intervalMs)}`]),
    ];
    if (mistakes.length > 0) throw new UsageError('watchUsage', mistakes);
    this.#read = read;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#look();
  }

  /** Everything that was seen, the oldest first. */
  get samples(): readonly UsageSample[] {
    return this.#samples;
  }

  /** The most that was seen of each figure. */
  get peak(): UsagePeak {
    const most = (read: (sample: UsageSample) => number): number => Math.max(...this.#samples.map(read));
    return {
      rssBytes: most((sample) => sample.rssBytes),
      fds: most((sample) => sample.fds),
      threads: most((sample) => sample.threads),
      processes: most((sample) => sample.processes),
      cpuPercent: most((sample) => sample.cpuPercent),
    };
  }

  /** Looks a last time, and no more. Safe to call twice. */
  stop(): this {
    if (this.#timer === undefined) return this;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#sample();
    return this;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #look(): void {
    this.#sample();
    this.#timer = this.#clock.setTimer(() => this.#look(), this.#intervalMs);
  }

  #sample(): void {
    const usage = this.#read();
    const atMs = this.#clock.now();
    const before = this.#samples.findLast((sample) => sample.atMs <= atMs - LEAST_SHARE_MS);
    // What has ended takes its time with it.
    const cpuPercent =
      before === undefined ? 0 : Math.max(0, ((usage.cpuMs - before.cpuMs) / (atMs - before.atMs)) * 100);
    this.#samples.push({ ...usage, atMs, cpuPercent });
  }
}
