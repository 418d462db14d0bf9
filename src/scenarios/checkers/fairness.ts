import { quote, UsageError } from '../../core/errors.js';
import { roundFigure, thousands } from '../words.js';
import type { CheckResult } from './check-result.js';
import { cutLines, withDetails } from './offenders.js';

/** How even it has to be. */
export interface FairDistributionOptions {
  /** How far each may be from its share, in percent of that share. */
  readonly withinPercent: number;
  /** How much of it each ought to get, compared with the others. @defaultValue all the same */
  readonly weights?: Readonly<Record<string, number>>;
}

/**
 * Each gets its share of what there is to do: of several workers that are all the same, within so many percent of the
 * mean.
 *
 * @param counts - How much each got; also those who got nothing, with 0.
 * @throws UsageError for counts and weights that are none
 *
 * @example
 * ```ts
 * fairDistribution({ 'collector-1': 3310, 'collector-2': 3342, 'collector-3': 3348 }, { withinPercent: 10 });
 * ```
 */
export function fairDistribution(
  counts: Readonly<Record<string, number>>,
  options: FairDistributionOptions,
): CheckResult {
  checkArguments(counts, options);
  const { withinPercent, weights } = options;
  const names = Object.keys(counts);
  const total = names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
  const weightOf = (name: string): number => (weights === undefined ? 1 : (weights[name] ?? 0));
  const allWeights = names.reduce((sum, name) => sum + weightOf(name), 0);
  const shares = names.map((name) => {
    const share = (total * weightOf(name)) / allWeights;
    const count = counts[name] ?? 0;
    const offPercent = share === 0 ? (count === 0 ? 0 : Number.POSITIVE_INFINITY) : ((count - share) / share) * 100;
    return { name, count, share, offPercent };
  });
  // A trifle of rounding is not unfair.
  const unfair = shares
    .filter(({ offPercent }) => Math.abs(offPercent) > withinPercent + 1e-9)
    .sort((one, other) => Math.abs(other.offPercent) - Math.abs(one.offPercent));
  const worst = shares.reduce((most, { offPercent }) => Math.max(most, Math.abs(offPercent)), 0);
  const lines = unfair.map(
    ({ name, count, share, offPercent }) =>
      `${name}: ${thousands(count)} in place of ${thousands(roundFigure(share))}, ${roundFigure(Math.abs(offPercent))} % too ${offPercent > 0 ? 'many' : 'few'}`,
  );
  const goal = weights === undefined ? 'the mean' : 'its share';
  const spread =
    total === 0 ? 'nothing was done' : `${roundFigure(worst)} % off at most, of ${thousands(total)} in all`;
  return {
    // Nothing is not a fair distribution of anything.
    ok: unfair.length === 0 && total > 0,
    expected: `each of ${names.length} is within ${withinPercent} % of ${goal}`,
    actual: spread,
    ...withDetails(cutLines(lines)),
  };
}

function checkArguments(counts: unknown, options: FairDistributionOptions): void {
  const mistakes: string[] = [];
  const isAmount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;
  const isRecord = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isRecord(counts) || Object.keys(counts).length === 0) {
    mistakes.push(`counts must be an object with a count for each; received ${quote(counts)}`);
  }
  const { withinPercent, weights } = options;
  if (!isAmount(withinPercent))
    mistakes.push(`withinPercent must be a number, 0 or more; received ${quote(withinPercent)}`);
  const lists: readonly (readonly [string, unknown])[] = [
    ['counts', counts],
    ...(weights === undefined ? [] : [['weights', weights] as const]),
  ];
  for (const [name, list] of lists) {
    for (const [key, value] of isRecord(list) ? Object.entries(list) : []) {
      if (!isAmount(value))
        mistakes.push(`${name}[${quote(key)}] must be a number, 0 or more; received ${quote(value)}`);
    }
  }
  if (weights !== undefined && isRecord(counts)) {
    for (const name of Object.keys(counts)) {
      if (!(name in weights)) mistakes.push(`weights has nothing for ${quote(name)}`);
    }
    if (Object.values(weights).every((weight) => weight === 0)) mistakes.push('weights must not all be 0');
  }
  if (mistakes.length > 0) throw new UsageError('fairDistribution', mistakes);
}
