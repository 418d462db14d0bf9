import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IdTable } from '../../../src/fakes/kernel/objects/id-table.js';
import { MAX_ID } from '../../../src/kernel/ids.js';

/** The table as one would write it without a thought for speed: every question is answered by looking at every id. */
class NaiveTable {
  ids: number[] = [];
  next: number;
  readonly #lowest: boolean;

  constructor(next: number, lowest: boolean) {
    this.next = next;
    this.#lowest = lowest;
  }

  allocate(): number {
    if (this.#lowest) {
      let id = 1;
      while (this.ids.includes(id)) id += 1;
      return id;
    }
    let id = this.next > MAX_ID ? 1 : this.next;
    while (this.ids.includes(id)) id = id === MAX_ID ? 1 : id + 1;
    this.next = id + 1;
    return id;
  }

  sorted(): number[] {
    return this.ids.toSorted((a, b) => a - b);
  }
}

type Step =
  | { readonly kind: 'add' }
  | { readonly kind: 'remove' | 'next'; readonly pick: number }
  | { readonly kind: 'burst'; readonly count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'add' } as const) },
  { weight: 4, arbitrary: fc.nat(10_000).map((pick) => ({ kind: 'remove', pick }) as const) },
  { weight: 3, arbitrary: fc.nat(10_000).map((pick) => ({ kind: 'next', pick }) as const) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 150 }).map((count) => ({ kind: 'burst', count }) as const) },
);

describe('the table of ids', () => {
  test.each([
    ['cyclic', 1],
    ['cyclic', MAX_ID - 40],
    ['lowest', 1],
  ] as const)('agrees with a naive one when ids are %s from %i', (reuse, first) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const table = new IdTable<{ readonly id: number }>({ next: first, reuse });
        const naive = new NaiveTable(first, reuse === 'lowest');
        const addOne = (): void => {
          const id = table.allocate();
          expect(id).toBe(naive.allocate());
          table.add({ id });
          naive.ids.push(id);
        };
        for (const action of steps) {
          if (action.kind === 'add') addOne();
          else if (action.kind === 'burst') for (let count = 0; count < action.count; count += 1) addOne();
          else {
            const id = naive.ids[action.pick % Math.max(1, naive.ids.length)] ?? action.pick;
            if (action.kind === 'next') {
              expect(table.nextAfter(id)).toBe(naive.sorted().find((other) => other > id));
              expect(table.get(id)?.id).toBe(naive.ids.includes(id) ? id : undefined);
            } else {
              table.remove(id);
              naive.ids = naive.ids.filter((other) => other !== id);
            }
          }
        }
        expect(table.size).toBe(naive.ids.length);
        expect(table.values().map(({ id }) => id)).toEqual(naive.sorted());
      }),
      { numRuns: 60 },
    );
  });

  test('forgets everything when it is cleared, and begins anew', () => {
    const table = new IdTable<{ readonly id: number }>({ next: 5 });
    table.add({ id: table.allocate() });
    table.add({ id: table.allocate() });
    table.clear();
    expect([table.size, table.values(), table.nextAfter(0), table.allocate()]).toEqual([0, [], undefined, 5]);
  });
});
