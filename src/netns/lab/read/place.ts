import { quote } from '../../../core/errors.js';
import type { Mistakes } from '../../../core/mistakes.js';
import { suggest } from '../../../core/nearest.js';

/** Where in a spec something is. It is written out only when there is a mistake to tell: `links.a.ends[1].interface`. */
export class Place {
  readonly #parent: Place | undefined;
  readonly #key: string | number;

  constructor(key: string | number, parent?: Place) {
    this.#key = key;
    this.#parent = parent;
  }

  at(key: string | number): Place {
    return new Place(key, this);
  }

  toString(): string {
    const parent = this.#parent?.toString() ?? '';
    if (typeof this.#key === 'number') return `${parent}[${this.#key}]`;
    if (!/^[\w$]+$/.test(this.#key)) return `${parent}[${quote(this.#key)}]`;
    return parent === '' ? this.#key : `${parent}.${this.#key}`;
  }
}

/** An object of which nothing is known yet. */
export type Unread = Readonly<Record<string, unknown>>;

/** Whether a value is an object with fields: no list, no function, nothing with a class of its own. */
export function isFields(value: unknown): value is Unread {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** What others have elsewhere: where it is here. */
const AT_ENDS = '. Addresses are given at the ends of links: { node, addresses: ["10.0.0.1/24"] }';
const HINTS = new Map([
  ['ip', AT_ENDS],
  ['ips', AT_ENDS],
  ['address', AT_ENDS],
  ['addresses', AT_ENDS],
]);

/** Reads a spec, and notes each mistake with its place. What is wrong is left out, so that the rest can be read too. */
export class SpecReader {
  readonly #mistakes: Mistakes;
  #count = 0;

  constructor(mistakes: Mistakes) {
    this.#mistakes = mistakes;
  }

  /** How many mistakes there are so far. */
  get count(): number {
    return this.#count;
  }

  add(place: Place, mistake: string): void {
    this.#count += 1;
    this.#mistakes.add(`${place}: ${mistake}`);
  }

  refuse(place: Place, expected: string, received: unknown, hint = ''): void {
    this.add(place, `${expected}; received ${quote(received)}${hint}`);
  }

  /** Unknown fields are mistyped ones. */
  checkFields(place: Place | undefined, fields: Unread, known: readonly string[], what: string): void {
    for (const name of Object.keys(fields)) {
      if (known.includes(name)) continue;
      const hint = known.includes('addresses') ? undefined : HINTS.get(name);
      const allowed = `${known.join(', ')}${hint ?? suggest(name, known)}`;
      this.add(locate(place, name), `is no field of ${what}, which has ${allowed}`);
    }
  }

  fields(place: Place, value: unknown, expected: string): Unread | undefined {
    if (isFields(value)) return value;
    this.refuse(place, `must be ${expected}`, value);
    return undefined;
  }

  /** A list that may be missing. */
  list(place: Place, value: unknown, expected: string): readonly unknown[] {
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    this.refuse(place, `must be a list of ${expected}`, value);
    return [];
  }

  /** A field that may be missing. */
  flag(place: Place | undefined, fields: Unread, field: string, fallback: boolean): boolean {
    const value = fields[field];
    if (value === undefined) return fallback;
    if (typeof value === 'boolean') return value;
    this.refuse(locate(place, field), 'must be true or false', value);
    return fallback;
  }

  /** A field that may be missing, for a whole number. */
  number(
    place: Place,
    fields: Unread,
    field: string,
    [lowest, highest]: readonly [number, number],
  ): number | undefined {
    const value = fields[field];
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= lowest && value <= highest) return value;
    this.refuse(place.at(field), `must be a whole number from ${lowest} to ${highest}`, value);
    return undefined;
  }
}

/** The top of a spec has no place of its own. */
function locate(place: Place | undefined, field: string): Place {
  return place === undefined ? new Place(field) : place.at(field);
}
