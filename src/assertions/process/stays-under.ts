import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { AssertionError, bullets, quote, UsageError } from '../../core/errors.js';
import type { UsageSample } from '../../process/usage/usage-series.js';

/** What must not be reached. */
export interface UsageLimits {
  /** Memory, in MiB. */
  readonly rssMiB?: number;
  readonly fds?: number;
  readonly threads?: number;
  readonly processes?: number;
  /** Of one processor. */
  readonly cpuPercent?: number;
}

/** What was used, over time: what `process.watchUsage()` gives. */
export interface UsageSource {
  readonly samples: readonly UsageSample[];
}

interface Measure {
  readonly name: keyof UsageLimits;
  readonly words: string;
  readonly read: (sample: UsageSample) => number;
}

const MEASURES: readonly Measure[] = [
  { name: 'rssMiB', words: 'MiB of memory', read: ({ rssBytes }) => rssBytes / 2 ** 20 },
  { name: 'fds', words: 'file descriptors', read: ({ fds }) => fds },
  { name: 'threads', words: 'threads', read: ({ threads }) => threads },
  { name: 'processes', words: 'processes', read: ({ processes }) => processes },
  { name: 'cpuPercent', words: '% of a processor', read: ({ cpuPercent }) => cpuPercent },
];

/**
 * Asserts that a program, with everything that it has started, never used as much as some limits.
 *
 * @throws AssertionError that tells each limit that was reached, when first, and the peak; UsageError
 *
 * @example
 * ```ts
 * const usage = relay.watchUsage();
 * await sendTraffic();
 * assertStaysUnder(usage.stop(), { rssMiB: 200, fds: 100 });
 * ```
 */
export function assertStaysUnder(series: UsageSource, limits: UsageLimits): void {
  const value: unknown = series;
  if (typeof value !== 'object' || value === null || !('samples' in value) || !Array.isArray(value.samples))
    throw new UsageError('toStayUnder', `expected what process.watchUsage() gives; received ${quote(series)}`);
  checkLimits(limits);
  const { samples } = series;
  const startMs = samples[0]?.atMs ?? 0;
  const reached = MEASURES.flatMap(({ name, words, read }) => {
    const limit = limits[name];
    const first = limit === undefined ? undefined : samples.find((sample) => read(sample) >= limit);
    if (limit === undefined || first === undefined) return [];
    const peak = Math.max(...samples.map(read));
    const after = Math.round(first.atMs - startMs);
    return [
      {
        name,
        limit,
        peak,
        text: `${round(peak)} ${words} at most, not under ${limit}: ${round(read(first))} after ${after} ms`,
      },
    ];
  });
  if (reached.length === 0) return;
  throw new AssertionError(
    `It used too much, by ${samples.length} samples:\n${bullets(reached.map(({ text }) => text))}`,
    {
      actual: Object.fromEntries(reached.map(({ name, peak }) => [name, round(peak)])),
      expected: Object.fromEntries(reached.map(({ name, limit }) => [name, limit])),
    },
  );
}

function checkLimits(limits: UsageLimits): void {
  const subject = 'toStayUnder';
  checkOptions(subject, limits);
  const mistakes = [
    ...findUnknownOptions(
      limits,
      MEASURES.map(({ name }) => name),
    ),
    ...MEASURES.flatMap(({ name }) => {
      const limit = limits[name];
      return limit === undefined || limit > 0 ? [] : [`${name} must be above 0, not ${quote(limit)}`];
    }),
    ...(Object.keys(limits).length > 0 ? [] : ['at least one limit is needed: { rssMiB: 200 }']),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
