import { expect, test } from '../../../src/fixtures/index.js';

test('needs nothing', () => {
  expect(1 + 1).toBe(2);
});
