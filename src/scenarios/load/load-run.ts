import type { Clock, ClockTimer } from '../../core/clock.js';
import { AbortedError } from '../../core/errors.js';
import { isThenable } from '../../core/is-thenable.js';
import type { Random } from '../../core/random.js';
import type { Counter } from '../measures/counter.js';
import type { Histogram } from '../measures/histogram.js';
import type { LoadResult } from '../scenario-result.js';
import { countWord, inSeconds } from '../words.js';
import { describeError } from './failure-tally.js';
import type { Arrival, Load, Outcomes, PerformContext, ScheduledArrival } from './load.js';
import { LoadTally } from './load-tally.js';
import { Upcoming } from './upcoming.js';

/** What a load is run with. */
export interface LoadRunContext {
  readonly clock: Clock;
  readonly random: Random;
  /** Takes how long each success took, in milliseconds from when it ought to have begun. */
  readonly latency?: Pick<Histogram, 'record'>;
  readonly succeeded?: Pick<Counter, 'add'>;
  readonly failed?: Pick<Counter, 'add'>;
  /** Is told of what is worth a mark in the timeline. */
  readonly onEvent?: (name: string, details: string) => void;
  /** Is told of what went wrong in the load itself. */
  readonly onProblem?: (message: string) => void;
}

/** How many are begun before the rest of the process has its turn. */
const TURN = 1000;
/** Later than this, an arrival was missed: the clock has jumped, or the process was held up. */
const MISSED_MS = 1000;
const MAX_IN_FLIGHT = 10_000;
const DRAIN_MS = 5000;
/** A schedule that was cut short is counted to its end, unless it has none. */
const MOST_COUNTED = 10_000_000;

/**
 * A load that is under way. Of an open load, arrivals begin when the schedule says, whatever the answers take; those less
 * than a millisecond apart begin together.
 */
export class LoadRun {
  readonly name: string;
  /** How long the schedule is, in milliseconds; 0 where nobody knows. */
  readonly plannedMs: number;
  readonly #load: Load;
  readonly #context: LoadRunContext;
  readonly #upcoming: Upcoming | undefined;
  readonly #maxInFlight: number;
  readonly #abort = new AbortController();
  readonly #performContext: PerformContext = { signal: this.#abort.signal };
  readonly #tally: LoadTally;
  readonly #outcomes: Outcomes;
  #tellOver = (): void => {};
  readonly #over: Promise<void>;
  #tellDrained = (): void => {};
  #startMs = 0;
  #timer: ClockTimer | undefined;
  #turnTimer: ClockTimer | undefined;
  #sinceTurn = 0;
  #isPumping = false;
  #isPumpDue = false;
  #isHeld = false;
  #isOver = false;
  #hasFlushFailed = false;
  #heldBack = 0;
  #missed = 0;
  #worstLateMs = 0;

