import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import type { Clock } from '../../core/clock.js';
import { findSpanMistakes } from '../../core/clock-sleep.js';
import { quote, UsageError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import { type Disrupt, type Disruption, findDisruptionMistakes } from './disruption.js';

/** A span: always the same, or drawn for each occasion, both ends included. */
export type DisruptionSpan = number | { readonly minMs: number; readonly maxMs: number };

/** What every schedule says. */
export interface ScheduledDisruption {
  /** What goes wrong. A function chooses anew for each occasion: `(random) => kill(random.pick(workers))`. */
  readonly disrupt: Disrupt;
  /** How long it lasts once it is in effect, in milliseconds. @defaultValue what the disruption says, else to the end */
  readonly lastsMs?: DisruptionSpan;
}

/** What the loop of a schedule goes by. */
export interface ScheduleContext {
  readonly clock: Clock;
  readonly random: Random;
  /** When the scenario began, on that clock. */
  readonly startedMs: number;
  /** Aborted when nothing more may begin. */
  readonly signal: AbortSignal;
}

/** When something goes wrong: made by {@link at}, {@link every}, {@link randomly} or {@link when}, or a test's own. */
export interface DisruptionSchedule extends ScheduledDisruption {
  /** In words: `every 5000 ms`. */
  readonly description: string;
  /** Says when nothing ever began, as a mistake of the test: the reason for it. @defaultValue nothing is said */
  explainNever?(): string | undefined;
  /** Calls `begin` on each occasion; resolves when there will be no more, rejects when the signal is aborted. */
  follow(context: ScheduleContext, begin: () => void): Promise<void>;
}

/** What every schedule says, of options that say more. */
export function pickScheduled({ disrupt, lastsMs }: ScheduledDisruption): ScheduledDisruption {
  return { disrupt, ...(lastsMs !== undefined && { lastsMs }) };
}

/** @throws UsageError with every mistake */
export function checkSchedule(
  subject: string,
  options: ScheduledDisruption,
  names: readonly string[],
  own: readonly string[],
): void {
  checkOptions(subject, options);
  const mistakes = [
    ...findUnknownOptions(options, [...names, 'disrupt', 'lastsMs']),
    ...own,
    ...findScheduledMistakes(options, subject === 'every' || subject === 'randomly'),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}

/** What is wrong with what every schedule says. */
export function findScheduledMistakes(
  { disrupt, lastsMs }: ScheduledDisruption,
  isRepeated = false,
): readonly string[] {
  const mistakes = [...findLastsMistakes(lastsMs)];
  if (typeof disrupt === 'function') return mistakes;
  const list: readonly unknown[] = Array.isArray(disrupt) ? disrupt : [disrupt];
  if (list.length === 0) mistakes.push('disrupt must not be empty; received []');
  for (const [index, each] of list.entries()) {
    const found = findDisruptionMistakes(Array.isArray(disrupt) ? `disrupt[${index}]` : 'disrupt', each);
    mistakes.push(...found);
    if (found.length > 0) continue;
    const { kind, lasts } = each as Disruption;
    if (lasts === 'none' && lastsMs !== undefined)
      mistakes.push(`lastsMs must be left out: a ${quote(kind)} has no end; received ${quote(lastsMs)}`);
    if (isRepeated && lasts === undefined && lastsMs === undefined)
      mistakes.push(`lastsMs must be given: the first ${quote(kind)} would last to the end of the scenario`);
  }
  return mistakes;
}

function findLastsMistakes(lastsMs: unknown): readonly string[] {
  if (lastsMs === undefined) return [];
  if (typeof lastsMs !== 'object' || lastsMs === null) return findSpanMistakes('lastsMs', lastsMs);
  const { minMs, maxMs }: { minMs?: unknown; maxMs?: unknown } = lastsMs;
  const mistakes = [...findSpanMistakes('lastsMs.minMs', minMs), ...findSpanMistakes('lastsMs.maxMs', maxMs)];
  if (Number(minMs) > Number(maxMs))
    mistakes.push(`lastsMs.minMs must not be above lastsMs.maxMs; received ${quote(lastsMs)}`);
  return mistakes;
}

/** What is wrong with a span that must not be 0. */
export function findPeriodMistakes(name: string, value: unknown): readonly string[] {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return [];
  return [`${name} must be a finite number of milliseconds above 0; received ${quote(value)}`];
}

/** What is wrong with how often something is to be. */
export function findTimesMistakes(times: unknown): readonly string[] {
  if (times === undefined || (typeof times === 'number' && Number.isInteger(times) && times > 0)) return [];
  return [`times must be a whole number above 0; received ${quote(times)}`];
}
