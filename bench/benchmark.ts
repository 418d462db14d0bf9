/** The groups of benchmarks, in the order they are run. A group may still be empty. */
export const groups = ['core', 'fakes', 'kernel', 'netns', 'process', 'vm', 'container', 'fleets'] as const;

export type Group = (typeof groups)[number];

/** One round of a benchmark: the same work, done by this package and by its peer. */
export interface Measurement {
  readonly ours: number;
  /** Undefined when the peer is not installed: it is then named as missing, never guessed. */
  readonly peer: number | undefined;
  readonly peerName: string;
}

/** A figure that is held against a peer, or against an absolute target. */
export interface Benchmark {
  readonly group: Group;
  /** What is measured, as a phrase: `a load–attach–detach–unload cycle`. */
  readonly name: string;
  /** The unit of `ours` and `peer`: `op/s`, `µs`, `MB`. */
  readonly unit: string;
  /** What the ratio `ours / peer` has to reach; or what {@link Benchmark.compare} says instead. */
  readonly target: number;
  readonly direction: 'at least' | 'at most';
  /** What is held against the target: `difference` is `ours - peer`, what something adds. @defaultValue 'ratio' */
  readonly compare?: 'ratio' | 'ours' | 'difference';
  /** How often {@link Benchmark.run} is called; medians are kept. @defaultValue 5 */
  readonly rounds?: number;
  /** Measures one round. Ours and the peer are measured close to each other, so that a busy machine slows both. */
  run(): Promise<Measurement>;
}

/** One row of the result, and one entry of the file that `--json` writes. */
export interface BenchmarkResult {
  readonly group: Group;
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** `null` when the peer is missing. */
  readonly peer: number | null;
  readonly peerName: string;
  /** The median of the rounds' ratios; `null` when the peer is missing. */
  readonly ratio: number | null;
  readonly target: number;
  /** `null` when the target is held against the peer and that is missing: nothing was compared. */
  readonly pass: boolean | null;
}

/** A benchmark that was run. */
export interface Outcome {
  readonly benchmark: Benchmark;
  readonly result: BenchmarkResult;
}

/** The middle of some numbers; of an even count, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Makes one result of a benchmark's rounds. */
export function summarize(benchmark: Benchmark, rounds: readonly Measurement[]): BenchmarkResult {
  const { group, name, unit, target, direction, compare = 'ratio' } = benchmark;
  const measured = rounds.flatMap(({ ours, peer }) =>
    peer === undefined ? [] : [{ peer, ratio: ours / peer, difference: ours - peer }],
  );
  const complete = measured.length > 0 && measured.length === rounds.length;
  const ours = median(rounds.map((round) => round.ours));
  const ratio = complete ? median(measured.map((round) => round.ratio)) : null;
  const difference = complete ? median(measured.map((round) => round.difference)) : null;
  const value = { ours, ratio, difference }[compare];
  return {
    group,
    name,
    unit,
    ours,
    peer: complete ? median(measured.map((round) => round.peer)) : null,
    peerName: rounds[0]?.peerName ?? '',
    ratio,
    target,
    pass: value === null ? null : direction === 'at least' ? value >= target : value <= target,
  };
}

/** What a benchmark has to reach, in words: `ratio at most 5`, `ms added at most 0.3`. */
export function describeTarget({ compare = 'ratio', unit, direction, target }: Benchmark): string {
  const measure = { ratio: 'ratio', ours: unit, difference: `${unit} added` }[compare];
  return `${measure} ${direction} ${target.toLocaleString('en')}`;
}
