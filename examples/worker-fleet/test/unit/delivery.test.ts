import { createRandom } from 'glovebox';
import { describe, expect, test } from 'vitest';
import { Inbox } from '../../src/delivery/inbox.ts';
import { Outbox } from '../../src/delivery/outbox.ts';
import type { DeliveredMessage } from '../../src/protocol/messages.ts';

const message = (taskId: string): DeliveredMessage => ({ type: 'cancel', taskId, attempt: 1 });
const put = (outbox: Outbox, taskId: string, priority = 1) => outbox.put(outbox.address(message(taskId), priority));
const takeAll = (outbox: Outbox) => {
  const ids: number[] = [];
  for (let next = outbox.take(); next !== undefined; next = outbox.take()) ids.push(next.id);
  return ids;
};

describe('Outbox', () => {
  test('messages are numbered, and stay until they are acknowledged', () => {
    const outbox = new Outbox();
    for (const name of ['a', 'b', 'c']) put(outbox, name);
    expect(takeAll(outbox)).toEqual([1, 2, 3]);
    outbox.acknowledge([1, 3]);
    expect(outbox.size).toBe(1);
    expect(outbox.pending().map(({ message: kept }) => kept)).toEqual([message('b')]);
  });

  test('a new connection gets again what was not acknowledged, in its order, and that alone', () => {
    const outbox = new Outbox();
    for (const name of ['a', 'b', 'c']) put(outbox, name);
    takeAll(outbox);
    outbox.acknowledge([2]);
    expect(outbox.rewind()).toBe(2);
    put(outbox, 'd');
    expect(takeAll(outbox)).toEqual([1, 3, 4]);
    expect(takeAll(outbox)).toEqual([]);
  });

  test('what the other end says it has got is not sent again, though it was never acknowledged', () => {
    const outbox = new Outbox();
    for (const name of ['a', 'b', 'c', 'd', 'e']) put(outbox, name);
    takeAll(outbox);
    outbox.acknowledge([1]);
    expect(outbox.settle({ floor: 2, above: [4] })).toEqual([2, 4]);
    expect(outbox.rewind()).toBe(2);
    expect(takeAll(outbox)).toEqual([3, 5]);
  });

  test('one that is acknowledged while it waits to be sent again is not', () => {
    const outbox = new Outbox();
    for (const name of ['a', 'b']) put(outbox, name);
    takeAll(outbox);
    outbox.rewind();
    outbox.acknowledge([1]);
    expect(takeAll(outbox)).toEqual([2]);
  });

  test('so many are on their way at once and no more, and an urgent one is the next', () => {
    const outbox = new Outbox({ window: 2 });
    for (const name of ['a', 'b', 'c', 'd']) put(outbox, name, 2);
    expect(takeAll(outbox)).toEqual([1, 2]);
    put(outbox, 'urgent', 0);
    outbox.acknowledge([1]);
    expect(takeAll(outbox)).toEqual([5]);
  });

  test('one that is made of what was stored goes on with its numbers', () => {
    const before = new Outbox();
    for (const name of ['a', 'b']) put(before, name);
    const after = new Outbox({ restored: before.pending(), nextId: before.nextId });
    put(after, 'c');
    expect(takeAll(after)).toEqual([1, 2, 3]);
  });
});

describe('Inbox', () => {
  test('each message is new once, in whatever order they come', () => {
    const inbox = new Inbox();
    expect([2, 1, 2, 1, 3, 5, 5].map((id) => inbox.accept(id))).toEqual([true, true, false, false, true, true, false]);
  });

  test('what it remembers is no more than the gaps', () => {
    const inbox = new Inbox();
    for (let id = 1; id <= 10_000; id += 1) inbox.accept(id);
    inbox.accept(10_003);
    expect(inbox.snapshot()).toEqual({ floor: 10_000, above: [10_003] });
  });

  test('one that is made of what was stored knows what had come', () => {
    const before = new Inbox();
    for (const id of [1, 2, 4]) before.accept(id);
    const after = new Inbox(before.snapshot());
    expect([1, 2, 3, 4, 5].map((id) => after.accept(id))).toEqual([false, false, true, false, true]);
  });

  test('of any sequence with repetitions each is accepted exactly once', () => {
    const random = createRandom(3);
    const sent = random.shuffle(Array.from({ length: 500 }, (_, index) => index + 1).flatMap((id) => [id, id, id]));
    const inbox = new Inbox();
    const accepted = sent.filter((id) => inbox.accept(id));
    expect(accepted.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    expect(inbox.snapshot()).toEqual({ floor: 500, above: [] });
  });
});
