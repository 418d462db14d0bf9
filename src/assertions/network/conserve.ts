import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { AssertionError, quote, UsageError } from '../../core/errors.js';
import type { LedgerReport } from '../../netns/ledger/ledger-report.js';
import { isObject } from './subjects.js';

/** A stage that packets go through, and how many were counted there. */
export interface StageCount {
  readonly name: string;
  readonly count: number;
}

/** Counts of stages, in the order in which packets go through them: by name, or as a list. */
export type StageCounts = Readonly<Record<string, number>> | readonly StageCount[];

/** What may be missing. */
export interface ConserveOptions {
  /** How many packets may be lost on the whole way, at most. @defaultValue 0 */
  readonly lost?: number;
}

/**
 * Asserts that nothing was lost, and nothing made up, between stages: that each counted as many as the one before. A
 * report of a ledger tells by itself where packets went.
 *
 * @throws AssertionError that names each stage after which packets are missing, or too many; UsageError
 *
 * @example
 * ```ts
 * assertConserves({ matched: 1000, channelReceived: 1000, egressSent: 1000 });
 * assertConserves(await ledger.report());
 * ```
 */
export function assertConserves(subject: StageCounts | LedgerReport, options: ConserveOptions = {}): void {
  const subjectName = 'toConserve';
  checkOptions(subjectName, options);
  const { lost = 0 } = options;
  const mistakes = [
    ...findUnknownOptions(options, ['lost']),
    ...(Number.isInteger(lost) && lost >= 0 ? [] : [`lost must be a whole number, 0 or more, not ${quote(lost)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError(subjectName, mistakes);
  if (isReport(subject)) assertReport(subject, lost);
  else assertStages(readStages(subjectName, subject), lost);
}

function isReport(subject: StageCounts | LedgerReport): subject is LedgerReport {
  return isObject(subject) && 'verdict' in subject && isObject(subject['verdict']);
}

function assertReport(report: LedgerReport, lost: number): void {
  const { sent, arrived } = report.verdict;
  if (report.isConserved || (sent - arrived <= lost && arrived <= sent)) return;
  throw new AssertionError(`expected ${allow(lost)}, but ${arrived} of ${sent} arrived:\n${String(report)}`, {
    actual: arrived,
    expected: sent,
  });
}

function assertStages(stages: readonly StageCount[], lost: number): void {
  const differences = stages.slice(1).flatMap(({ name, count }, index) => {
    const before = stages[index];
    if (before === undefined || before.count === count) return [];
    const change = count - before.count;
    const what = change < 0 ? `${format(-change)} lost between` : `${format(change)} more than went in`;
    return [{ change, text: `${before.name} ${format(before.count)} → ${name} ${format(count)}: ${what}` }];
  });
  const gone = differences.reduce((sum, { change }) => sum + Math.max(-change, 0), 0);
  if (gone <= lost && differences.every(({ change }) => change < 0)) return;
  throw new AssertionError(
    `expected ${allow(lost)}: ${differences.map(({ text }) => text).join('; ')}\n${draw(stages)}`,
    {
      actual: Object.fromEntries(stages.map(({ name, count }) => [name, count])),
      expected: Object.fromEntries(stages.map(({ name }) => [name, stages[0]?.count])),
    },
  );
}

function allow(lost: number): string {
  return lost === 0 ? 'every packet to go through every stage' : `at most ${format(lost)} packets to be lost`;
}

function draw(stages: readonly StageCount[]): string {
  const width = Math.max(...stages.map(({ name }) => name.length));
  return stages.map(({ name, count }) => `  ${name.padEnd(width)}  ${format(count)}`).join('\n');
}

function format(count: number): string {
  return count.toLocaleString('en');
}

function readStages(matcher: string, subject: unknown): readonly StageCount[] {
  const what = 'expected counts of two stages or more, such as { matched: 10, sent: 10 }, or the report of a ledger';
  if (!isObject(subject)) throw new UsageError(matcher, `${what}; received ${quote(subject)}`);
  const entries = Array.isArray(subject)
    ? subject.map((each: unknown) => (isObject(each) ? [each['name'], each['count']] : [each, undefined]))
    : Object.entries(subject);
  const stages = entries.map(([name, count]) => ({ name, count }));
  const mistakes = stages.flatMap(({ name, count }) => [
    ...(typeof name === 'string' ? [] : [`a stage must be { name, count }; received ${quote(name)}`]),
    ...(typeof name === 'string' && !isCount(count)
      ? [`${name} must be a whole number, 0 or more, not ${quote(count)}`]
      : []),
  ]);
  // One of the names of an object that are numbers would come first, whatever the order of writing.
  const numbers = Array.isArray(subject) ? [] : stages.filter(({ name }) => /^\d+$/.test(String(name)));
  if (numbers.length > 0) mistakes.push('stages whose names are numbers have no order; give a list of { name, count }');
  if (stages.length < 2) mistakes.push(`${what}; received ${quote(subject)}`);
  if (mistakes.length > 0) throw new UsageError(matcher, mistakes);
  return stages.filter((stage): stage is StageCount => typeof stage.name === 'string' && isCount(stage.count));
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
