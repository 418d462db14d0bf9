import type { Clock } from '../../core/clock.js';
import { messageOf } from '../../core/message-of.js';
import type { Random } from '../../core/random.js';
import type { DisruptionRecord } from '../scenario-result.js';
import { type Disruption, listDisruptions } from './disruption.js';
import { Holds } from './holds.js';
import { Occurrence, type OccurrenceRun } from './occurrence.js';
import type { DisruptionSchedule, DisruptionSpan } from './schedule.js';

/** @internal */
export interface DisruptionRunSettings {
  readonly clock: Clock;
  readonly random: Random;
  readonly startedMs: number;
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onChange: (record: DisruptionRecord, all: readonly DisruptionRecord[]) => void;
}

/** Disruptions that are under way. */
export class DisruptionRun implements AsyncDisposable {
  /**
   * Resolves when no schedule will begin anything more and all that has an end has ended; at once when it is called off
   * or healed. It never rejects.
   */
  readonly completed: Promise<void>;
  readonly #settings: DisruptionRunSettings;
  readonly #shared: OccurrenceRun;
  readonly #stop = new AbortController();
  readonly #occurrences: Occurrence[] = [];
  readonly #active = new Set<Occurrence>();
  /** What never came to be a disruption, and should have. */
  readonly #strays: DisruptionRecord[] = [];
  /** How often each schedule has begun something. */
  readonly #counts: Map<DisruptionSchedule, number>;
  #healing: Promise<void> | undefined;

  /** @internal Use `DisruptionPlan.start`. */
  constructor(schedules: readonly DisruptionSchedule[], settings: DisruptionRunSettings) {
    this.#settings = settings;
    const { clock, startedMs, limitMs, signal, onChange } = settings;
    this.#shared = {
      clock,
      startedMs,
      limitMs,
      holds: new Holds(),
      isCalledOff: () => signal?.aborted === true,
      onChange: (record) => {
        try {
          onChange(record, this.records());
        } catch (error) {
          // A mistake of who watches is no disruption's: uncaught, and everything is taken back all the same.
          queueMicrotask(() => {
            throw error;
          });
        }
      },
    };
    this.#counts = new Map(schedules.map((schedule) => [schedule, 0]));
    const loops = schedules.map((schedule, index) => this.#follow(schedule, index));
    const stopped = new Promise<void>((resolve) => this.#stop.signal.addEventListener('abort', () => resolve()));
    this.completed = Promise.race([stopped, Promise.all(loops).then(() => {})]);
    const callOff = (): void => void this.heal();
    if (signal?.aborted === true) callOff();
    signal?.addEventListener('abort', callOff, { once: true });
    void stopped.then(() => signal?.removeEventListener('abort', callOff));
  }

  /** What was done so far, in the order in which it began. Those without `untilMs` are in effect, or have no end. */
  records(): readonly DisruptionRecord[] {
    return [...this.#occurrences.map(({ record }) => record), ...this.#strays].sort((a, b) => a.fromMs - b.fromMs);
  }

  /** Those that are in effect now, in the order in which they began. */
  active(): readonly DisruptionRecord[] {
    return [...this.#active].map(({ record }) => record);
  }

  /** How many are in effect now. */
  get activeCount(): number {
    return this.#active.size;
  }

  /**
   * Begins nothing more, and takes back everything that is in effect, the newest first. Safe to call twice. It does not
   * reject: what could not be taken back has an `error` in its record.
   */
  async heal(): Promise<readonly DisruptionRecord[]> {
    this.#healing ??= this.#heal();
    await this.#healing;
    return this.records();
  }

  /** As {@link DisruptionRun.heal}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.heal();
  }

  async #heal(): Promise<void> {
    this.#stop.abort();
    for (const occurrence of [...this.#active].reverse()) await occurrence.end();
    if (!this.#shared.isCalledOff()) this.#tellNeverBegun();
  }

  /** Resolves when the schedule has begun all that it will, and what it began has ended; never rejects. */
  async #follow(schedule: DisruptionSchedule, index: number): Promise<void> {
    const { clock, startedMs, random } = this.#settings;
    const own = random.fork(`disruption ${index}`);
    const begun: Promise<void>[] = [];
    const begin = (): void => {
      if (!this.#stop.signal.aborted) begun.push(...this.#begin(schedule, own));
    };
    try {
      await schedule.follow({ clock, startedMs, random: own.fork('schedule'), signal: this.#stop.signal }, begin);
    } catch (error) {
      if (!this.#stop.signal.aborted) {
        this.#addStray(schedule, `its schedule failed: ${messageOf(error)}`);
        // That says already why it may never have begun anything.
        this.#counts.delete(schedule);
      }
    }
    await Promise.all(begun);
  }

  #begin(schedule: DisruptionSchedule, own: Random): readonly Promise<void>[] {
    const count = (this.#counts.get(schedule) ?? 0) + 1;
    this.#counts.set(schedule, count);
    const random = own.fork(`occasion ${count}`);
    let disruptions: readonly Disruption[];
    try {
      disruptions = listDisruptions(schedule.disrupt, random.fork('choice'));
    } catch (error) {
      this.#addStray(schedule, `could not be chosen: ${messageOf(error)}`);
      return [];
    }
    return disruptions.map((disruption, index) => this.#beginOne(disruption, schedule, random.fork(`part ${index}`)));
  }

  async #beginOne(disruption: Disruption, { lastsMs }: DisruptionSchedule, random: Random): Promise<void> {
    const occurrence = new Occurrence(disruption, this.#shared);
    this.#occurrences.push(occurrence);
    this.#active.add(occurrence);
    const { lasts } = disruption;
    const span = drawSpan(lastsMs, random.fork('span')) ?? (lasts === 'none' ? 0 : lasts);
    void occurrence.ended.then(() => this.#active.delete(occurrence));
    await occurrence.begin(random, span);
    if (span !== undefined) await occurrence.ended;
  }

  #tellNeverBegun(): void {
    for (const [schedule, count] of this.#counts) {
      const reason = count === 0 ? schedule.explainNever?.() : undefined;
      if (reason !== undefined) this.#addStray(schedule, reason);
    }
  }

  #addStray({ disrupt, description }: DisruptionSchedule, error: string): void {
    const nowMs = this.#settings.clock.now() - this.#settings.startedMs;
    const chosen = typeof disrupt === 'function' ? [{ kind: 'disruption', target: description }] : [disrupt].flat();
    for (const { kind, target } of chosen) {
      const record: DisruptionRecord = { kind, target, fromMs: nowMs, untilMs: nowMs, error };
      this.#strays.push(record);
      this.#shared.onChange(record);
    }
  }
}

function drawSpan(span: DisruptionSpan | undefined, random: Random): number | undefined {
  if (typeof span !== 'object') return span;
  return span.minMs + random.float() * (span.maxMs - span.minMs);
}
