import type { ErrnoName } from '../core/errno.js';
import { quote } from '../core/errors.js';
import { coversFilter, describeFilter, type Filter } from './matching.js';

/** What a fault fails with, once it has been validated. */
export type ErrorSource = ErrnoName | Error | ((call: object) => unknown);

/** What a fault does beside its delay. */
export type RuleEffect =
  | { readonly kind: 'before' | 'after'; readonly error: ErrorSource }
  | { readonly kind: 'instead'; readonly answer: (call: object) => unknown }
  | { readonly kind: 'crash'; readonly when: 'before' | 'after' }
  | { readonly kind: 'delay' };

/** A fault's options, validated and made plain: it fires on the matching calls `first` to `last`. */
export interface FaultRule {
  readonly filter: Filter | undefined;
  readonly first: number;
  readonly last: number;
  /** The chance of each call from `first` to `last`; undefined is certainty. */
  readonly probability: number | undefined;
  readonly effect: RuleEffect;
  readonly delayMs: number;
  readonly optional: boolean;
  readonly label: string | undefined;
}

/**
 * Whether an armed fault leaves a new one no call to fire on: both decide how a call ends, the armed one surely fires,
 * on every call that is the new one's turn. Delays shadow nothing and are never shadowed, for they add up.
 *
 * @param matched - How many calls the armed fault has counted so far.
 */
export function isShadowed(armed: FaultRule, matched: number, added: FaultRule): boolean {
  if (armed.effect.kind === 'delay' || added.effect.kind === 'delay') return false;
  if (armed.probability !== undefined && armed.probability < 1) return false;
  if (!coversFilter(armed.filter, added.filter)) return false;
  // The armed fault has counted at least as many of the calls as the new one; exactly as many when the filters are equal.
  const countsAlike = coversFilter(added.filter, armed.filter);
  const endsLater = countsAlike ? matched + added.last <= armed.last : armed.last === Number.POSITIVE_INFINITY;
  return endsLater && matched + added.first >= armed.first;
}

/** What messages call a fault that has no label of its own: `EBUSY before kernel.attach {name: "b"}, call 2 only`. */
export function describeRule(rule: FaultRule, point: string): string {
  const where = rule.filter === undefined ? '' : ` ${describeFilter(rule.filter)}`;
  const occurrence = describeOccurrence(rule);
  return `${describeEffect(rule)} ${point}${where}${occurrence === '' ? '' : `, ${occurrence}`}`;
}

/** On which calls a fault fires, in words; nothing for one that fires on all. */
export function describeOccurrence({ first, last, probability }: FaultRule): string {
  if (probability !== undefined) return `with probability ${probability}`;
  if (last === Number.POSITIVE_INFINITY) return first === 1 ? '' : `from call ${first} on`;
  if (first === last) return `call ${first} only`;
  return `calls ${first} to ${last}`;
}

function describeEffect({ effect, delayMs }: FaultRule): string {
  const delay = delayMs > 0 ? `${delayMs} ms delay and ` : '';
  switch (effect.kind) {
    case 'delay':
      return `${delayMs} ms delay of`;
    case 'crash':
      return `${delay}crash ${effect.when}`;
    case 'instead':
      return `${delay}another answer from`;
    default:
      return `${delay}${describeError(effect.error)} ${effect.kind}`;
  }
}

function describeError(error: ErrorSource): string {
  if (typeof error === 'string') return error;
  return typeof error === 'function' ? quote(error) : `${error.name} ${quote(error.message)}`;
}
