import { quote, UsageError } from '../../core/errors.js';
import { countWord, thousands } from '../words.js';
import { type CheckResult, failForNothing } from './check-result.js';
import { findIdMistakes, type Id, tally } from './ids.js';
import { listOffenders, withDetails } from './offenders.js';

/** What went in and what became of it: ids, or where there are none, how many. */
export interface ConservationHistory {
  readonly sent: readonly Id[] | number;
  readonly received: readonly Id[] | number;
  /** What is known to have been dropped, and was said to be. @defaultValue none */
  readonly dropped?: readonly Id[] | number;
  /** What is still under way: neither received nor dropped. @defaultValue none */
  readonly pending?: readonly Id[] | number;
  /** What they are, one of them. @defaultValue `message` */
  readonly what?: string;
}

/**
 * Nothing vanishes and nothing comes from nowhere: what was sent was received, dropped or is still under way. With ids
 * for all of them, each is followed; with numbers, only the sums are compared. One that was received twice is a matter of
 * `exactlyOnce`, but where numbers are compared it hides one that was lost.
 *
 * @throws UsageError for what is neither a list of ids nor a number
 */
export function conservation(history: ConservationHistory): CheckResult {
  const { sent, received, dropped = [], pending = [], what = 'message' } = history;
  checkHistory({ sent, received, dropped, pending });
  const expected = `each ${what} that is sent is received, dropped or still under way`;
  const counts = [sent, received, dropped, pending].map(countOf);
  const [sentCount = 0, ...rest] = counts;
  const parts = ['received', 'dropped', 'under way'].map((word, index) => `${thousands(rest[index] ?? 0)} ${word}`);
  const actual = `${countWord(sentCount, what)} sent; ${parts.join(', ')}`;
  if (counts.every((count) => count === 0)) return failForNothing(expected, `no ${what} was sent`);
  if (typeof sent === 'number' || [received, dropped, pending].some((list) => typeof list === 'number' && list > 0)) {
    const missing = sentCount - rest.reduce((sum, count) => sum + count, 0);
    if (missing === 0) return { ok: true, expected, actual };
    const wrong = missing > 0 ? `${thousands(missing)} vanished` : `${thousands(-missing)} came from nowhere`;
    return { ok: false, expected, actual: `${actual}: ${wrong}` };
  }
  const lists = { received: toList(received), dropped: toList(dropped), pending: toList(pending) };
  return followIds(sent, lists, { expected, actual });
}

function followIds(
  sent: readonly Id[],
  lists: { readonly received: readonly Id[]; readonly dropped: readonly Id[]; readonly pending: readonly Id[] },
  { expected, actual }: { readonly expected: string; readonly actual: string },
): CheckResult {
  const known = new Set(sent);
  const received = new Set(lists.received);
  const dropped = new Set(lists.dropped);
  const pending = new Set(lists.pending);
  const vanished = [...known].filter((id) => !received.has(id) && !dropped.has(id) && !pending.has(id));
  const unknown = [...new Set([...received, ...dropped, ...pending])].filter((id) => !known.has(id));
  const both = [...received].filter((id) => dropped.has(id) || pending.has(id));
  const halves = [...dropped].filter((id) => pending.has(id) && !received.has(id));
  const details = [
    ...listOffenders('vanished', vanished),
    ...listOffenders('never sent', unknown),
    ...listOffenders('received, and yet said to be dropped or under way', both),
    ...listOffenders('dropped, and yet said to be under way', halves),
    ...listOffenders(
      'sent twice',
      [...tally(sent)].filter(([, count]) => count > 1).map(([id]) => id),
    ),
  ];
  const wrong = [
    ...(vanished.length > 0 ? [`${thousands(vanished.length)} vanished`] : []),
    ...(unknown.length > 0 ? [`${thousands(unknown.length)} came from nowhere`] : []),
    ...(both.length + halves.length > 0 ? [`${thousands(both.length + halves.length)} ended in two ways`] : []),
    ...(known.size < sent.length ? [`${thousands(sent.length - known.size)} sent twice`] : []),
  ];
  if (wrong.length === 0) return { ok: true, expected, actual };
  return { ok: false, expected, actual: `${actual}: ${wrong.join(', ')}`, ...withDetails(details) };
}

function countOf(list: readonly Id[] | number): number {
  return typeof list === 'number' ? list : list.length;
}

function toList(list: readonly Id[] | number): readonly Id[] {
  return typeof list === 'number' ? [] : list;
}

function checkHistory(lists: Readonly<Record<string, unknown>>): void {
  const mistakes = Object.entries(lists).flatMap(([name, list]) => {
    if (typeof list !== 'number') return findIdMistakes(name, list);
    if (Number.isSafeInteger(list) && list >= 0) return [];
    return [`${name} must be a whole number, 0 or more, or a list of ids; received ${quote(list)}`];
  });
  if (mistakes.length > 0) throw new UsageError('conservation', mistakes);
}
