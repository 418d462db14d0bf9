import type { Clock, ClockTimer } from '../../core/clock.js';
import { DisposedError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import type { Random } from '../../core/random.js';
import { Scope } from '../../core/scope.js';
import { ScopeError } from '../../core/scope-error.js';
import { within } from '../../core/within.js';
import type { DisruptionRecord } from '../scenario-result.js';
import type { Disruption, DisruptionContext } from './disruption.js';
import type { Holds } from './holds.js';

/** What all disruptions of a run share. */
export interface OccurrenceRun {
  readonly clock: Clock;
  readonly startedMs: number;
  readonly holds: Holds;
  /** How long a beginning and an end may take, in milliseconds of the machine. */
  readonly limitMs: number;
  readonly isCalledOff: () => boolean;
  readonly onChange: (record: DisruptionRecord) => void;
}

/** One time that something was damaged, from its beginning to its end. */
export class Occurrence {
  readonly #disruption: Disruption;
  readonly #run: OccurrenceRun;
  readonly #undos = new Scope();
  readonly #mustEnd = new AbortController();
  #tellEnded = (): void => {};
  /** Resolves when it is over. */
  readonly ended = new Promise<void>((resolve) => {
    this.#tellEnded = resolve;
  });
  #record: DisruptionRecord;
  #begun: Promise<void> = Promise.resolve();
  #ending: Promise<void> | undefined;
  #timer: ClockTimer | undefined;

  constructor(disruption: Disruption, run: OccurrenceRun) {
    const { kind, target, details } = disruption;
    this.#disruption = disruption;
    this.#run = run;
    this.#record = { kind, target, fromMs: this.#nowMs, ...(details !== undefined && { details }) };
  }

  get record(): DisruptionRecord {
    return this.#record;
  }

  /** Resolves when it has begun, or could not; it never rejects. */
  begin(random: Random, lastsMs: number | undefined): Promise<void> {
    this.#begun = this.#begin(random, lastsMs);
    return this.#begun;
  }

  /** Takes it back; safe to call twice. It never rejects: the record tells what went wrong. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  get #nowMs(): number {
    return this.#run.clock.now() - this.#run.startedMs;
  }

  async #begin(random: Random, lastsMs: number | undefined): Promise<void> {
    const { limitMs, clock } = this.#run;
    this.#run.onChange(this.#record);
    const outcome = await within(
      this.#attempt(random).then(
        () => 'done' as const,
        (error: unknown) => ({ error }),
      ),
      limitMs,
    );
    if (outcome === 'done') {
      if (this.#disruption.lasts === 'none') void this.end();
      else if (this.#ending === undefined && lastsMs !== undefined)
        this.#timer = clock.setTimer(() => void this.end(), lastsMs);
      return;
    }
    const reason = outcome === undefined ? `has not begun after ${limitMs} ms` : describeFailure(outcome.error);
    this.#fail(outcome === undefined ? reason : `could not be begun: ${reason}`);
    // Not awaited: the end waits for the beginning.
    void this.end();
  }

  async #attempt(random: Random): Promise<void> {
    const undo = await this.#disruption.begin(this.#createContext(random));
    if (undo === undefined) return;
    try {
      this.#undos.defer(undo);
    } catch (error) {
      // It came too late; the scope has taken it back.
      if (!(error instanceof DisposedError)) throw error;
    }
  }

  #createContext(random: Random): DisruptionContext {
    const { clock, holds, isCalledOff } = this.#run;
    return {
      clock,
      random,
      signal: this.#mustEnd.signal,
      get isCalledOff() {
        return isCalledOff();
      },
      describe: (details) => {
        const { details: before } = this.#disruption;
        this.#change({ details: before === undefined ? details : `${before}; ${details}` });
      },
      defer: (undo) => this.#undos.defer(undo),
      hold: async (subject, aspect, value, apply) => {
        this.#undos.defer(await holds.hold(subject, aspect, value, apply));
      },
      inTurn: (subject, action) => holds.inTurn(subject, action),
    };
  }

  async #end(): Promise<void> {
    this.#timer?.cancel();
    this.#mustEnd.abort();
    await this.#begun;
    const { limitMs } = this.#run;
    try {
      const isDone = await within(
        this.#undos.close().then(() => true),
        limitMs,
      );
      if (isDone !== true) this.#fail(`has not been taken back after ${limitMs} ms`);
    } catch (error) {
      this.#fail(`could not be taken back: ${describeFailure(error)}`);
    }
    const isOver = this.#disruption.lasts === 'none' && this.#record.error === undefined;
    this.#change(isOver ? {} : { untilMs: this.#nowMs });
    this.#tellEnded();
  }

  #fail(error: string): void {
    const { error: before } = this.#record;
    this.#change({ error: before === undefined ? error : `${before}; ${error}` });
  }

  #change(change: Partial<DisruptionRecord>): void {
    this.#record = { ...this.#record, ...change };
    this.#run.onChange(this.#record);
  }
}

function describeFailure(error: unknown): string {
  if (error instanceof ScopeError) return error.failures.map(({ error: each }) => messageOf(each)).join('; ');
  return messageOf(error);
}
