import type { Fail, MapElements } from './map-elements.js';

/** kernel/bpf/ringbuf.c: a ring buffer has records, but no elements. */
export class NoElements implements MapElements {
  readonly #fail: Fail;

  constructor(fail: Fail) {
    this.#fail = fail;
  }

  lookup(): never {
    return this.#fail('ENOTSUPP', 'LOOKUP', 'A ring buffer has no elements');
  }

  update(): never {
    return this.#fail('ENOTSUPP', 'UPDATE', 'A ring buffer has no elements');
  }

  delete(): never {
    return this.#fail('ENOTSUPP', 'DELETE', 'A ring buffer has no elements');
  }

  entries(): never {
    return this.#fail('ENOTSUPP', 'LOOKUP', 'A ring buffer has no elements');
  }

  clear(): void {}
}
