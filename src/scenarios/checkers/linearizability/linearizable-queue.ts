import { quote } from '../../../core/errors.js';
import {
  type CheckedObject,
  checkLinearizable,
  type LinearizabilityOptions,
  type LinearizabilityResult,
} from './check-linearizable.js';
import { findValueMistakes, type PlainValue } from './linearizable-register.js';
import type { TimedOperation } from './operation.js';

/** What was done to a queue: first in, first out. */
export type QueueOperation = TimedOperation & {
  /** Which queue, where there are several. */
  readonly key?: string;
} & (
    | { readonly kind: 'enqueue'; readonly value: PlainValue }
    /** `value` is what it answered; left out where it found the queue empty. */
    | { readonly kind: 'dequeue'; readonly value?: PlainValue }
  );

/** Values as numbers, two letters each: what is taken from the front of a text and put at its end costs nothing to copy. */
type QueueState = string;

const MOST_SHOWN = 5;

/**
 * Queues behave as if there were one copy of each and one operation at a time: values come out in the order in which
 * they went in, each once, and "empty" is answered only when it is. An operation that never returned may have taken
 * effect, or not: a dequeue may then have taken whatever was first.
 *
 * @throws UsageError for what is no such history
 */
export function linearizableQueue(
  history: readonly QueueOperation[],
  options: LinearizabilityOptions = {},
): LinearizabilityResult {
  return checkLinearizable(history, createQueue(history), options);
}

function createQueue(history: readonly QueueOperation[]): CheckedObject<QueueOperation, QueueState> {
  const letters = new Map<PlainValue, string>();
  const values: PlainValue[] = [];
  const encode = (value: PlainValue): string => {
    const known = letters.get(value);
    if (known !== undefined) return known;
    const made = String.fromCharCode(values.length >>> 16, values.length & 0xffff);
    letters.set(value, made);
    values.push(value);
    return made;
  };
  const decode = (state: QueueState): readonly PlainValue[] =>
    Array.from({ length: state.length / 2 }, (_, index) => {
      const number = state.charCodeAt(2 * index) * 0x10000 + state.charCodeAt(2 * index + 1);
      return values[number] ?? null;
    });
  const step = (state: QueueState, operation: QueueOperation): QueueState | undefined => {
    if (operation.kind === 'enqueue') return state + encode(operation.value);
    const { value, returnedMs } = operation;
    if (returnedMs === undefined) return state.slice(2);
    if (value === undefined) return state === '' ? state : undefined;
    return state.startsWith(encode(value)) && state !== '' ? state.slice(2) : undefined;
  };
  return {
    name: 'queue',
    model: {
      initial: '',
      step,
      key: (state) => state,
      isPure: ({ kind, value, returnedMs }) => kind === 'dequeue' && value === undefined && returnedMs !== undefined,
      mustPrecede: createOrder(history),
    },
    describeOperation: describe,
    describeState: (state) => describeState(decode(state)),
    keyOf: ({ key }) => key,
    findMistakes,
  };
}

/**
 * What the answers tell of the order of two enqueues, where every value is there once: the value that had come out when
 * the other was asked for had gone in before.
 */
function createOrder(history: readonly QueueOperation[]): (one: QueueOperation, other: QueueOperation) => boolean {
  const keyed = (operation: QueueOperation): string => JSON.stringify([operation.key, operation.value]);
  const enqueues = history.filter(({ kind }) => kind === 'enqueue').map(keyed);
  const dequeues = history.filter(({ kind, returnedMs }) => kind === 'dequeue' && returnedMs !== undefined);
  const isUnique = new Set(enqueues).size === enqueues.length;
  // One that never returned may have taken any value, and nobody knows when.
  const isKnown = history.every(({ kind, returnedMs }) => kind === 'enqueue' || returnedMs !== undefined);
  const out = new Map(dequeues.map((operation) => [keyed(operation), operation]));
  return (one, other) => {
    if (!isUnique || one.kind !== 'enqueue' || other.kind !== 'enqueue') return false;
    const first = out.get(keyed(one));
    const second = out.get(keyed(other));
    if (first?.returnedMs === undefined) return false;
    return second === undefined ? isKnown : first.returnedMs < second.calledMs;
  };
}

function describe(operation: QueueOperation): string {
  if (operation.kind === 'enqueue') return `enqueue ${quote(operation.value)}`;
  if (operation.returnedMs === undefined) return 'dequeue';
  return `dequeue → ${operation.value === undefined ? 'empty' : quote(operation.value)}`;
}

function describeState(values: readonly PlainValue[]): string {
  if (values.length === 0) return 'empty';
  const more = values.length > MOST_SHOWN ? ` and ${values.length - MOST_SHOWN} more` : '';
  return `${values.slice(0, MOST_SHOWN).map(quote).join(', ')}${more}`;
}

function findMistakes(path: string, operation: QueueOperation): readonly string[] {
  const { kind, value } = operation;
  if (kind !== 'enqueue' && kind !== 'dequeue') {
    return [`${path}.kind must be "enqueue" or "dequeue"; received ${quote(kind)}`];
  }
  if (kind === 'dequeue' && value === undefined) return [];
  return findValueMistakes(`${path}.value`, value);
}
