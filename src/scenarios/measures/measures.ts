import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import type { Clock } from '../../core/clock.js';
import { quote, UsageError } from '../../core/errors.js';
import { RealClock } from '../../core/real-clock.js';
import type { MeasureResult } from '../scenario-result.js';
import { Counter } from './counter.js';
import { Gauge } from './gauge.js';
import { Histogram } from './histogram.js';
import { checkMeasure, type HistogramOptions, type MeasureIdentity, type MeasureOptions } from './measure-options.js';
import { roundMs, Timeline } from './timeline.js';

/** How a {@link Measures} begins. */
export interface MeasuresOptions {
  /** What times are told by. @defaultValue a {@link RealClock} */
  readonly clock?: Clock;
  /** What that clock read when the run began, in milliseconds: all times are since then. @defaultValue what it reads now */
  readonly startedMs?: number;
}

interface Entry<Measure extends Counter | Gauge | Histogram> {
  readonly unit: string;
  readonly measure: Measure;
}

type Kind = 'counter' | 'gauge' | 'histogram';

/**
 * The measures of a run: what is counted, followed and sampled, over time. Ask for a measure once and keep it; asked
 * again for the same name and actor, the same measure is given. What is kept is bounded, however long the run.
 *
 * @example
 * ```ts
 * const measures = new Measures({ clock });
 * const latency = measures.histogram('latency', { unit: 'ms' });
 * latency.record(0.42);
 * const [result] = measures.results();
 * ```
 */
export class Measures {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #timeline = new Timeline();
  readonly #counters = new Map<string, Entry<Counter>>();
  readonly #gauges = new Map<string, Entry<Gauge>>();
  readonly #histograms = new Map<string, Entry<Histogram>>();
  /** In the order in which they were first asked for. */
  readonly #order: (Counter | Gauge | Histogram)[] = [];
  #lastMs = 0;

  /** @throws UsageError for options that there are not */
  constructor(options: MeasuresOptions = {}) {
    checkOptions('Measures', options);
    const unknown = findUnknownOptions(options, ['clock', 'startedMs']);
    if (unknown.length > 0) throw new UsageError('Measures', unknown);
    this.#clock = options.clock ?? new RealClock();
    this.#startedMs = options.startedMs ?? this.#clock.now();
  }

  /** Milliseconds since the run began. On a clock that jumps back, time stands until it is made up for. */
  readonly nowMs = (): number => {
    const nowMs = this.#clock.now() - this.#startedMs;
    if (nowMs > this.#lastMs) this.#lastMs = nowMs;
    return this.#lastMs;
  };

  /** Something that only grows. @throws UsageError for a bad option, and for a name that another measure has */
  counter(name: string, options: MeasureOptions = {}): Counter {
    const identity = checkMeasure('counter', name, options);
    return this.#give('counter', this.#counters, identity, () => new Counter(identity, this.#timeline, this.nowMs()));
  }

  /** Something that goes up and down. @throws UsageError for a bad option, and for a name that another measure has */
  gauge(name: string, options: MeasureOptions = {}): Gauge {
    const identity = checkMeasure('gauge', name, options);
    return this.#give('gauge', this.#gauges, identity, () => new Gauge(identity, this.#timeline, this.nowMs));
  }

  /** Samples, of which the distribution is kept. @throws UsageError for a bad option, and for a name that another measure has */
  histogram(name: string, options: HistogramOptions = {}): Histogram {
    const identity = checkMeasure('histogram', name, options, ['resolution']);
    const { resolution } = options;
    if (resolution !== undefined && !(Number.isFinite(resolution) && resolution > 0)) {
      throw new UsageError('histogram', `resolution must be a finite number above 0; received ${quote(resolution)}`);
    }
    const create = (): Histogram => new Histogram(identity, this.#timeline, { readMs: this.nowMs, resolution });
    return this.#give('histogram', this.#histograms, identity, create);
  }

  /**
   * Ends a slice of time, in all measures. Call it at equal intervals; of so many that the result would not be small,
   * several become one.
   *
   * @param atMs - Since the run began. @defaultValue now
   */
  sample(atMs: number = this.nowMs()): void {
    this.#timeline.close(atMs);
  }

  /** What was found out until now; the run may go on. A gauge that was never set is not among them. */
  results(): readonly MeasureResult[] {
    const nowMs = roundMs(this.nowMs());
    return this.#order.flatMap((measure) => measure.result(nowMs) ?? []);
  }

  #give<Measure extends Counter | Gauge | Histogram>(
    kind: Kind,
    entries: Map<string, Entry<Measure>>,
    identity: MeasureIdentity,
    create: () => Measure,
  ): Measure {
    const { name, unit, actor } = identity;
    const key = JSON.stringify([name, actor]);
    const existing = entries.get(key);
    const whose = actor === undefined ? '' : ` of ${quote(actor)}`;
    if (existing !== undefined) {
      if (existing.unit === unit) return existing.measure;
      const units = `the unit ${quote(existing.unit)}; received ${quote(unit)}`;
      throw new UsageError(kind, `there is a ${kind} ${quote(name)}${whose} already, and it has ${units}`);
    }
    const other = this.#findKind(key);
    if (other !== undefined) {
      throw new UsageError(kind, `there is a ${other} ${quote(name)}${whose} already; give this ${kind} another name`);
    }
    const measure = create();
    entries.set(key, { unit, measure });
    this.#order.push(measure);
    return measure;
  }

  #findKind(key: string): Kind | undefined {
    if (this.#counters.has(key)) return 'counter';
    if (this.#gauges.has(key)) return 'gauge';
    return this.#histograms.has(key) ? 'histogram' : undefined;
  }
}
