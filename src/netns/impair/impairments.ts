import { DisposedError, quote, UsageError } from '../../core/errors.js';
import type { Impairment } from '../wire/impairment-model.js';
import { DIRECTIONS, type WireDirection } from '../wire/wire-protocol.js';
import { checkImpairOptions, type ImpairOptions } from './impairment-options.js';

/** What impairs a link: a wire, or netem. */
export interface ImpairmentControl {
  /** What decides which frames are hit. */
  readonly seed: number;
  /** What is done to a direction now. */
  effective(direction: WireDirection): Impairment;
  /** @throws UsageError with every mistake */
  impair(options: ImpairOptions): Disposable;
  /** Takes back everything that was asked for. */
  heal(): void;
}

/** How it is done, whatever the link is; in effect when it returns. */
export interface ImpairmentSink {
  /** Where no impairment gives one. */
  readonly seed: number;
  /** Whether the lab is closed, which took everything with it. */
  isClosed(): boolean;
  apply(direction: WireDirection, impairment: Impairment, seed: number): void;
}

/** Everything that was asked for and has not been taken back: of each field the newest counts. */
export class Impairments implements ImpairmentControl {
  readonly #link: string;
  readonly #sink: ImpairmentSink;
  readonly #all = new Set<ImpairOptions>();

  constructor(link: string, sink: ImpairmentSink) {
    this.#link = link;
    this.#sink = sink;
  }

  get seed(): number {
    return [...this.#all].findLast(({ seed }) => seed !== undefined)?.seed ?? this.#sink.seed;
  }

  effective(direction: WireDirection): Impairment {
    const merged: { -readonly [Name in keyof Impairment]: Impairment[Name] } = {};
    for (const { both, ...options } of this.#all) Object.assign(merged, given(both), given(options[direction]));
    return merged;
  }

  impair(options: ImpairOptions): Disposable {
    checkImpairOptions(`link ${quote(this.#link)}.impair`, options);
    if (this.#sink.isClosed()) throw new DisposedError('lab', 'to impair a link');
    // A copy: the same object may be given twice, and changed.
    const { aToB, bToA, both, seed } = options;
    const own: ImpairOptions = {
      aToB: given(aToB),
      bToA: given(bToA),
      both: given(both),
      ...(seed === undefined ? {} : { seed }),
    };
    this.#all.add(own);
    const mistake = this.#findMistake();
    if (mistake !== undefined) {
      this.#all.delete(own);
      throw new UsageError(`link ${quote(this.#link)}.impair`, mistake);
    }
    try {
      this.#apply();
    } catch (error) {
      this.#all.delete(own);
      // One direction may have it already. Why it was refused is what counts.
      this.#attempt();
      throw error;
    }
    return {
      [Symbol.dispose]: () => {
        if (this.#all.delete(own) && !this.#sink.isClosed()) this.#apply();
      },
    };
  }

  heal(): void {
    if (this.#all.size === 0) return;
    this.#all.clear();
    if (!this.#sink.isClosed()) this.#apply();
  }

  #attempt(): void {
    for (const [at, direction] of DIRECTIONS.entries()) {
      try {
        this.#sink.apply(direction, this.effective(direction), (this.seed ^ at) >>> 0);
      } catch {
        // It was refused there, and is as it was.
      }
    }
  }

  #findMistake(): string | undefined {
    const direction = DIRECTIONS.find((each) => {
      const { reorderPercent = 0, delayMs = 0 } = this.effective(each);
      return reorderPercent > 0 && delayMs === 0;
    });
    return direction && `${direction}: reorderPercent takes a delayMs beside it: frames overtake those that wait`;
  }

  #apply(): void {
    // Each direction draws from a stream of its own.
    for (const [at, direction] of DIRECTIONS.entries())
      this.#sink.apply(direction, this.effective(direction), (this.seed ^ at) >>> 0);
  }
}

/** Only what is said: a field that is there and undefined leaves what others say. */
function given(impairment: Impairment | undefined): Impairment {
  return Object.fromEntries(Object.entries(impairment ?? {}).filter(([, value]) => value !== undefined));
}
