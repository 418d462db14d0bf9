import { describe, expect, test } from '../../../src/fixtures/index.js';

describe('of a later kernel', () => {
  const later = test.override({ needs: ['kernel>=99.1'] });

  later('runs one day', () => {
    expect.unreachable();
  });

  later('runs another day', () => {
    expect.unreachable();
  });
});

test('is for one user and the other', { tags: ['root', 'user'] }, () => {
  expect.unreachable();
});
