import { findSpanMistakes } from '../core/clock-sleep.js';
import { errnoNames, isErrnoName } from '../core/errno.js';
import { quote, UsageError } from '../core/errors.js';
import { suggest } from '../core/nearest.js';
import { createFilter } from './matching.js';
import type { PointDescriptor } from './points.js';
import type { ErrorSource, FaultRule, RuleEffect } from './rule.js';

const OCCURRENCES = ['once', 'times', 'nth', 'from', 'probability'] as const;
const EFFECTS = ['before', 'after', 'instead', 'crash'] as const;
const OTHERS = ['delayMs', 'where', 'optional', 'label'] as const;
const FIELDS: readonly string[] = [...OCCURRENCES, ...EFFECTS, ...OTHERS];

/**
 * Makes a rule of a fault's options.
 *
 * @throws UsageError with every mistake in them.
 */
export function createRule(subject: string, options: unknown, descriptor: PointDescriptor): FaultRule {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new UsageError(subject, `options must be an object such as { before: 'EBUSY' }; received ${quote(options)}`);
  }
  // A field that is there but undefined is a field that was not given: callers pass optional settings through.
  const given = new Map<string, unknown>(Object.entries(options).filter(([, value]) => value !== undefined));
  const mistakes = [
    ...[...given.keys()]
      .filter((field) => !FIELDS.includes(field))
      .map((field) => `${quote(field)} is no option of a fault${suggest(field, FIELDS)}`),
    ...findFilterMistakes(given.get('where'), descriptor.fields),
    ...findOccurrenceMistakes(given),
    ...findEffectMistakes(given),
    ...findLabelMistakes(given),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  return readRule(given);
}

/** What is wrong with an error that a fault is to fail with. */
export function findErrorMistakes(name: string, value: unknown): readonly string[] {
  if (value instanceof Error || typeof value === 'function' || isErrnoName(value)) return [];
  const hint = suggest(value, errnoNames());
  return [
    `${name} must be an Error, the name of a Linux error such as "EBUSY", or a function that makes an Error; received ${quote(value)}${hint}`,
  ];
}

function findFilterMistakes(where: unknown, fields: readonly string[] | undefined): readonly string[] {
  if (where === undefined || typeof where === 'function') return [];
  if (typeof where !== 'object' || where === null || Array.isArray(where)) {
    return [`where must be an object of fields or a predicate; received ${quote(where)}`];
  }
  const entries = Object.entries(where);
  if (entries.length === 0 && ![Object.prototype, null].includes(Object.getPrototypeOf(where))) {
    return [`where must be a plain object of fields or a predicate; received ${quote(where)}`];
  }
  return entries.flatMap(([field, pattern]) => {
    if (fields !== undefined && !fields.includes(field)) {
      return [`where.${field}: calls at this point have only ${fields.join(', ')}${suggest(field, fields)}`];
    }
    const patterns: readonly unknown[] = Array.isArray(pattern) ? pattern : [pattern];
    const regExp = patterns.find((each) => each instanceof RegExp);
    if (regExp !== undefined) {
      return [
        `where.${field} is compared with the call's, not matched; received ${quote(regExp)}. Give a predicate: where: (call) => …`,
      ];
    }
    return Array.isArray(pattern) && pattern.length === 0
      ? [`where.${field} is an empty list, which no call can match; give the values of which one must be equal`]
      : [];
  });
}

function findOccurrenceMistakes(given: ReadonlyMap<string, unknown>): readonly string[] {
  const named = OCCURRENCES.filter((field) => given.has(field));
  const mistakes = named.flatMap((field) => findCountMistakes(field, given.get(field)));
  if (named.length > 1) mistakes.push(`${listFields(named)} contradict each other: give at most one of them`);
  return mistakes;
}

function findCountMistakes(field: (typeof OCCURRENCES)[number], value: unknown): string[] {
  if (field === 'once') return value === true ? [] : [`once must be true or absent; received ${quote(value)}`];
  if (field === 'probability') {
    const isProbability = typeof value === 'number' && value >= 0 && value <= 1;
    return isProbability ? [] : [`probability must be a number from 0 to 1; received ${quote(value)}`];
  }
  const isCount = Number.isSafeInteger(value) && Number(value) >= 1;
  return isCount ? [] : [`${field} must be an integer, 1 or more (calls count from 1); received ${quote(value)}`];
}

function findEffectMistakes(given: ReadonlyMap<string, unknown>): readonly string[] {
  const named = EFFECTS.filter((field) => given.has(field));
  const mistakes = named.flatMap((field) => {
    const value = given.get(field);
    if (field === 'crash') {
      return value === 'before' || value === 'after'
        ? []
        : [`crash must be "before" or "after"; received ${quote(value)}`];
    }
    if (field !== 'instead') return findErrorMistakes(field, value);
    return typeof value === 'function'
      ? []
      : [`instead must be a function that makes the answer; received ${quote(value)}`];
  });
  if (given.has('delayMs')) mistakes.push(...findSpanMistakes('delayMs', given.get('delayMs')));
  if (named.length > 1) mistakes.push(`${listFields(named)} contradict each other: give exactly one of them`);
  if (named.length === 0 && !given.has('delayMs')) {
    mistakes.push('a fault needs an effect: give one of before, after, instead and crash, or delayMs');
  }
  return mistakes;
}

function findLabelMistakes(given: ReadonlyMap<string, unknown>): readonly string[] {
  const mistakes: string[] = [];
  const optional = given.get('optional');
  const label = given.get('label');
  if (optional !== undefined && typeof optional !== 'boolean') {
    mistakes.push(`optional must be true or false; received ${quote(optional)}`);
  }
  if (label !== undefined && (typeof label !== 'string' || label === '')) {
    mistakes.push(`label must be a string that is not empty; received ${quote(label)}`);
  }
  return mistakes;
}

/** Reads options in which no mistake was found. */
function readRule(given: ReadonlyMap<string, unknown>): FaultRule {
  const where = given.get('where');
  const label = given.get('label');
  const count = (field: string): number | undefined => {
    const value = given.get(field);
    return typeof value === 'number' ? value : undefined;
  };
  const nth = given.has('once') ? 1 : count('nth');
  return {
    filter:
      typeof where === 'function' || (typeof where === 'object' && where !== null) ? createFilter(where) : undefined,
    first: nth ?? count('from') ?? 1,
    last: nth ?? count('times') ?? Number.POSITIVE_INFINITY,
    probability: count('probability'),
    effect: readEffect(given),
    delayMs: count('delayMs') ?? 0,
    optional: given.get('optional') === true,
    label: typeof label === 'string' ? label : undefined,
  };
}

function readEffect(given: ReadonlyMap<string, unknown>): RuleEffect {
  for (const kind of ['before', 'after'] as const) {
    const error = readError(given.get(kind));
    if (error !== undefined) return { kind, error };
  }
  const instead = given.get('instead');
  if (typeof instead === 'function') {
    return { kind: 'instead', answer: (call) => Reflect.apply(instead, undefined, [call]) };
  }
  const when = given.get('crash');
  return when === 'before' || when === 'after' ? { kind: 'crash', when } : { kind: 'delay' };
}

function readError(value: unknown): ErrorSource | undefined {
  if (value instanceof Error || isErrnoName(value)) return value;
  return typeof value === 'function' ? (call) => Reflect.apply(value, undefined, [call]) : undefined;
}

function listFields(fields: readonly string[]): string {
  return `${fields.slice(0, -1).join(', ')} and ${fields.at(-1)}`;
}
