import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  linearizableQueue,
  type QueueOperation,
} from '../../../../src/scenarios/checkers/linearizability/linearizable-queue.js';
import type { PlainValue } from '../../../../src/scenarios/checkers/linearizability/linearizable-register.js';
import { isLinearizable, times } from './histories.js';

const put = (value: PlainValue, calledMs: number, returnedMs?: number): QueueOperation => ({
  kind: 'enqueue',
  value,
  calledMs,
  ...(returnedMs === undefined ? {} : { returnedMs }),
});
const take = (value: PlainValue | undefined, calledMs: number, returnedMs: number): QueueOperation => ({
  kind: 'dequeue',
  calledMs,
  returnedMs,
  ...(value === undefined ? {} : { value }),
});

/** The queue, written once more. */
function step(state: readonly PlainValue[], operation: QueueOperation): readonly PlainValue[] | undefined {
  if (operation.kind === 'enqueue') return [...state, operation.value];
  if (operation.returnedMs === undefined || (state.length > 0 && state[0] === operation.value)) return state.slice(1);
  return state.length === 0 && operation.value === undefined ? state : undefined;
}

test('it says of small histories what trying every order says', () => {
  const operations = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('enqueue' as const), value: fc.integer({ min: 0, max: 2 }), at: times }),
      fc.record({ kind: fc.constant('dequeue' as const), value: fc.constantFrom(undefined, 0, 1, 2), at: times }),
    ),
    { minLength: 1, maxLength: 6 },
  );
  const seen = { yes: 0, no: 0 };
  fc.assert(
    fc.property(operations, (list) => {
      const history = list.map(
        ({ at, value, ...operation }) =>
          ({ ...operation, ...at, ...(value === undefined ? {} : { value }) }) as QueueOperation,
      );
      const truth = isLinearizable<QueueOperation, readonly PlainValue[]>(history, { initial: [], step });
      seen[truth ? 'yes' : 'no'] += 1;
      expect(linearizableQueue(history)).toMatchObject({ ok: truth, decided: true });
    }),
    { numRuns: 2000 },
  );
  expect(Math.min(seen.yes, seen.no)).toBeGreaterThan(200);
});

test('known histories that have an order', () => {
  for (const history of [
    [take(undefined, 0, 1)],
    [put('a', 0, 10), put('b', 0, 10), take('b', 11, 12), take('a', 13, 14), take(undefined, 15, 16)],
    [put('a', 0, 10), take('a', 2, 3)],
    // A dequeue whose answer was lost has taken the first.
    [put('a', 0, 1), put('b', 2, 3), { kind: 'dequeue', calledMs: 4 }, take('b', 6, 7)],
    [put('a', 0), take('a', 6, 7)],
    [put('a', 0), take(undefined, 6, 7)],
  ] satisfies readonly QueueOperation[][]) {
    expect(linearizableQueue(history)).toMatchObject({ ok: true, decided: true });
  }
});

test('known histories that have none', () => {
  for (const history of [
    // Out of order.
    [put('a', 0, 1), put('b', 2, 3), take('b', 4, 5), take('a', 6, 7)],
    // Twice.
    [put('a', 0, 1), take('a', 2, 3), take('a', 4, 5)],
    // Lost.
    [put('a', 0, 1), take(undefined, 2, 3)],
    // From nowhere.
    [put('a', 0, 1), take('b', 2, 3)],
    // Before it was there.
    [take('a', 0, 1), put('a', 2, 3)],
    // A dequeue whose answer was lost takes one, not two.
    [put('a', 0, 1), put('b', 2, 3), { kind: 'dequeue', calledMs: 4 }, take(undefined, 6, 7)],
  ] satisfies readonly QueueOperation[][]) {
    expect(linearizableQueue(history)).toMatchObject({ ok: false, decided: true });
  }
});

test('what is wrong is shown with what was in the queue', () => {
  const history = [
    ...Array.from({ length: 20 }, (_, index) => put(index, 2 * index, 2 * index + 1)),
    take(0, 50, 51),
    take(2, 52, 53),
  ];
  expect(linearizableQueue(history)).toMatchObject({
    actual: 'there is no order for the first 22 operations that returned: the last cannot have been, dequeue → 2',
    details: [
      'impossible: [52, 53] dequeue → 2',
      'before it, the queue could be: 1, 2, 3, 4, 5 and 14 more',
      'the last of 22 operations until then:',
      '[20, 21] enqueue 10',
      ...Array.from({ length: 9 }, (_, index) => `[${22 + 2 * index}, ${23 + 2 * index}] enqueue ${11 + index}`),
      '[50, 51] dequeue → 0',
      '[52, 53] dequeue → 2',
    ],
  });
});

test('producers and consumers that overlap are decided, and one value out of order among them is found', () => {
  const history = Array.from({ length: 400 }, (_, index) => {
    const round = Math.floor(index / 8);
    // Eight put at once; they went in backwards, and come out long after.
    const value = 8 * round + (7 - (index % 8));
    return [put(index, 10 * round, 10 * round + 5), take(value, 10_000 + index, 10_000 + index + 0.5)];
  }).flat();
  expect(linearizableQueue(history)).toMatchObject({ ok: true, decided: true });
  const swapped = history.map((operation): QueueOperation => {
    if (operation.kind === 'enqueue' || (operation.value !== 160 && operation.value !== 161 + 8)) return operation;
    return { ...operation, value: operation.value === 160 ? 169 : 160 };
  });
  expect(linearizableQueue(swapped)).toMatchObject({ ok: false, decided: true });
});

test('where too much overlaps it gives up, and says that it does not know', () => {
  const puts = Array.from({ length: 16 }, (_, index) => put(index % 8, 0, 10));
  expect(linearizableQueue([...puts, take('x', 20, 21)], { limit: 5000 })).toMatchObject({
    ok: false,
    decided: false,
    actual:
      'undecided: too many operations overlap to look through all orders of 17 operations; gave up after 5,000 positions',
  });
});
