import { describe, expect, test } from 'vitest';
import { BoundedBuffer, OVERFLOWS, type Overflow } from '../../src/broker/bounded-buffer.ts';
import { Deque } from '../../src/broker/deque.ts';
import { numbers } from '../support/history.ts';

function drain<T>(buffer: BoundedBuffer<T>): T[] {
  const items: T[] = [];
  for (let item = buffer.take(); item !== undefined; item = buffer.take()) items.push(item);
  return items;
}

describe('A buffer of 100 that is offered 200', () => {
  test.for<[Overflow, number[]]>([
    ['drop-oldest', numbers(100, 100)],
    ['drop-newest', numbers(100)],
    ['block', numbers(100)],
    ['reject', numbers(100)],
  ])('%s', ([overflow, kept]) => {
    const buffer = new BoundedBuffer<number>(100, overflow);
    for (const n of numbers(200)) buffer.offer(n);
    expect(buffer.blocked).toBe(overflow === 'block' ? 100 : 0);
    expect(drain(buffer)).toEqual(kept);
  });

  test('tells what had to go', () => {
    const offer = (overflow: Overflow) => {
      const buffer = new BoundedBuffer<string>(1, overflow);
      return [buffer.offer('a'), buffer.offer('b')];
    };
    expect(OVERFLOWS.map(offer)).toEqual([
      [{ is: 'kept' }, { is: 'kept', dropped: 'a' }],
      [{ is: 'kept' }, { is: 'dropped' }],
      [{ is: 'kept' }, { is: 'blocked' }],
      [{ is: 'kept' }, { is: 'rejected' }],
    ]);
  });
});

describe('Those who wait outside', () => {
  test('come in as there is room, in their order, and nobody overtakes them', () => {
    const buffer = new BoundedBuffer<number>(2, 'block');
    for (const n of numbers(5)) buffer.offer(n);
    expect(buffer.take()).toBe(0);
    expect(buffer.offer(5)).toEqual({ is: 'blocked' });
    buffer.admit(() => true);
    expect([buffer.take(), buffer.take()]).toEqual([1, 2]);
    buffer.admit((n) => n !== 3);
    expect(drain(buffer)).toEqual([4, 5]);
  });

  test('wait for what was given back as well', () => {
    const buffer = new BoundedBuffer<number>(1, 'block');
    buffer.offer(1);
    buffer.offer(2);
    const taken = buffer.take() ?? 0;
    buffer.admit(() => true);
    buffer.giveBack(taken);
    expect(buffer.size).toBe(2);
    expect(drain(buffer)).toEqual([1, 2]);
  });
});

test('A deque keeps its order over many turns, and what is given back comes first', () => {
  const deque = new Deque<number>();
  const taken: number[] = [];
  for (const n of numbers(1000)) {
    deque.push(n);
    if (n % 3 === 0) continue;
    const item = deque.shift() ?? -1;
    deque.unshift(item);
    taken.push(deque.shift() ?? -1);
  }
  expect(taken).toEqual(numbers(taken.length));
  expect(deque.size).toBe(1000 - taken.length);
  expect([deque.shift(), new Deque().shift()]).toEqual([taken.length, undefined]);
});