  constructor(load: Load, context: LoadRunContext) {
    const { shape, work } = load;
    this.name = work.name ?? 'load';
    this.plannedMs = Number.isFinite(shape.durationMs) ? shape.durationMs : 0;
    this.#load = load;
    this.#context = context;
    this.#upcoming = shape.arrivals === undefined ? undefined : new Upcoming(shape.arrivals(context.random));
    this.#maxInFlight = shape.closed?.inFlight ?? work.maxInFlight ?? MAX_IN_FLIGHT;
    const { latency, succeeded, failed } = context;
    this.#tally = new LoadTally({
      onSuccess: (dueMs) => {
        succeeded?.add();
        latency?.record(Math.max(0, this.#elapsedMs - dueMs));
        this.#settle();
      },
      onFailure: () => {
        failed?.add();
        this.#settle();
      },
    });
    this.#outcomes = { succeed: this.#tally.succeedById, fail: this.#tally.failById };
    this.#over = new Promise((resolve) => {
      this.#tellOver = resolve;
    });
  }

  get started(): number {
    return this.#tally.started;
  }

  get succeeded(): number {
    return this.#tally.succeeded;
  }

  get failed(): number {
    return this.#tally.failed;
  }

  get inFlight(): number {
    return this.#tally.inFlight;
  }

  /** Begins, and resolves when the schedule is over or {@link LoadRun.stop} was called. It never rejects. */
  run(): Promise<void> {
    const { durationMs } = this.#load.shape;
    this.#startMs = this.#context.clock.now();
    if (this.#upcoming === undefined && Number.isFinite(durationMs)) this.#arm(durationMs, () => this.stop());
    this.#advance();
    this.#pump();
    return this.#over;
  }

  /** Begins nothing more. Safe to call twice. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#turnTimer?.cancel();
    this.#tellMissed();
    this.#tellOver();
  }

  /** Waits until all that was begun has ended, for `drainMs` at most or until the signal is aborted. It never rejects. */
  async drain(signal: AbortSignal): Promise<void> {
    if (this.#tally.inFlight === 0 || signal.aborted) return;
    const { clock } = this.#context;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimer(resolve, this.#load.work.drainMs ?? DRAIN_MS);
      this.#tellDrained = () => {
        timer.cancel();
        signal.removeEventListener('abort', this.#tellDrained);
        resolve();
      };
      signal.addEventListener('abort', this.#tellDrained);
    });
  }

  /** Gives up what has not ended; what it still answers does not count. Safe to call twice. */
  close(): void {
    this.stop();
    this.#tally.close();
    if (!this.#abort.signal.aborted) this.#abort.abort(new AbortedError(`load "${this.name}" is over`));
  }

  result(): LoadResult {
    const { started, succeeded, failed, inFlight, failures, mostInFlight } = this.#tally;
    return {
      name: this.name,
      shape: this.#load.shape.description,
      planned: this.#countPlanned(),
      started,
      succeeded,
      failed,
      unfinished: inFlight,
      failures,
      mostInFlight,
      heldBack: this.#heldBack,
      worstLateMs: this.#worstLateMs,
    };
  }

  #countPlanned(): number {
    const { closed } = this.#load.shape;
    if (closed !== undefined) return closed.count ?? this.started;
    return this.started + (this.#upcoming?.countRest(MOST_COUNTED) ?? 0);
  }

  /** Looks up the next arrival. */
  #advance(): void {
    try {
      this.#upcoming?.advance();
    } catch (error) {
      this.#context.onProblem?.(`the schedule of load "${this.name}" failed: ${describeError(error)}`);
      this.stop();
    }
  }

  #pump(): void {
    // What is begun may end at once, and ask for the next.
    if (this.#isPumping || this.#isOver || this.#turnTimer !== undefined) return;
    this.#isPumping = true;
    const startedBefore = this.started;
    if (this.#upcoming === undefined) this.#pumpClosed();
    else this.#pumpOpen(this.#upcoming);
    this.#isPumping = false;
    if (this.started > startedBefore) this.#flush();
  }

  #pumpOpen(upcoming: Upcoming): void {
    const nowMs = this.#elapsedMs;
    while (upcoming.next !== undefined && upcoming.dueMs <= nowMs && !this.#isOver) {
      if (this.inFlight >= this.#maxInFlight) {
        this.#hold();
        return;
      }
      if (this.#yieldTurn()) return;
      const { next, dueMs } = upcoming;
      this.#noteLateness(nowMs - dueMs);
      this.#begin(next, dueMs);
      this.#advance();
    }
    this.#isHeld = false;
    if (upcoming.next === undefined) this.#stopInTime();
    else if (!this.#isOver) this.#arm(Math.max(0, upcoming.dueMs - this.#elapsedMs), () => this.#pumpAnew());
  }

  /** A load lasts as long as it was to, also when nothing more arrives. */
  #stopInTime(): void {
    const leftMs = this.plannedMs - this.#elapsedMs;
    if (leftMs <= 0) this.stop();
    else if (!this.#isOver) this.#arm(leftMs, () => this.stop());
  }

  #pumpClosed(): void {
    const { closed, durationMs } = this.#load.shape;
    const count = closed?.count ?? Number.POSITIVE_INFINITY;
    while (this.started < count && this.inFlight < this.#maxInFlight && !this.#isOver) {
      const atMs = this.#elapsedMs;
      if (atMs >= durationMs) this.stop();
      else if (this.#yieldTurn()) return;
      else this.#begin({ atMs }, atMs);
    }
    if (this.started >= count) this.stop();
  }

  #pumpAnew(): void {
    this.#turnTimer = undefined;
    this.#sinceTurn = 0;
    this.#pump();
  }

  /** Whether others have to have their turn first; it goes on after that. */
  #yieldTurn(): boolean {
    this.#sinceTurn += 1;
    if (this.#sinceTurn <= TURN) return false;
    this.#turnTimer = this.#context.clock.setTimer(() => this.#pumpAnew(), 0);
    return true;
  }

  #hold(): void {
    if (!this.#isHeld && this.#heldBack === 0)
      this.#context.onEvent?.(
        'load held back',
        `load "${this.name}": ${this.inFlight} are begun and not ended, the most that may be; what arrives now waits`,
      );
    this.#isHeld = true;
  }

  #noteLateness(lateMs: number): void {
    if (lateMs > this.#worstLateMs) this.#worstLateMs = lateMs;
    if (this.#isHeld) this.#heldBack += 1;
    else if (lateMs > MISSED_MS) this.#missed += 1;
  }

  #tellMissed(): void {
    if (this.#missed === 0) return;
    const late = `began more than ${inSeconds(MISSED_MS)} late, by up to ${inSeconds(this.#worstLateMs)}`;
    this.#context.onEvent?.(
      'arrivals missed',
      `load "${this.name}": ${countWord(this.#missed, 'arrival')} ${late}: the clock jumped, or this process was held up`,
    );
  }

  #begin(next: ScheduledArrival, dueMs: number): void {
    const { perform, send } = this.#load.work;
    const id = this.#tally.begin();
    const arrival: Arrival = { id, atMs: dueMs, kind: next.kind };
    try {
      if (send !== undefined) {
        this.#tally.keepDue(id, dueMs);
        send(arrival, this.#outcomes);
        return;
      }
      const answer: unknown = perform?.(arrival, this.#performContext);
      if (isThenable(answer)) {
        Promise.resolve(answer).then(
          () => this.#tally.succeed(dueMs),
          (error: unknown) => this.#tally.fail(error),
        );
        return;
      }
    } catch (error) {
      if (send !== undefined) this.#tally.failById(id, error);
      else this.#tally.fail(error);
      return;
    }
    this.#tally.succeed(dueMs);
  }

  #flush(): void {
    try {
      this.#load.work.flush?.();
    } catch (error) {
      if (!this.#hasFlushFailed)
        this.#context.onProblem?.(`the flush of load "${this.name}" failed: ${describeError(error)}`);
      this.#hasFlushFailed = true;
    }
  }

  #settle(): void {
    if (this.inFlight === 0) this.#tellDrained();
    const isWaiting = this.#upcoming === undefined || this.#isHeld;
    if (!isWaiting || this.#isOver || this.#isPumpDue || this.#isPumping) return;
    this.#isPumpDue = true;
    queueMicrotask(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  #arm(delayMs: number, callback: () => void): void {
    this.#timer = this.#context.clock.setTimer(callback, delayMs);
  }

  get #elapsedMs(): number {
    return this.#context.clock.now() - this.#startMs;
  }
}
