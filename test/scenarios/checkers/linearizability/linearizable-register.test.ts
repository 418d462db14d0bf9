import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom } from '../../../../src/core/random.js';
import {
  linearizableRegister,
  type PlainValue,
  type RegisterOperation,
} from '../../../../src/scenarios/checkers/linearizability/linearizable-register.js';
import { isLinearizable, times } from './histories.js';

const write = (value: PlainValue, calledMs: number, returnedMs?: number): RegisterOperation => ({
  kind: 'write',
  value,
  calledMs,
  ...(returnedMs === undefined ? {} : { returnedMs }),
});
const read = (value: PlainValue, calledMs: number, returnedMs: number): RegisterOperation => ({
  kind: 'read',
  value,
  calledMs,
  returnedMs,
});

/** The register, written once more. */
function step(state: PlainValue, operation: RegisterOperation): PlainValue | undefined {
  const isOpen = operation.returnedMs === undefined;
  if (operation.kind === 'write') return operation.value;
  if (operation.kind === 'read') return isOpen || Object.is(operation.value, state) ? state : undefined;
  const swaps = Object.is(operation.from, state);
  return isOpen || swaps === operation.swapped ? (swaps ? operation.value : state) : undefined;
}

const operations = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('write' as const), value: fc.integer({ min: 0, max: 2 }), at: times }),
    fc.record({ kind: fc.constant('read' as const), value: fc.constantFrom(null, 0, 1, 2), at: times }),
    fc.record({
      kind: fc.constant('cas' as const),
      from: fc.constantFrom(null, 0, 1, 2),
      value: fc.integer({ min: 0, max: 2 }),
      swapped: fc.boolean(),
      at: times,
    }),
  ),
  { minLength: 1, maxLength: 6 },
);

test('it says of small histories what trying every order says', () => {
  const seen = { yes: 0, no: 0 };
  fc.assert(
    fc.property(operations, (list) => {
      const history = list.map(({ at, ...operation }): RegisterOperation => ({ ...operation, ...at }));
      const truth = isLinearizable<RegisterOperation, PlainValue>(history, { initial: null, step });
      seen[truth ? 'yes' : 'no'] += 1;
      expect(linearizableRegister(history)).toMatchObject({ ok: truth, decided: true });
    }),
    { numRuns: 2000 },
  );
  expect(Math.min(seen.yes, seen.no)).toBeGreaterThan(200);
});

