import { UsageError } from '../../core/errors.js';
import { countWord, thousands } from '../words.js';
import type { CheckResult } from './check-result.js';
import { findIdMistakes, type Id, tally } from './ids.js';
import { listOffenders, withDetails } from './offenders.js';

/** What was sent, and what arrived: one entry for each time. */
export interface DeliveryHistory {
  readonly sent: readonly Id[];
  readonly received: readonly Id[];
  /** What they are, one of them. @defaultValue `message` */
  readonly what?: string;
}

interface Guarantee {
  readonly subject: string;
  readonly words: string;
  readonly mayBeLost: boolean;
  readonly mayRepeat: boolean;
}

/** Each is received once, and nothing that was never sent. @throws UsageError for what are no lists of ids */
export function exactlyOnce(history: DeliveryHistory): CheckResult {
  return check(history, { subject: 'exactlyOnce', words: 'exactly once', mayBeLost: false, mayRepeat: false });
}

/** None is lost; some may be received again. Nothing is received that was never sent. @throws UsageError for what are no lists of ids */
export function atLeastOnce(history: DeliveryHistory): CheckResult {
  return check(history, { subject: 'atLeastOnce', words: 'at least once', mayBeLost: false, mayRepeat: true });
}

/** None is received again; some may be lost. Nothing is received that was never sent. @throws UsageError for what are no lists of ids */
export function atMostOnce(history: DeliveryHistory): CheckResult {
  return check(history, { subject: 'atMostOnce', words: 'at most once', mayBeLost: true, mayRepeat: false });
}

function check({ sent, received, what = 'message' }: DeliveryHistory, promise: Guarantee): CheckResult {
  const mistakes = [...findIdMistakes('sent', sent), ...findIdMistakes('received', received)];
  if (mistakes.length > 0) throw new UsageError(promise.subject, mistakes);
  const known = new Set(sent);
  const arrivals = tally(received);
  const lost = [...known].filter((id) => !arrivals.has(id));
  const repeated = [...arrivals].filter(([id, count]) => count > 1 && known.has(id));
  const unknown = [...arrivals.keys()].filter((id) => !known.has(id));
  // Of nothing, nothing can be said.
  const ok =
    known.size > 0 &&
    unknown.length === 0 &&
    (promise.mayBeLost || lost.length === 0) &&
    (promise.mayRepeat || repeated.length === 0);
  const words = [
    ...(known.size === 0 ? [`no ${what} was sent`] : []),
    `${thousands(known.size - lost.length)} of ${countWord(known.size, what)} received`,
    `${thousands(lost.length)} lost`,
    `${thousands(repeated.length)} received again`,
    ...(unknown.length > 0
      ? [`${thousands(unknown.length)} received that ${unknown.length === 1 ? 'was' : 'were'} never sent`]
      : []),
  ];
  const details = [
    ...(promise.mayBeLost ? [] : listOffenders('lost', lost)),
    ...(promise.mayRepeat
      ? []
      : listOffenders(
          'received again',
          repeated.map(([id, count]) => `${id} (${count} times)`),
        )),
    ...listOffenders('never sent', unknown),
  ];
  const expected = `each of ${countWord(known.size, what)} is received ${promise.words}`;
  return { ok, expected, actual: words.join(', '), ...withDetails(ok ? [] : details) };
}
