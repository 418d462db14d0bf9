import { quote, UsageError } from '../../core/errors.js';
import type { Impairment } from '../wire/impairment-model.js';
import { DIRECTIONS, type WireCounts, type WireDirection } from '../wire/wire-protocol.js';
import type { WireHandler, WireSwitch } from '../wire/wire-switch.js';
import { checkImpairOptions, type ImpairOptions } from './impairment-options.js';

/** A function that runs in the thread of the wire: where it is, and what it is exported as. */
export interface WireModule {
  /** An absolute URL, such as `new URL('./drop-third.ts', import.meta.url)`. */
  readonly module: URL | string;
  /** @defaultValue 'default' */
  readonly export?: string;
}

/** Which wire of which switch a link is. */
export interface WirePlace {
  readonly switch: WireSwitch;
  readonly index: number;
  readonly seed: number;
}

/** What is done to a link that is a wire: everything that was asked for and has not been taken back. */
export class WireControl {
  readonly #link: string;
  readonly #place: WirePlace;
  readonly #impairments = new Set<ImpairOptions>();
  readonly #holds = new Set<{ readonly directions: readonly WireDirection[] }>();
  #interceptor: object | undefined;

  constructor(link: string, place: WirePlace) {
    this.#link = link;
    this.#place = place;
  }

  get seed(): number {
    return [...this.#impairments].findLast(({ seed }) => seed !== undefined)?.seed ?? this.#place.seed;
  }

  counts(direction: WireDirection): WireCounts {
    return this.#place.switch.counts(this.#place.index, direction);
  }

  /** What is done to a direction now. */
  effective(direction: WireDirection): Impairment {
    const merged: { -readonly [Name in keyof Impairment]: Impairment[Name] } = {};
    for (const { both, ...options } of this.#impairments) Object.assign(merged, given(both), given(options[direction]));
    return merged;
  }

  impair(options: ImpairOptions): Disposable {
    checkImpairOptions(`link ${quote(this.#link)}.impair`, options);
    // A copy: the same object may be given twice, and changed.
    const own = structuredClone(options);
    this.#impairments.add(own);
    const mistake = this.#findMistake();
    if (mistake !== undefined) {
      this.#impairments.delete(own);
      throw new UsageError(`link ${quote(this.#link)}.impair`, mistake);
    }
    this.#applyImpairments();
    return undo(() => {
      if (this.#impairments.delete(own)) this.#applyImpairments();
    });
  }

  hold(direction: WireDirection | undefined): Disposable {
    const hold = { directions: direction === undefined ? DIRECTIONS : [direction] };
    this.#holds.add(hold);
    this.#applyHolds(hold.directions);
    return undo(() => {
      if (this.#holds.delete(hold)) this.#applyHolds(hold.directions);
    });
  }

  release(): void {
    this.#holds.clear();
    this.#applyHolds(DIRECTIONS);
  }

  intercept(handler: WireHandler): Disposable {
    this.#requireFree();
    this.#interceptor = handler;
    this.#place.switch.intercept(this.#place.index, handler);
    return this.#undoIntercept(handler);
  }

  async load(options: WireModule): Promise<Disposable> {
    this.#requireFree();
    const { module, export: name = 'default' } = options;
    if (!URL.canParse(String(module))) {
      const example = "new URL('./wire.ts', import.meta.url)";
      throw new UsageError(
        `link ${quote(this.#link)}.intercept`,
        `module must be an absolute URL, such as ${example}; received ${quote(module)}`,
      );
    }
    this.#interceptor = options;
    try {
      await this.#place.switch.load(this.#place.index, String(module), name);
    } catch (error) {
      this.#interceptor = undefined;
      throw error;
    }
    return this.#undoIntercept(options);
  }

  /** Takes back every impairment and every hold. */
  heal(): void {
    if (this.#impairments.size > 0) {
      this.#impairments.clear();
      this.#applyImpairments();
    }
    if (this.#holds.size > 0) this.release();
  }

  #undoIntercept(interceptor: object): Disposable {
    return undo(() => {
      if (this.#interceptor !== interceptor) return;
      this.#interceptor = undefined;
      this.#place.switch.intercept(this.#place.index, undefined);
    });
  }

  #requireFree(): void {
    if (this.#interceptor === undefined) return;
    throw new UsageError(
      `link ${quote(this.#link)}.intercept`,
      'another function decides about its frames already; take that back first, or let one function do both',
    );
  }

  #findMistake(): string | undefined {
    const direction = DIRECTIONS.find((each) => {
      const { reorderPercent = 0, delayMs = 0 } = this.effective(each);
      return reorderPercent > 0 && delayMs === 0;
    });
    return direction && `${direction}: reorderPercent takes a delayMs beside it: frames overtake those that wait`;
  }

  #applyImpairments(): void {
    const { switch: wires, index } = this.#place;
    // Each direction draws from a stream of its own.
    for (const [at, direction] of DIRECTIONS.entries())
      wires.impair(index, direction, this.effective(direction), (this.seed ^ at) >>> 0);
  }

  #applyHolds(directions: readonly WireDirection[]): void {
    for (const direction of directions) {
      const held = [...this.#holds].some((hold) => hold.directions.includes(direction));
      this.#place.switch.hold(this.#place.index, direction, held);
    }
  }
}

/** Only what is said: a field that is there and undefined leaves what others say. */
function given(impairment: Impairment | undefined): Impairment {
  return Object.fromEntries(Object.entries(impairment ?? {}).filter(([, value]) => value !== undefined));
}

function undo(run: () => void): Disposable {
  return { [Symbol.dispose]: run };
}
