import { describe, expect, test } from 'vitest';
import { FairTurns } from '../../src/broker/turns.ts';
import { numbers } from '../support/history.ts';

interface Worker {
  readonly name: string;
  hasRoom: boolean;
  isStuck: boolean;
}

function createGroup(names: string, lead?: number) {
  const turns = new FairTurns<Worker>(lead);
  const workers = [...names].map((name) => ({ name, hasRoom: true, isStuck: false }));
  for (const worker of workers) turns.add(worker);
  const take = (count: number): string =>
    numbers(count)
      .map(() => turns.next()?.name ?? '-')
      .join('');
  const set = (name: string, state: Partial<Worker>): void => {
    for (const worker of workers) if (worker.name === name) Object.assign(worker, state);
  };
  const leave = (name: string): void => {
    for (const worker of workers) if (worker.name === name) turns.delete(worker);
  };
  return { turns, take, set, leave };
}

describe('Members of a group', () => {
  test('are taken in turn', () => {
    expect(createGroup('abc').take(7)).toBe('abcabca');
  });

  test('who have no room are passed over, and make up for it', () => {
    const { take, set } = createGroup('abc');
    set('b', { hasRoom: false });
    expect(take(4)).toBe('acac');
    set('b', { hasRoom: true });
    expect(take(5)).toBe('bbabc');
  });

  test('wait for one that is too far behind', () => {
    const { take, set } = createGroup('ab', 3);
    set('a', { hasRoom: false });
    expect(take(5)).toBe('bbb--');
    set('a', { hasRoom: true });
    expect(take(5)).toBe('aaaab');
  });

  test('do not wait for one that is stuck, which is not made up for', () => {
    const { take, set } = createGroup('ab', 3);
    set('a', { hasRoom: false, isStuck: true });
    expect(take(9)).toBe('bbbbbbbbb');
    set('a', { hasRoom: true, isStuck: false });
    expect(take(6)).toBe('aaaaba');
  });

  test('who come later are not given what they have missed', () => {
    const { turns, take } = createGroup('a');
    expect(take(5)).toBe('aaaaa');
    turns.add({ name: 'b', hasRoom: true, isStuck: false });
    expect(take(4)).toBe('abab');
  });

  test('who leave are not taken any more; of nobody, nobody is next', () => {
    const { take, leave } = createGroup('ab');
    leave('a');
    expect(take(2)).toBe('bb');
    expect(new FairTurns<Worker>().next()).toBeUndefined();
  });
});
