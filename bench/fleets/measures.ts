import { Float64Histogram } from 'hdr-histogram-js';
import type { Benchmark, Measurement } from '../benchmark.js';
import { loadBuiltScenarios } from '../built-package.js';

const SAMPLES = 4096;
const ROUNDS = 300;
const NANOSECONDS_OF_MS = 1e6;
const MICROSECONDS_OF_MS = 1000;

/** From ten microseconds to a minute, the small ones more often; the same ones every time. */
const samplesMs = Float64Array.from(
  { length: SAMPLES },
  (_, index) => Math.exp(((index * 2654435761) % 4096) / 263) / 100,
);
const samplesNs = samplesMs.map((ms) => Math.round(ms * NANOSECONDS_OF_MS));

/** How long one sample takes, in microseconds. */
function time(record: (value: number) => void, samples: Float64Array): number {
  const startMs = performance.now();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const sample of samples) record(sample);
  }
  return ((performance.now() - startMs) * MICROSECONDS_OF_MS) / (ROUNDS * SAMPLES);
}

async function measureRecord(): Promise<Measurement> {
  const { Measures } = await loadBuiltScenarios();
  const ours = new Measures().histogram('latency', { unit: 'ms' });
  const peer = new Float64Histogram(1, NANOSECONDS_OF_MS, 3);
  peer.autoResize = true;
  const run = (): { ours: number; peer: number } => ({
    ours: time((sample) => ours.record(sample), samplesMs),
    peer: time((sample) => peer.recordValue(sample), samplesNs),
  });
  // The first time, both are compiled.
  run();
  return { ...run(), peerName: 'hdr-histogram-js' };
}

export default [
  {
    group: 'fleets',
    name: 'a sample recorded, compared with the library alone',
    unit: 'µs',
    target: 3,
    direction: 'at most',
    run: measureRecord,
  },
  {
    group: 'fleets',
    name: 'a sample recorded',
    unit: 'µs',
    target: 0.5,
    direction: 'at most',
    compare: 'ours',
    run: measureRecord,
  },
] satisfies readonly Benchmark[];
