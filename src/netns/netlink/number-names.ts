import { quote, UsageError } from '../../core/errors.js';

/** The numbers of an enumeration of the kernel, by the names that they have here. */
export class NumberNames<N extends string> {
  /** In the order they were given. */
  readonly names: readonly N[];
  readonly #numbers: ReadonlyMap<N, number>;
  readonly #names: ReadonlyMap<number, N>;

  constructor(entries: readonly (readonly [name: N, number: number])[]) {
    this.names = entries.map(([name]) => name);
    this.#numbers = new Map(entries);
    this.#names = new Map(entries.map(([name, number]) => [number, name]));
  }

  /** @throws UsageError for a name that is none of these. */
  numberOf(name: N): number {
    const number = this.#numbers.get(name);
    if (number === undefined) throw new UsageError('netlink', `there is no number for ${quote(name)}`);
    return number;
  }

  /** `undefined` for a number without a name. */
  nameOf(number: number): N | undefined {
    return this.#names.get(number);
  }
}
