import { expect as plain, test } from 'vitest';
import type { RestartHistory } from '../../../src/core/restart-history.js';
import { expect } from '../../../src/fixtures/index.js';

/** One child at a time: [born, died], in milliseconds. */
function createHistory(...lives: readonly (readonly [number, number?])[]): RestartHistory {
  return {
    startedAtMs: 0,
    observedAtMs: 10_000,
    lives: lives.map(([bornAtMs, diedAtMs], index) => ({ pid: 101 + index, isFirst: index === 0, bornAtMs, diedAtMs })),
  };
}

const ONCE = createHistory([0, 1000], [1200]);

test('what was observed of a supervisor, or its history, is matched', () => {
  expect(ONCE).toHaveRestarted();
  expect({ history: () => ONCE }).toHaveRestarted({ atMost: 1, withinMs: 200 });
  plain(() => expect(ONCE).toHaveRestarted({ withinMs: 100 })).toThrow(
    'The restarts are not as expected:\n  - a restart within 100 ms expected; it took 200 ms after 101 had ended',
  );
});

test('with not, nothing was restarted', () => {
  expect(createHistory([0])).not.toHaveRestarted();
  plain(() => expect(ONCE).not.toHaveRestarted()).toThrow(
    'Something was restarted:\n  - no restart expected; there was 1',
  );
  plain(() => expect(ONCE).not.toHaveRestarted({ atMost: 3 })).toThrow('with not it takes no options');
});

test('what is no observation is refused', () => {
  plain(() => expect({ pid: 5 }).toHaveRestarted()).toThrow('it takes what observeRestarts returns, or its history()');
  plain(() => expect(undefined).not.toHaveRestarted()).toThrow('not undefined');
});
