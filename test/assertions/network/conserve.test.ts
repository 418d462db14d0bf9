import { describe, expect as plain, test } from 'vitest';
import { assertConserves } from '../../../src/assertions/network/conserve.js';
import { expect } from '../../../src/fixtures/index.js';

function messageOf(assertion: () => unknown): string {
  try {
    assertion();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('the assertion passed');
}

describe('toConserve', () => {
  test('holds when every stage counted the same', () => {
    expect({ matched: 10, egressSent: 10 }).toConserve();
    expect([
      { name: 'a', count: 0 },
      { name: 'b', count: 0 },
    ]).toConserve();
    expect({ matched: 10, egressSent: 9 }).not.toConserve();
  });

  test('names each stage after which packets are missing', () => {
    plain(
      messageOf(() => expect({ matched: 1000, egressSent: 1000, channelReceived: 998, sink: 990 }).toConserve()),
    ).toBe(
      'expected every packet to go through every stage: egressSent 1,000 → channelReceived 998: 2 lost between; ' +
        'channelReceived 998 → sink 990: 8 lost between\n' +
        '  matched          1,000\n  egressSent       1,000\n  channelReceived  998\n  sink             990',
    );
    plain(() => assertConserves({ a: 3, b: 2 })).toThrow(
      plain.objectContaining({ actual: { a: 3, b: 2 }, expected: { a: 3, b: 3 } }),
    );
  });

  test('takes no duplicate for a packet that was lost before', () => {
    plain(messageOf(() => assertConserves({ a: 10, b: 8, c: 10 }, { lost: 5 }))).toContain(
      'a 10 → b 8: 2 lost between; b 8 → c 10: 2 more than went in',
    );
  });

  test('lets as many be lost as may be, on the whole way', () => {
    expect({ a: 10, b: 9, c: 8 }).toConserve({ lost: 2 });
    plain(messageOf(() => expect({ a: 10, b: 9, c: 8 }).toConserve({ lost: 1 }))).toContain(
      'expected at most 1 packets to be lost',
    );
  });

  test('negated, tells that all went through', () => {
    plain(messageOf(() => expect({ a: 1, b: 1 }).not.toConserve())).toBe(
      'expected packets to be lost between the stages, and all of them went through',
    );
  });
});
