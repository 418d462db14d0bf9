import type { Random } from '../core/random.js';
import type { Fault } from './fault.js';
import { countDifferences, matchesFilter } from './matching.js';
import type { FaultPoint } from './points.js';
import type { FaultRule } from './rule.js';

const MAX_FIRED_AT = 1_000;
const MAX_MISSES = 3;

/** A call that a fault's filter turned away. */
export interface Miss {
  readonly call: object;
  /** How many fields of the filter it did not meet. */
  readonly differences: number;
}

/** A fault on a plan, with its counts. */
export class ArmedFault implements Fault {
  readonly point: FaultPoint;
  readonly label: string;
  readonly rule: FaultRule;
  /** The calls most like those it is for, nearest first, the latest of equals first. */
  readonly misses: Miss[] = [];
  /** How often it was its turn and another fault decided the call, or the call failed by itself. */
  lost = 0;
  /** Which fault decided a call in its place, last. */
  lostTo: string | undefined;
  /** Why its function made no error when it was to fire, last. */
  mistake: Error | undefined;
  /** How many calls passed the point since it was armed. */
  seen = 0;
  readonly #random: Random | undefined;
  readonly #onRemove: (fault: ArmedFault) => void;
  readonly #firedAt: number[] = [];
  #matched = 0;
  #fired = 0;
  #armed = true;

  constructor(
    point: FaultPoint,
    label: string,
    rule: FaultRule,
    random: Random | undefined,
    onRemove: (fault: ArmedFault) => void,
  ) {
    this.point = point;
    this.label = label;
    this.rule = rule;
    this.#random = random;
    this.#onRemove = onRemove;
  }

  get optional(): boolean {
    return this.rule.optional;
  }

  get armed(): boolean {
    return this.#armed;
  }

  get matched(): number {
    return this.#matched;
  }

  get fired(): number {
    return this.#fired;
  }

  get firedAt(): readonly number[] {
    return this.#firedAt;
  }

  /** Counts a call. @returns Whether it is the fault's turn to fire. */
  consider(call: object): boolean {
    const { filter, first, last, probability } = this.rule;
    this.seen += 1;
    if (filter !== undefined && !matchesFilter(filter, call, this.label)) {
      this.#noteMiss(call, countDifferences(filter, call));
      return false;
    }
    this.#matched += 1;
    if (this.#matched < first || this.#matched > last) return false;
    return probability === undefined || (this.#random?.chance(probability) ?? false);
  }

  noteFired(): void {
    this.#fired += 1;
  }

  /** Tells the fault of the operation at which it fired. */
  noteOperation(sequence: number): void {
    if (this.#firedAt.length < MAX_FIRED_AT) this.#firedAt.push(sequence);
  }

  noteLost(to?: ArmedFault): void {
    this.lost += 1;
    this.lostTo = to?.label;
  }

  noteMistake(mistake: Error): void {
    this.mistake = mistake;
  }

  remove(): void {
    if (!this.#armed) return;
    this.#armed = false;
    this.#onRemove(this);
  }

  [Symbol.dispose](): void {
    this.remove();
  }

  #noteMiss(call: object, differences: number): void {
    // A fault that has fired is never explained, so it need not remember.
    if (this.#fired > 0) return;
    const place = this.misses.findIndex((miss) => differences <= miss.differences);
    if (place < 0 && this.misses.length >= MAX_MISSES) return;
    this.misses.splice(place < 0 ? this.misses.length : place, 0, { call, differences });
    if (this.misses.length > MAX_MISSES) this.misses.pop();
  }
}
