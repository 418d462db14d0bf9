import { expect, test } from 'vitest';
import { summarizeTraffic } from '../../../src/netns/traffic/traffic-report.js';

const STREAM = {
  streamId: 1,
  count: 2000,
  received: 1880,
  duplicates: 0,
  reordered: 3,
  bytes: 0,
  firstMs: 0,
  lastMs: 10,
  minLatencyMs: 1,
  maxLatencyMs: 1,
  sumLatencyMs: 1880,
  latencies: new Uint32Array(1),
};

test('a report reads as a line, and is compared as data', () => {
  const report = summarizeTraffic({ streams: [STREAM], foreign: 0, droppedByBuffer: 0 }, undefined);
  expect(String(report)).toBe('1,880 of 2,000 arrived, 120 lost (6.0 %), 3 came late; median 1.0 ms');
  expect(Object.keys(report)).not.toContain('toString');
  const nothing = summarizeTraffic({ streams: [], foreign: 0, droppedByBuffer: 0 }, 10);
  expect(`${nothing}`).toBe('0 of 10 arrived, 10 lost (100.0 %)');
});
