import { quote } from '../../../core/errors.js';
import {
  type CheckedObject,
  checkLinearizable,
  type LinearizabilityOptions,
  type LinearizabilityResult,
} from './check-linearizable.js';
import type { TimedOperation } from './operation.js';

/** What a register or a queue may hold. */
export type PlainValue = string | number | boolean | null;

/** What was done to a register. */
export type RegisterOperation = TimedOperation & {
  /** Which register, where there are several. */
  readonly key?: string;
} & (
    | { readonly kind: 'write'; readonly value: PlainValue }
    /** `value` is what it answered. */
    | { readonly kind: 'read'; readonly value?: PlainValue }
    /** Compare and swap: writes `value` if the register holds `from`; `swapped` is what it answered. */
    | { readonly kind: 'cas'; readonly from: PlainValue; readonly value: PlainValue; readonly swapped?: boolean }
  );

/** What registers hold at first. */
export interface RegisterOptions extends LinearizabilityOptions {
  /** @defaultValue null */
  readonly initial?: PlainValue;
}

/**
 * Registers behave as if there were one copy of each: every read answers what was written last, whatever runs at the
 * same time. An operation that never returned may have taken effect, or not.
 *
 * @throws UsageError for what is no such history
 *
 * @example
 * ```ts
 * linearizableRegister([
 *   { client: 'a', kind: 'write', value: 1, calledMs: 0, returnedMs: 10 },
 *   { client: 'b', kind: 'read', value: 1, calledMs: 5, returnedMs: 8 },
 * ]);
 * ```
 */
export function linearizableRegister(
  history: readonly RegisterOperation[],
  options: RegisterOptions = {},
): LinearizabilityResult {
  const { initial = null, ...rest } = options;
  return checkLinearizable(history, createRegister(initial), rest);
}

function createRegister(initial: PlainValue): CheckedObject<RegisterOperation, PlainValue> {
  return {
    name: 'register',
    model: {
      initial,
      step: stepRegister,
      key: (state) => JSON.stringify(state),
      isPure: (operation) => operation.kind === 'read' || isRefused(operation),
      isBlind: ({ kind }) => kind === 'write',
    },
    describeOperation: describe,
    describeState: (state) => quote(state),
    keyOf: ({ key }) => key,
    findMistakes,
  };
}

function stepRegister(state: PlainValue, operation: RegisterOperation): PlainValue | undefined {
  const hasReturned = operation.returnedMs !== undefined;
  switch (operation.kind) {
    case 'write':
      return operation.value;
    case 'read':
      return hasReturned && operation.value !== state ? undefined : state;
    case 'cas': {
      const swaps = operation.from === state;
      if (hasReturned && swaps !== operation.swapped) return undefined;
      return swaps ? operation.value : state;
    }
  }
}

/** A swap that is known not to have been one. */
function isRefused(operation: RegisterOperation): boolean {
  return operation.kind === 'cas' && operation.returnedMs !== undefined && operation.swapped === false;
}

function describe(operation: RegisterOperation): string {
  const hasReturned = operation.returnedMs !== undefined;
  switch (operation.kind) {
    case 'write':
      return `write ${quote(operation.value)}`;
    case 'read':
      return hasReturned ? `read → ${quote(operation.value)}` : 'read';
    case 'cas': {
      const answer = hasReturned ? ` → ${operation.swapped === true ? 'swapped' : 'not swapped'}` : '';
      return `cas ${quote(operation.from)} to ${quote(operation.value)}${answer}`;
    }
  }
}

function findMistakes(path: string, operation: RegisterOperation): readonly string[] {
  const { kind, value, returnedMs } = operation;
  if (!['write', 'read', 'cas'].includes(kind)) {
    return [`${path}.kind must be "write", "read" or "cas"; received ${quote(kind)}`];
  }
  if (kind === 'read' && returnedMs === undefined) return [];
  const mistakes = findValueMistakes(`${path}.value`, value);
  if (kind !== 'cas') return mistakes;
  const isTold = returnedMs === undefined || typeof operation.swapped === 'boolean';
  return [
    ...mistakes,
    ...findValueMistakes(`${path}.from`, operation.from),
    ...(isTold ? [] : [`${path}.swapped must be true or false; received ${quote(operation.swapped)}`]),
  ];
}

/** What is wrong with a value: an empty list when nothing is. */
export function findValueMistakes(path: string, value: unknown): readonly string[] {
  const isPlain = value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  return isPlain ? [] : [`${path} must be a text, a finite number, a boolean or null; received ${quote(value)}`];
}
