import type { Clock, ClockTimer } from '../../core/clock.js';
import type { CheckResult } from '../checkers/check-result.js';
import { describeError } from '../load/failure-tally.js';
import type { VerdictRecord } from '../scenario-result.js';
import { countWord, inSeconds, thousands } from '../words.js';
import type { Condition } from './condition.js';
import { toVerdictRecord } from './judge.js';

/** What conditions are watched with. */
export interface AlwaysWatchContext {
  readonly clock: Clock;
  /** Milliseconds since the run began. */
  readonly nowMs: () => number;
  /** A condition does not hold for the first time. */
  readonly onViolation: (name: string, details: string) => void;
}

interface Violation {
  readonly atMs: number;
  readonly reason: string;
}

const EVERY_MS = 100;
/** How long the last look may take, in milliseconds. */
const LAST_LOOK_MS = 2000;

/** Looks again and again whether a condition holds, and keeps when it first did not. */
export class AlwaysWatch {
  readonly #condition: Condition;
  readonly #context: AlwaysWatchContext;
  #first: Violation | undefined;
  #violations = 0;
  #looks = 0;
  #pending: { readonly sinceMs: number; readonly look: Promise<void> } | undefined;
  #timer: ClockTimer | undefined;
  #isOver = false;

  constructor(condition: Condition, context: AlwaysWatchContext) {
    this.#condition = condition;
    this.#context = context;
  }

  start(): void {
    this.#look();
    this.#arm();
  }

  /** Looks a last time, and tells what was seen. It never rejects. */
  async finish(): Promise<VerdictRecord> {
    this.#timer?.cancel();
    await this.#waitForLook();
    this.#look();
    await this.#waitForLook();
    this.#isOver = true;
    const { name, knownFailure } = this.#condition;
    return toVerdictRecord(`always: ${name}`, this.#judge(), knownFailure);
  }

  #judge(): CheckResult {
    const expected = 'it holds all the time';
    const looks = countWord(this.#looks, 'look');
    if (this.#first !== undefined) {
      const { atMs, reason } = this.#first;
      const actual = `it did not at ${inSeconds(atMs)}, and at ${thousands(this.#violations)} of ${looks} in all`;
      return { ok: false, expected, actual, details: [reason] };
    }
    if (this.#pending !== undefined) {
      const since = inSeconds(this.#pending.sinceMs);
      return { ok: false, expected, actual: `the look at ${since} was never answered, after ${looks} that were` };
    }
    return { ok: true, expected, actual: `it did, at ${looks}` };
  }

  #arm(): void {
    this.#timer = this.#context.clock.setTimer(() => {
      this.#look();
      this.#arm();
    }, this.#condition.everyMs ?? EVERY_MS);
  }

  /** One look at a time: a slow one is waited for. */
  #look(): void {
    if (this.#pending !== undefined) return;
    const sinceMs = this.#context.nowMs();
    const look = this.#ask(sinceMs).then(() => {
      this.#pending = undefined;
    });
    this.#pending = { sinceMs, look };
  }

  async #ask(atMs: number): Promise<void> {
    let reason: string | undefined;
    try {
      const answer = await this.#condition.holds();
      if (!answer) reason = `it was ${String(answer)}`;
    } catch (error) {
      reason = `it threw: ${describeError(error)}`;
    }
    if (this.#isOver) return;
    this.#looks += 1;
    if (reason === undefined) return;
    this.#violations += 1;
    if (this.#first !== undefined) return;
    this.#first = { atMs, reason };
    this.#context.onViolation(this.#condition.name, reason);
  }

  async #waitForLook(): Promise<void> {
    const pending = this.#pending;
    if (pending === undefined) return;
    let timer: ClockTimer | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = this.#context.clock.setTimer(resolve, LAST_LOOK_MS);
    });
    await Promise.race([pending.look, limit]);
    timer?.cancel();
  }
}
