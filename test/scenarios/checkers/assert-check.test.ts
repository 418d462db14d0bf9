import { expect, test } from 'vitest';
import { AssertionError } from '../../../src/core/errors.js';
import { assertCheck } from '../../../src/scenarios/checkers/assert-check.js';
import { exactlyOnce } from '../../../src/scenarios/checkers/delivery.js';

test('what holds is passed over', () => {
  expect(() => assertCheck(exactlyOnce({ sent: [1], received: [1] }))).not.toThrow();
});

test('what does not is told with everything that is known of it', () => {
  const check = exactlyOnce({ sent: [1, 2, 3], received: [1, 1, 4], what: 'task' });
  let thrown: unknown;
  try {
    assertCheck(check);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(AssertionError);
  expect(thrown).toMatchObject({
    message: [
      'expected: each of 3 tasks is received exactly once',
      '  actual: 1 of 3 tasks received, 2 lost, 1 received again, 1 received that was never sent',
      '  - lost: 2, 3',
      '  - received again: 1 (2 times)',
      '  - never sent: 4',
    ].join('\n'),
    actual: check.actual,
    expected: check.expected,
  });
});
