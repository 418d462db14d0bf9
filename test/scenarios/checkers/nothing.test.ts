import { expect, test } from 'vitest';
import {
  atLeastOnce,
  atMostOnce,
  conservation,
  exactlyOnce,
  fairDistribution,
  inOrder,
  linearizableQueue,
  linearizableRegister,
  monotonic,
  priorityRespected,
} from '../../../src/scenarios/index.js';

const nothing = { sent: [], received: [] };

test.each([
  ['exactlyOnce', exactlyOnce(nothing), 'no message was sent, 0 of 0 messages received, 0 lost, 0 received again'],
  ['atLeastOnce', atLeastOnce(nothing), 'no message was sent, 0 of 0 messages received, 0 lost, 0 received again'],
  ['atMostOnce', atMostOnce(nothing), 'no message was sent, 0 of 0 messages received, 0 lost, 0 received again'],
  ['conservation', conservation(nothing), 'no message was sent'],
  ['conservation of numbers', conservation({ sent: 0, received: 0 }), 'no message was sent'],
  ['inOrder', inOrder([], { sequence: Number }), 'no message was received'],
  ['monotonic', monotonic([]), 'no value was read'],
  ['priorityRespected', priorityRespected([]), 'nothing was begun'],
  ['fairDistribution', fairDistribution({ one: 0 }, { withinPercent: 10 }), 'nothing was done'],
  ['linearizableRegister', linearizableRegister([]), 'there was no operation'],
  ['linearizableQueue', linearizableQueue([]), 'there was no operation'],
])('of nothing, %s says nothing good', (_, { ok, actual }, words) => {
  expect(ok).toBe(false);
  expect(actual).toBe(words);
});
