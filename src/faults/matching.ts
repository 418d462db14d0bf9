import { quote, UsageError } from '../core/errors.js';

/** A filter of fields, ready to be compared: each field with the values of which the call's must equal one. */
interface FieldPattern {
  readonly field: string;
  readonly pattern: unknown;
}

/** A fault's `where`, made ready for matching. */
export type Filter =
  | { readonly kind: 'fields'; readonly fields: readonly FieldPattern[] }
  | { readonly kind: 'predicate'; readonly predicate: (call: object) => unknown; readonly source: unknown };

/** Makes a filter from a `where` that has been validated. */
export function createFilter(where: object): Filter {
  if (typeof where === 'function') {
    return { kind: 'predicate', predicate: (call) => Reflect.apply(where, undefined, [call]), source: where };
  }
  return { kind: 'fields', fields: Object.entries(where).map(([field, pattern]) => ({ field, pattern })) };
}

/**
 * Whether a call is one that a filter is for.
 *
 * @throws UsageError when a predicate throws, or answers something else than true or false: a promise would always match.
 */
export function matchesFilter(filter: Filter, call: object, label: string): boolean {
  if (filter.kind === 'fields') {
    return filter.fields.every(({ field, pattern }) => matchesField(pattern, Reflect.get(call, field)));
  }
  const answer = askPredicate(filter.predicate, call, label);
  if (typeof answer !== 'boolean') {
    throw new UsageError(`fault ${quote(label)}`, `where must answer true or false; received ${quote(answer)}`);
  }
  return answer;
}

/** The fields of a call that are not as a filter wants them: `name is "a", not "b"`. */
export function listDifferences(filter: Filter, call: object): readonly string[] {
  if (filter.kind === 'predicate') return [`where answered false for ${quote(call)}`];
  return filter.fields
    .filter(({ field, pattern }) => !matchesField(pattern, Reflect.get(call, field)))
    .map(({ field, pattern }) => {
      if (!(field in call)) return `there is no ${field}, only ${Object.keys(call).join(', ') || 'nothing'}`;
      const value: unknown = Reflect.get(call, field);
      const isOneOf = Array.isArray(pattern) && !Array.isArray(value);
      return `${field} is ${quote(value)}, not ${isOneOf ? 'one of ' : ''}${quote(pattern)}`;
    });
}

/** How many of a filter's fields a call does not meet. */
export function countDifferences(filter: Filter, call: object): number {
  if (filter.kind === 'predicate') return 1;
  return filter.fields.filter(({ field, pattern }) => !matchesField(pattern, Reflect.get(call, field))).length;
}

/** Whether every call that matches `narrow` is known to match `wide`. No filter matches every call. */
export function coversFilter(wide: Filter | undefined, narrow: Filter | undefined): boolean {
  if (wide === undefined || (wide.kind === 'fields' && wide.fields.length === 0)) return true;
  if (narrow === undefined) return false;
  if (wide.kind === 'predicate' || narrow.kind === 'predicate') {
    return wide.kind === 'predicate' && narrow.kind === 'predicate' && wide.source === narrow.source;
  }
  return wide.fields.every(({ field, pattern }) => {
    const other = narrow.fields.find((each) => each.field === field);
    return other !== undefined && coversPattern(pattern, other.pattern);
  });
}

/** A filter in a label: `{name: "b", type: "xdp" | "tc"}`. */
export function describeFilter(filter: Filter): string {
  if (filter.kind === 'predicate') return quote(filter.source);
  return `{${filter.fields.map(({ field, pattern }) => `${field}: ${describePattern(pattern)}`).join(', ')}}`;
}

function describePattern(pattern: unknown): string {
  return Array.isArray(pattern) ? pattern.map((each) => quote(each)).join(' | ') : quote(pattern);
}

function matchesField(pattern: unknown, value: unknown): boolean {
  if (!Array.isArray(pattern)) return isEqual(pattern, value);
  return Array.isArray(value) ? isEqual(pattern, value) : pattern.some((each) => isEqual(each, value));
}

function coversPattern(wide: unknown, narrow: unknown): boolean {
  if (isEqual(wide, narrow)) return true;
  if (!Array.isArray(wide)) return Array.isArray(narrow) && narrow.every((each) => isEqual(wide, each));
  const values = Array.isArray(narrow) ? narrow : [narrow];
  return values.every((value) => wide.some((each) => isEqual(each, value)));
}

/** Plain data is equal by what it holds, everything else by identity. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((each, index) => isEqual(each, b[index]));
  }
  if (!isPlain(a) || !isPlain(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isEqual(Reflect.get(a, key), Reflect.get(b, key)))
  );
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function askPredicate(predicate: (call: object) => unknown, call: object, label: string): unknown {
  try {
    return predicate(call);
  } catch (error) {
    throw new UsageError(`fault ${quote(label)}`, `where threw ${quote(error)} for ${quote(call)}`, { cause: error });
  }
}
