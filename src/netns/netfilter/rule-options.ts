import { findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import { findChoiceProblems } from '../netlink/checks.js';
import { findPacketFilterMistakes, type PacketFilter } from '../packet-filter/packet-filter.js';
import { type Expression, passPartsPerMillion } from './expressions.js';

const PARTS = 1_000_000;

/** Refuses a filter and options with every mistake. @throws UsageError */
export function checkRule(
  subject: string,
  given: { readonly filter: unknown; readonly options: unknown },
  {
    choices,
    more = [],
  }: { readonly choices: Readonly<Record<string, readonly string[]>>; readonly more?: readonly string[] },
): void {
  const { filter, options } = given;
  const mistakes = [...findPacketFilterMistakes('filter', filter)];
  if (typeof options !== 'object' || options === null) {
    mistakes.push(`options must be an object; received ${quote(options)}`);
  } else {
    mistakes.push(...findUnknownOptions(options, ['percent', ...Object.keys(choices)]));
    mistakes.push(...findPercentMistakes(Reflect.get(options, 'percent')));
    for (const [name, known] of Object.entries(choices))
      mistakes.push(...findChoiceProblems(name, Reflect.get(options, name), known));
  }
  mistakes.push(...more);
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}

function findPercentMistakes(percent: unknown): readonly string[] {
  if (percent === undefined || (typeof percent === 'number' && percent > 0 && percent <= 100)) return [];
  return [`percent must be a number over 0, up to 100; received ${quote(percent)}`];
}

/** The step that lets a part of all packets go on to what comes next; none for all of them. */
export function passPercent(percent: number): readonly Expression[] {
  return percent === 100 ? [] : passPartsPerMillion(Math.max(1, Math.round((percent / 100) * PARTS)));
}

/** For people who list the rules: what a filter says. */
export function describeRule(what: string, filter: PacketFilter, percent: number): string {
  const words = Object.entries(filter).map(([name, value]) => `${name} ${value}`);
  return `glovebox: ${what} ${words.join(', ') || 'everything'}${percent === 100 ? '' : `, ${percent} %`}`;
}
