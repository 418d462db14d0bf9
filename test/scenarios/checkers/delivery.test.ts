import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { conservation } from '../../../src/scenarios/checkers/conservation.js';
import { atLeastOnce, atMostOnce, exactlyOnce } from '../../../src/scenarios/checkers/delivery.js';
import { inOrder } from '../../../src/scenarios/checkers/ordering.js';

const ids = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const list = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 10 });

describe('delivery', () => {
  test('one lost in a thousand is found, and one that came twice', () => {
    const sent = ids(3000);
    const lossy = sent.filter((id) => id % 1000 !== 999);
    expect(exactlyOnce({ sent, received: lossy })).toEqual({
      ok: false,
      expected: 'each of 3,000 messages is received exactly once',
      actual: '2,997 of 3,000 messages received, 3 lost, 0 received again',
      details: ['lost: 999, 1999, 2999'],
    });
    expect(atLeastOnce({ sent, received: lossy }).ok).toBe(false);
    expect(atMostOnce({ sent, received: lossy }).ok).toBe(true);
    const repeated = [...sent, 17];
    expect(exactlyOnce({ sent, received: repeated }).details).toEqual(['received again: 17 (2 times)']);
    expect(atMostOnce({ sent, received: repeated }).ok).toBe(false);
    expect(atLeastOnce({ sent, received: repeated })).toEqual({
      ok: true,
      expected: 'each of 3,000 messages is received at least once',
      actual: '3,000 of 3,000 messages received, 0 lost, 1 received again',
    });
  });

  test('what was never sent is wrong whatever was promised', () => {
    for (const checker of [exactlyOnce, atLeastOnce, atMostOnce]) {
      expect(checker({ sent: ['a'], received: ['a', 'b'] })).toMatchObject({ ok: false, details: ['never sent: b'] });
    }
  });

  test('of many, the first ten are named', () => {
    expect(exactlyOnce({ sent: ids(1500), received: [] }).details).toEqual([
      'lost: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 1,490 more',
    ]);
  });

  test('all three say what counting says', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }), list, (sent, received) => {
        const counts = sent.map((id) => received.filter((other) => other === id).length);
        const isKnown = received.every((id) => sent.includes(id));
        expect(exactlyOnce({ sent, received }).ok).toBe(isKnown && counts.every((count) => count === 1));
        expect(atLeastOnce({ sent, received }).ok).toBe(isKnown && counts.every((count) => count >= 1));
        expect(atMostOnce({ sent, received }).ok).toBe(isKnown && counts.every((count) => count <= 1));
      }),
    );
  });

  test('what are no ids is refused', () => {
    expect(() => exactlyOnce({ sent: 3, received: [1, undefined] } as never)).toThrow(
      [
        'exactlyOnce: 2 mistakes:',
        '  - sent must be a list of ids; received 3',
        '  - received must hold texts and numbers; received undefined at 1',
      ].join('\n'),
    );
  });
});

