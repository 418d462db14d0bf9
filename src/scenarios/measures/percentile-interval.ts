/** Ranks among the sorted samples, from 1, between which a percentile of what was sampled lies. */
export interface RankInterval {
  readonly low: number;
  readonly high: number;
}

/** What is left out at each end: 95 % of such intervals hold the true value. */
const TAIL = 0.025;
/** So many standard deviations from its mean, a binomial variable is as good as never. */
const FAR = 10;

/**
 * Where a percentile of the population lies with 95 % confidence, as ranks of the sorted samples; whatever its
 * distribution is. How many of `count` independent samples are below the true percentile is a binomial variable, so
 * that the ranks which it passes with 2.5 % on each side enclose it.
 *
 * @returns `undefined` where there are too few samples to enclose it: 368 are needed for the 99th percentile, 3,688 for
 * the 99.9th.
 */
export function findRankInterval(count: number, percentile: number): RankInterval | undefined {
  const share = percentile / 100;
  if (count < 1 || share <= 0 || share >= 1) return undefined;
  const low = findQuantile(count, share, TAIL);
  // By symmetry: the samples above are binomial with the other share.
  const high = count + 1 - findQuantile(count, 1 - share, TAIL);
  return low < 1 || high > count ? undefined : { low, high };
}

/** The largest k for which fewer than k of the samples are below the percentile with a probability of at most `tail`. */
function findQuantile(count: number, share: number, tail: number): number {
  const mean = count * share;
  const first = Math.max(0, Math.floor(mean - FAR * Math.sqrt(mean * (1 - share)) - FAR));
  let probability = Math.exp(logBinomial(count, first, share));
  let sum = 0;
  for (let below = first; below <= count; below += 1) {
    sum += probability;
    if (sum > tail) return below;
    probability *= ((count - below) / (below + 1)) * (share / (1 - share));
  }
  return count;
}

/** The logarithm of the probability that exactly `hits` of `count` fall to a `share`. */
function logBinomial(count: number, hits: number, share: number): number {
  return (
    logFactorial(count) -
    logFactorial(hits) -
    logFactorial(count - hits) +
    hits * Math.log(share) +
    (count - hits) * Math.log1p(-share)
  );
}

/** By Stirling's series, which is exact to more digits than a number has from 20 on. */
function logFactorial(n: number): number {
  if (n < 20) {
    let product = 1;
    for (let factor = 2; factor <= n; factor += 1) product *= factor;
    return Math.log(product);
  }
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5);
}
