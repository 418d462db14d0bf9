import { expect, test } from 'vitest';
import { Impairments } from '../../../src/netns/impair/impairments.js';
import type { Impairment } from '../../../src/netns/wire/impairment-model.js';

test('an impairment that one direction refuses is taken back from the other', () => {
  const applied: Record<string, Impairment> = {};
  const impairments = new Impairments('uplink', {
    seed: 1,
    isClosed: () => false,
    apply: (direction, impairment) => {
      if (direction === 'bToA' && impairment.lossPercent === 5) throw new Error('refused');
      applied[direction] = impairment;
    },
  });
  impairments.impair({ both: { delayMs: 10 } });
  expect(() => impairments.impair({ both: { lossPercent: 5 } })).toThrow('refused');
  expect(applied).toEqual({ aToB: { delayMs: 10 }, bToA: { delayMs: 10 } });
  expect(impairments.effective('aToB')).toEqual({ delayMs: 10 });
});