describe('conservation', () => {
  test('numbers are summed up', () => {
    expect(conservation({ sent: 1000, received: 990, dropped: 7, pending: 3 })).toEqual({
      ok: true,
      expected: 'each message that is sent is received, dropped or still under way',
      actual: '1,000 messages sent; 990 received, 7 dropped, 3 under way',
    });
    expect(conservation({ sent: 1000, received: 990, dropped: 7, what: 'task' })).toEqual({
      ok: false,
      expected: 'each task that is sent is received, dropped or still under way',
      actual: '1,000 tasks sent; 990 received, 7 dropped, 0 under way: 3 vanished',
    });
    expect(conservation({ sent: 5, received: [1, 2, 3, 4, 5, 6] }).actual).toContain(': 1 came from nowhere');
  });

  test('ids are followed, so that one too many does not hide one that is missing', () => {
    expect(conservation({ sent: ['a', 'b', 'c'], received: ['a', 'x'], dropped: ['c'] })).toMatchObject({
      ok: false,
      actual: '3 messages sent; 2 received, 1 dropped, 0 under way: 1 vanished, 1 came from nowhere',
      details: ['vanished: b', 'never sent: x'],
    });
    expect(conservation({ sent: [1, 2, 2], received: [1], dropped: [1], pending: [2] })).toMatchObject({
      ok: false,
      details: ['received, and yet said to be dropped or under way: 1', 'sent twice: 2'],
    });
    expect(conservation({ sent: [1], received: [], dropped: [1], pending: [1] }).details).toEqual([
      'dropped, and yet said to be under way: 1',
    ]);
  });

  test('whatever is taken away, moved or added is found', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer(), { minLength: 1 }), fc.nat(), fc.nat(), (sent, seed, place) => {
        const random = createRandom(seed >>> 0);
        const lists = { received: [] as number[], dropped: [] as number[], pending: [] as number[] };
        for (const id of random.shuffle(sent)) random.pick(Object.values(lists)).push(id);
        expect(conservation({ sent, ...lists })).toMatchObject({ ok: true });
        const id = sent[place % sent.length] ?? 0;
        const without = (from: readonly number[]): number[] => from.filter((other) => other !== id);
        const lost = {
          received: without(lists.received),
          dropped: without(lists.dropped),
          pending: without(lists.pending),
        };
        expect(conservation({ sent, ...lost }).details).toEqual([`vanished: ${id}`]);
        const other = lists.received.includes(id) ? 'dropped' : 'received';
        expect(conservation({ sent, ...lists, [other]: [...lists[other], id] }).ok).toBe(false);
        expect(conservation({ sent: sent.filter((one) => one !== id), ...lists }).details).toEqual([
          `never sent: ${id}`,
        ]);
      }),
    );
  });

  test('what is neither a list nor a number is refused', () => {
    expect(() => conservation({ sent: -1, received: 'x' } as never)).toThrow(
      [
        'conservation: 2 mistakes:',
        '  - sent must be a whole number, 0 or more, or a list of ids; received -1',
        '  - received must be a list of ids; received "x"',
      ].join('\n'),
    );
  });
});

describe('order', () => {
  const sequence = ({ number }: { readonly number: number }): number => number;
  const key = ({ topic }: { readonly topic: string }): string => topic;
  const message = (topic: string, number: number) => ({ topic, number });

  test('each key has an order of its own', () => {
    const received = [message('a', 1), message('b', 5), message('a', 2), message('b', 6), message('a', 9)];
    expect(inOrder(received, { key, sequence })).toEqual({
      ok: true,
      expected: 'each message is received after all that were sent before it of its key',
      actual: '5 messages in order',
    });
    expect(inOrder(received, { sequence }).details).toEqual(['2 came after 5']);
  });

  test('two that changed places are found; gaps and repetitions are left to others', () => {
    const received = [1, 2, 2, 4, 1, 3, 7, 6].map((number) => message('a', number));
    expect(inOrder(received, { key, sequence, what: 'task' })).toEqual({
      ok: false,
      expected: 'each task is received after all that were sent before it of its key',
      actual: '2 of 8 tasks late',
      details: ['a: 3 came after 4', 'a: 6 came after 7'],
    });
  });

  test('any change of places in what was in order is found', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer(), { minLength: 2 }), fc.nat(), (numbers, at) => {
        const sorted = numbers.toSorted((one, other) => one - other);
        expect(inOrder(sorted, { sequence: (number) => number }).ok).toBe(true);
        const place = at % (sorted.length - 1);
        const [one = 0, other = 0] = sorted.slice(place, place + 2);
        const swapped = sorted.with(place, other).with(place + 1, one);
        expect(inOrder(swapped, { sequence: (number) => number }).details).toEqual([`${one} came after ${other}`]);
      }),
    );
  });

  test('a place that is none is refused', () => {
    expect(() => inOrder([{ number: Number.NaN }], { sequence })).toThrow(
      'inOrder: sequence must return a number; received NaN for {"number":"NaN"}',
    );
    expect(() => inOrder(3 as never, { sequence })).toThrow('inOrder: received must be a list; received 3');
  });
});
