import type { ReceivedStream, ReceiveOutcome } from '../../native/datagram-thread.js';

/** How long datagrams took from one thread to the other, in milliseconds. */
export interface TrafficLatency {
  readonly minMs: number;
  readonly meanMs: number;
  /** Within 1 %, as all percentiles are. */
  readonly medianMs: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What came of one generator. */
export interface TrafficStream {
  /** As {@link GeneratedTraffic.streamId}. */
  readonly streamId: number;
  /** How many datagrams its generator set out to send. */
  readonly count: number;
  /** How many of them came, each counted once. */
  readonly received: number;
  /** How many came again. */
  readonly duplicates: number;
  /** How many came after one that was sent later (RFC 4737). */
  readonly reordered: number;
}

/** What came. */
export interface TrafficReport {
  /** How many datagrams came, each counted once. */
  readonly received: number;
  /** How many were waited for: what the collector was told, or else what the generators of which something came say. */
  readonly expected: number;
  /** How many of the expected did not come. */
  readonly lost: number;
  /** How many came again. */
  readonly duplicates: number;
  /** How many came after one that was sent later (RFC 4737). */
  readonly reordered: number;
  /** How many reached the host but not the collector, whose buffer was full. */
  readonly droppedByBuffer: number;
  /** How many came of something that is no generator. */
  readonly foreign: number;
  /** What the generators' datagrams carried, in bytes; what came again counts again. */
  readonly receivedBytes: number;
  /** From the first to the last. */
  readonly durationMs: number;
  /** `undefined` when nothing came. A datagram's time is taken when the (at most 64) that go with it do. */
  readonly latency: TrafficLatency | undefined;
  /** The generators, in the order in which they were heard first. */
  readonly streams: readonly TrafficStream[];
  /** `883 of 1,000 arrived, 117 lost (11.7 %); median 8.2 ms` */
  toString(): string;
}

/** @internal The report of what a thread received. */
export function summarizeTraffic(outcome: ReceiveOutcome, told: number | undefined): TrafficReport {
  const { streams, foreign, droppedByBuffer } = outcome;
  const sum = (read: (stream: ReceivedStream) => number): number =>
    streams.reduce((total, stream) => total + read(stream), 0);
  const received = sum((stream) => stream.received);
  const expected = told ?? sum((stream) => stream.count);
  const firstMs = Math.min(...streams.map((stream) => stream.firstMs));
  const lastMs = Math.max(...streams.map((stream) => stream.lastMs));
  const report = {
    received,
    expected,
    lost: Math.max(0, expected - received),
    duplicates: sum((stream) => stream.duplicates),
    reordered: sum((stream) => stream.reordered),
    droppedByBuffer,
    foreign,
    receivedBytes: sum((stream) => stream.bytes),
    durationMs: streams.length === 0 ? 0 : lastMs - firstMs,
    latency: received === 0 ? undefined : summarizeLatency(streams, received),
    streams: streams.map(({ streamId, count, received: ofStream, duplicates, reordered }) => ({
      streamId,
      count,
      received: ofStream,
      duplicates,
      reordered,
    })),
  };
  // A report is compared, copied and written down as the data that it is.
  return Object.defineProperty(report, 'toString', { value: () => renderTraffic(report) });
}

function renderTraffic(report: Omit<TrafficReport, 'toString'>): string {
  const { received, expected, lost, duplicates, reordered, latency } = report;
  const count = (value: number): string => value.toLocaleString('en-US');
  const extras = [
    ...(lost > 0 ? [`${count(lost)} lost (${((100 * lost) / expected).toFixed(1)} %)`] : []),
    ...(duplicates > 0 ? [`${count(duplicates)} came again`] : []),
    ...(reordered > 0 ? [`${count(reordered)} came late`] : []),
  ];
  const median = latency === undefined ? '' : `; median ${latency.medianMs.toPrecision(2)} ms`;
  return `${[`${count(received)} of ${count(expected)} arrived`, ...extras].join(', ')}${median}`;
}

function summarizeLatency(streams: readonly ReceivedStream[], received: number): TrafficLatency {
  const minMs = Math.min(...streams.map((stream) => stream.minLatencyMs));
  const maxMs = Math.max(...streams.map((stream) => stream.maxLatencyMs));
  const percentile = (part: number): number => {
    let left = Math.ceil(received * part);
    for (let bucket = 0; ; bucket += 1) {
      const counts = streams.map(({ latencies }) => latencies[bucket]);
      if (counts.every((count) => count === undefined)) return maxMs;
      left -= counts.reduce<number>((total, count) => total + (count ?? 0), 0);
      // The middle of the bucket; buckets are of microseconds.
      if (left <= 0) return Math.min(maxMs, Math.max(minMs, (2 ** ((bucket + 0.5) / 64) - 1) / 1000));
    }
  };
  return {
    minMs,
    meanMs: streams.reduce((total, stream) => total + stream.sumLatencyMs, 0) / received,
    medianMs: percentile(0.5),
    p90Ms: percentile(0.9),
    p99Ms: percentile(0.99),
    maxMs,
  };
}
