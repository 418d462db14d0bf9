import { findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import type { Impairment } from '../wire/impairment-model.js';
import { DIRECTIONS, type WireCounts, type WireDirection } from '../wire/wire-protocol.js';
import type { WireHandler, WireSwitch } from '../wire/wire-switch.js';
import type { ImpairOptions } from './impairment-options.js';
import { type ImpairmentControl, Impairments } from './impairments.js';

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
export class WireControl implements ImpairmentControl {
  readonly #link: string;
  readonly #place: WirePlace;
  readonly #impairments: Impairments;
  readonly #holds = new Set<{ readonly directions: readonly WireDirection[] }>();
  #interceptor: object | undefined;

  constructor(link: string, place: WirePlace) {
    this.#link = link;
    this.#place = place;
    const { switch: wires, index, seed } = place;
    this.#impairments = new Impairments(link, {
      seed,
      isClosed: () => wires.closed,
      apply: (direction, impairment, own) => wires.impair(index, direction, impairment, own),
    });
  }

  get seed(): number {
    return this.#impairments.seed;
  }

  counts(direction: WireDirection): WireCounts {
    return this.#place.switch.counts(this.#place.index, direction);
  }

  effective(direction: WireDirection): Impairment {
    return this.#impairments.effective(direction);
  }

  impair(options: ImpairOptions): Disposable {
    return this.#impairments.impair(options);
  }

  hold(direction: WireDirection | undefined): Disposable {
    const hold = { directions: direction === undefined ? DIRECTIONS : [direction] };
    this.#holds.add(hold);
    try {
      this.#applyHolds(hold.directions);
    } catch (error) {
      this.#holds.delete(hold);
      throw error;
    }
    return undo(() => {
      if (this.#holds.delete(hold) && !this.#place.switch.closed) this.#applyHolds(hold.directions);
    });
  }

  isHeld(direction: WireDirection): boolean {
    return [...this.#holds].some(({ directions }) => directions.includes(direction));
  }

  release(): void {
    this.#holds.clear();
    if (!this.#place.switch.closed) this.#applyHolds(DIRECTIONS);
  }

  intercept(handler: WireHandler): Disposable {
    this.#requireFree();
    this.#place.switch.intercept(this.#place.index, handler);
    this.#interceptor = handler;
    return this.#undoIntercept(handler);
  }

  async load(options: WireModule): Promise<Disposable> {
    this.#requireFree();
    const { module, export: name = 'default' } = options;
    const example = "new URL('./wire.ts', import.meta.url)";
    const mistakes = [
      ...findUnknownOptions(options, ['module', 'export']),
      ...(isUrl(module) ? [] : [`module must be an absolute URL, such as ${example}; received ${quote(module)}`]),
      ...(typeof name === 'string' ? [] : [`export must be the name of an export; received ${quote(name)}`]),
    ];
    if (mistakes.length > 0) throw new UsageError(`link ${quote(this.#link)}.intercept`, mistakes);
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
    this.#impairments.heal();
    if (this.#holds.size > 0) this.release();
  }

  #undoIntercept(interceptor: object): Disposable {
    return undo(() => {
      if (this.#interceptor !== interceptor) return;
      this.#interceptor = undefined;
      if (this.#place.switch.closed) return;
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

  #applyHolds(directions: readonly WireDirection[]): void {
    for (const direction of directions) {
      const held = [...this.#holds].some((hold) => hold.directions.includes(direction));
      this.#place.switch.hold(this.#place.index, direction, held);
    }
  }
}

function isUrl(value: unknown): boolean {
  return (typeof value === 'string' || value instanceof URL) && URL.canParse(String(value));
}

function undo(run: () => void): Disposable {
  return { [Symbol.dispose]: run };
}