test('the beginning that it shows is the shortest for which there is no order', () => {
  fc.assert(
    fc.property(operations, (list) => {
      const history = list.map(({ at, ...operation }): RegisterOperation => ({ ...operation, ...at }));
      const { ok, actual } = linearizableRegister(history);
      fc.pre(!ok);
      const count = Number(/for the first (\d+) operation/.exec(actual)?.[1]);
      const returns = history.flatMap(({ returnedMs }) => returnedMs ?? []).sort((one, other) => one - other);
      // What returned later than a moment may have taken effect by then, or not; what was called later had not been.
      const cut = (endMs: number): RegisterOperation[] =>
        history
          .filter(({ calledMs }) => calledMs <= endMs)
          .map((operation): RegisterOperation => {
            const { returnedMs = Number.NaN } = operation;
            return returnedMs > endMs ? { ...operation, returnedMs: Number.POSITIVE_INFINITY } : operation;
          });
      const endMs = returns[count - 1] ?? Number.NaN;
      const earlier = returns.filter((returnedMs) => returnedMs < endMs);
      const holds = (part: RegisterOperation[]): boolean =>
        isLinearizable<RegisterOperation, PlainValue>(part, { initial: null, step });
      expect(holds(cut(endMs))).toBe(false);
      expect(holds(cut(earlier.at(-1) ?? -1))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('known histories that have an order', () => {
  const both = [write(1, 0, 10), write(2, 0, 10)];
  for (const history of [
    [read(null, 0, 1)],
    // A read may see a write that has not returned, and one that runs at the same time may not.
    [write(1, 0, 10), read(1, 2, 3)],
    [write(1, 0, 10), read(null, 2, 3)],
    [...both, read(1, 11, 12), read(1, 13, 14)],
    [...both, read(2, 11, 12)],
    // One that never returned takes effect long after, or never.
    [write(1, 0), write(2, 1, 2), read(2, 3, 4), read(1, 100, 101)],
    [write(1, 0), write(2, 1, 2), read(2, 3, 4), read(2, 100, 101)],
    // Of what happens in the same millisecond nobody knows which was first.
    [write(1, 0, 5), read(null, 5, 6)],
    [
      { kind: 'cas', from: null, value: 5, swapped: true, calledMs: 0, returnedMs: 9 },
      { kind: 'cas', from: 5, value: 6, swapped: true, calledMs: 0, returnedMs: 9 },
      read(6, 10, 11),
    ],
    [
      { kind: 'cas', from: null, value: 5, calledMs: 0 },
      { kind: 'cas', from: null, value: 6, swapped: false, calledMs: 1, returnedMs: 2 },
    ],
  ] satisfies readonly RegisterOperation[][]) {
    expect(linearizableRegister(history)).toMatchObject({ ok: true, decided: true });
  }
});

test('known histories that have none', () => {
  for (const history of [
    // A stale read.
    [write(1, 0, 1), read(null, 2, 3)],
    // A write that was seen, and then not any more.
    [write(1, 0, 10), read(1, 2, 3), read(null, 4, 5)],
    // Two readers who disagree on the order of two writes.
    [write(1, 0, 10), write(2, 0, 10), read(1, 11, 12), read(2, 13, 14), read(1, 15, 16)],
    // A value that nobody wrote.
    [write(1, 0, 1), read(7, 2, 3)],
    // Two that both got the lock.
    [
      { kind: 'cas', from: null, value: 1, swapped: true, calledMs: 0, returnedMs: 9 },
      { kind: 'cas', from: null, value: 2, swapped: true, calledMs: 0, returnedMs: 9 },
    ],
    // One that never returned cannot take effect twice.
    [write(1, 0), read(1, 2, 3), write(2, 4, 5), read(1, 6, 7)],
  ] satisfies readonly RegisterOperation[][]) {
    expect(linearizableRegister(history)).toMatchObject({ ok: false, decided: true });
  }
});

test('what is wrong is shown with what led to it', () => {
  const history: RegisterOperation[] = [
    { client: 'a', ...write(1, 0, 10) },
    { client: 'b', ...write(2, 5, 30) },
    { client: 'c', ...read(1, 12, 14) },
    { client: 'c', ...read(null, 15, 20) },
    { client: 'c', ...read(2, 40, 41) },
  ];
  expect(linearizableRegister(history)).toEqual({
    ok: false,
    decided: true,
    expected: 'the operations of each register could have come one at a time',
    actual: 'there is no order for the first 3 operations that returned: the last cannot have been, read → null',
    details: [
      'impossible: [15, 20] c: read → null',
      'before it, the register could be: 1 or 2',
      'the operations until then:',
      '[0, 10] a: write 1',
      '[5, 30] b: write 2',
      '[12, 14] c: read → 1',
      '[15, 20] c: read → null',
    ],
  });
});

test('each of several registers has a history of its own', () => {
  const history: RegisterOperation[] = [
    { key: 'x', ...write(1, 0, 1) },
    { key: 'y', ...read(null, 2, 3) },
  ];
  expect(linearizableRegister(history)).toMatchObject({
    ok: true,
    actual: '2 operations of 2 registers: there is an order',
  });
  expect(linearizableRegister([...history, { key: 'x', ...read(null, 4, 5) }]).actual).toBe(
    'there is no order of "x" for the first 2 operations that returned: the last cannot have been, read → null',
  );
});

/** Clients that work on a real register, each operation taking effect at some moment of its own. */
function simulate(seed: number, count: number, clients: number): RegisterOperation[] {
  const random = createRandom(seed);
  const free = Array.from({ length: clients }, () => 0);
  const planned = Array.from({ length: count }, (_, index) => {
    const client = index % clients;
    const calledMs = (free[client] ?? 0) + random.int(1, 20);
    const returnedMs = calledMs + random.int(1, 50);
    free[client] = returnedMs;
    const kind = random.pick(['write', 'read', 'cas'] as const);
    return {
      client: `c${client}`,
      calledMs,
      returnedMs,
      kind,
      value: random.int(0, 4),
      from: random.int(0, 4),
      atMs: calledMs + random.float() * (returnedMs - calledMs),
    };
  }).sort((one, other) => one.atMs - other.atMs);
  let state: PlainValue = null;
  return planned.map(({ atMs: _, kind, value, from, ...when }): RegisterOperation => {
    if (kind === 'read') return { ...when, kind, value: state };
    const swapped = kind === 'write' || state === from;
    if (swapped) state = value;
    return kind === 'write' ? { ...when, kind, value } : { ...when, kind, from, value, swapped };
  });
}

test('a long history of many clients is decided, and one wrong answer in it is found', () => {
  const history = simulate(3, 3000, 12);
  expect(linearizableRegister(history)).toMatchObject({ ok: true, decided: true });
  const wrong = history.map(
    (operation, index): RegisterOperation =>
      index >= 1500 && index < 1501
        ? { client: 'c0', kind: 'read', value: 99, calledMs: operation.calledMs, returnedMs: operation.returnedMs ?? 0 }
        : operation,
  );
  expect(linearizableRegister(wrong)).toMatchObject({ ok: false, decided: true });
});

test('many writes that overlap, and a read long after, are decided at once', () => {
  const writes = Array.from({ length: 60 }, (_, index) => write(index, 0, 1000));
  expect(linearizableRegister([...writes, read(7, 2000, 2001)]).ok).toBe(true);
  expect(linearizableRegister([...writes, read(60, 2000, 2001)])).toMatchObject({ ok: false, decided: true });
});

test('where too much overlaps it gives up, and says that it does not know', () => {
  const swaps = Array.from(
    { length: 20 },
    (_, index): RegisterOperation => ({ kind: 'cas', from: null, value: index, calledMs: 0 }),
  );
  const back = Array.from(
    { length: 20 },
    (_, index): RegisterOperation => ({ kind: 'cas', from: index, value: null, calledMs: 0 }),
  );
  expect(linearizableRegister([...swaps, ...back, read(99, 2000, 2001)], { limit: 10_000 })).toEqual({
    ok: false,
    decided: false,
    expected: 'the operations of each register could have come one at a time',
    actual:
      'undecided: too many operations overlap to look through all orders of 41 operations; gave up after 10,000 positions',
  });
});

test('a history that cannot be one is refused', () => {
  expect(() =>
    linearizableRegister([
      { kind: 'write', value: undefined, calledMs: 0 },
      { kind: 'add', value: 1, calledMs: 0, returnedMs: 1 },
      { kind: 'read', value: 1, calledMs: 2, returnedMs: 1 },
      { kind: 'cas', from: 1, value: 2, calledMs: 0, returnedMs: 1 },
      7,
    ] as never),
  ).toThrow(
    [
      'the history of the register: 5 mistakes:',
      '  - history[0].value must be a text, a finite number, a boolean or null; received undefined',
      '  - history[1].kind must be "write", "read" or "cas"; received "add"',
      '  - history[2] returned at 1, before it was called at 2',
      '  - history[3].swapped must be true or false; received undefined',
      '  - history[4] must be an operation; received 7',
    ].join('\n'),
  );
  expect(() => linearizableRegister('x' as never)).toThrow(
    'the history of the register: it must be a list of operations; received "x"',
  );
});
