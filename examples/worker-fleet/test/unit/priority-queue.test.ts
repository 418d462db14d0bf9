import { createRandom } from 'glovebox';
import { describe, expect, test } from 'vitest';
import { PriorityQueue } from '../../src/priority-queue.ts';

const drain = <T>(queue: PriorityQueue<T>) => Array.from({ length: queue.size }, () => queue.pop());

describe('PriorityQueue', () => {
  test('the most urgent comes first, and of equals the one that came first', () => {
    const queue = new PriorityQueue<string>();
    for (const [order, [name, priority]] of (
      [
        ['low', 2],
        ['normal', 1],
        ['urgent', 0],
        ['normal too', 1],
        ['urgent too', 0],
      ] as const
    ).entries())
      queue.push(name, priority, order);
    expect(queue.peek()).toBe('urgent');
    expect(drain(queue)).toEqual(['urgent', 'urgent too', 'normal', 'normal too', 'low']);
    expect([queue.pop(), queue.peek(), queue.size]).toEqual([undefined, undefined, 0]);
  });

  test('what is put back has its old place among equals', () => {
    const queue = new PriorityQueue<string>();
    for (const [order, name] of ['a', 'b', 'c'].entries()) queue.push(name, 1, order);
    const first = queue.pop();
    queue.push(first ?? '', 1, 0);
    expect(drain(queue)).toEqual(['a', 'b', 'c']);
  });

  test('any mixture of pushes and pops comes out as if it were sorted', () => {
    const random = createRandom(11);
    for (let round = 0; round < 200; round += 1) {
      const queue = new PriorityQueue<{ priority: number; order: number }>();
      let model: { priority: number; order: number }[] = [];
      for (let order = 0; order < 100; order += 1) {
        if (random.chance(0.6)) {
          const entry = { priority: random.int(0, 3), order };
          queue.push(entry, entry.priority, order);
          model = [...model, entry].sort((a, b) => a.priority - b.priority || a.order - b.order);
        } else expect(queue.pop()).toEqual(model.shift());
        expect(queue.size).toBe(model.length);
      }
      expect(drain(queue)).toEqual(model);
    }
  });
});
