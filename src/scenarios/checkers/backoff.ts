import { quote, UsageError } from '../../core/errors.js';
import { countWord, inSeconds, roundFigure, thousands } from '../words.js';
import type { CheckResult } from './check-result.js';
import { cutLines, withDetails } from './offenders.js';

/** How far apart the delays of several clients have to be. */
export interface JitterOptions {
  /** The standard deviation of the delays before one attempt, in percent of their mean. @defaultValue 5 */
  readonly leastSpreadPercent?: number;
  /** Attempts that fewer clients made say nothing. @defaultValue 5 */
  readonly leastClients?: number;
}

/** When clients count as a herd. */
export interface HerdOptions {
  /** How long a moment is, in milliseconds. @defaultValue 100 */
  readonly windowMs?: number;
  /** How many of all may come in one moment, in percent. @defaultValue 50 */
  readonly mostPercent?: number;
}

const LEAST_SPREAD_PERCENT = 5;
const LEAST_CLIENTS = 5;
const WINDOW_MS = 100;
const MOST_PERCENT = 50;

/**
 * Clients that were all cut off at once do not all wait equally long before they try again.
 *
 * @param delaysMs - For each client, how long it waited before its first attempt, before its second, and so on.
 * @throws UsageError for what is no such list
 */
export function backoffJitter(
  delaysMs: Readonly<Record<string, readonly number[]>> | readonly (readonly number[])[],
  options: JitterOptions = {},
): CheckResult {
  const { leastSpreadPercent = LEAST_SPREAD_PERCENT, leastClients = LEAST_CLIENTS } = options;
  const clients: readonly (readonly number[])[] = Object.values(delaysMs ?? {});
  checkTimes('backoffJitter', clients.flat(), { leastSpreadPercent, leastClients });
  const attempts = Math.max(0, ...clients.map((delays) => delays.length));
  const spreads = Array.from({ length: attempts }, (_, index) => {
    const delays = clients.flatMap((list) => list[index] ?? []);
    return { attempt: index + 1, clients: delays.length, ...measureSpread(delays) };
  }).filter((spread) => spread.clients >= leastClients);
  const narrow = spreads.filter(({ percent }) => percent < leastSpreadPercent);
  const expected = `the delays of different clients before the same attempt are ${leastSpreadPercent} % apart or more`;
  if (spreads.length === 0) {
    const most = countWord(clients.length, 'client');
    return {
      ok: false,
      expected,
      actual: `${most}: no attempt was made by ${leastClients} or more, which say nothing`,
    };
  }
  const lines = narrow.map(
    ({ attempt, clients: count, meanMs, percent }) =>
      `attempt ${attempt}: ${count} clients waited ${inSeconds(meanMs)} on average, ${roundFigure(percent)} % apart`,
  );
  const least = Math.min(...spreads.map(({ percent }) => percent));
  return {
    ok: narrow.length === 0,
    expected,
    actual: `${roundFigure(least)} % apart at the least, over ${countWord(spreads.length, 'attempt')} of ${countWord(clients.length, 'client')}`,
    ...withDetails(cutLines(lines)),
  };
}

/**
 * Clients do not come back in a herd: no moment has more than a part of them.
 *
 * @param timesMs - When each came: the attempts, or the connections, of all clients after what cut them off.
 * @throws UsageError for what is no list of times
 */
export function noThunderingHerd(timesMs: readonly number[], options: HerdOptions = {}): CheckResult {
  const { windowMs = WINDOW_MS, mostPercent = MOST_PERCENT } = options;
  checkTimes('noThunderingHerd', timesMs, { windowMs, mostPercent });
  const sorted = timesMs.toSorted((one, other) => one - other);
  let first = 0;
  let most = { count: 0, fromMs: 0 };
  for (const [last, atMs] of sorted.entries()) {
    while (atMs - (sorted[first] ?? atMs) >= windowMs) first += 1;
    if (last - first + 1 > most.count) most = { count: last - first + 1, fromMs: sorted[first] ?? atMs };
  }
  const percent = sorted.length === 0 ? 0 : (most.count / sorted.length) * 100;
  const expected = `no more than ${mostPercent} % come within ${windowMs} ms`;
  if (sorted.length < 2) {
    return {
      ok: false,
      expected,
      actual: `${countWord(sorted.length, 'time')}, which ${sorted.length === 1 ? 'says' : 'say'} nothing`,
    };
  }
  return {
    ok: percent <= mostPercent,
    expected,
    actual: `${thousands(most.count)} of ${thousands(sorted.length)} (${roundFigure(percent)} %) came within ${windowMs} ms from ${roundFigure(most.fromMs)} ms on`,
  };
}

function measureSpread(delays: readonly number[]): { readonly meanMs: number; readonly percent: number } {
  const meanMs = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
  const variance = delays.reduce((sum, delay) => sum + (delay - meanMs) ** 2, 0) / delays.length;
  return { meanMs, percent: meanMs === 0 ? 0 : (Math.sqrt(variance) / meanMs) * 100 };
}

function checkTimes(subject: string, times: unknown, options: Readonly<Record<string, unknown>>): void {
  const mistakes = Object.entries(options)
    .filter(([, value]) => !(typeof value === 'number' && Number.isFinite(value) && value > 0))
    .map(([name, value]) => `${name} must be a finite number above 0; received ${quote(value)}`);
  if (!Array.isArray(times)) mistakes.push(`the times must be a list; received ${quote(times)}`);
  else {
    const bad = times.find((time) => !Number.isFinite(time));
    if (bad !== undefined) mistakes.push(`each time must be a finite number of milliseconds; received ${quote(bad)}`);
  }
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}
