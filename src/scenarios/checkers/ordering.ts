import { quote, UsageError } from '../../core/errors.js';
import { countWord, thousands } from '../words.js';
import { type CheckResult, failForNothing } from './check-result.js';
import type { Id } from './ids.js';
import { cutLines, withDetails } from './offenders.js';

/** How messages are put in order. */
export interface InOrderOptions<Message> {
  /** Its place in the order in which those of its key were sent: 1, 2, 3, or a time. */
  readonly sequence: (message: Message) => number | bigint;
  /** Only messages of one key are in order among each other: a topic, a sender. @defaultValue all have the same */
  readonly key?: (message: Message) => Id;
  /** What they are, one of them. @defaultValue `message` */
  readonly what?: string;
}

interface Seen {
  last: number | bigint;
  readonly all: Set<number | bigint>;
}

/**
 * Messages are received in the order in which they were sent, those of each key among each other. Gaps and messages that
 * come again are a matter of the checkers of delivery, and are passed over here.
 *
 * @throws UsageError for what is no list, and a sequence that is no number
 *
 * @example
 * ```ts
 * inOrder(received, { key: (task) => task.topic, sequence: (task) => task.number });
 * ```
 */
export function inOrder<Message>(received: readonly Message[], options: InOrderOptions<Message>): CheckResult {
  const { sequence, key = () => '', what = 'message' } = options;
  if (!Array.isArray(received)) throw new UsageError('inOrder', `received must be a list; received ${quote(received)}`);
  const keys = new Map<Id, Seen>();
  const late: string[] = [];
  for (const message of received) {
    const place = readPlace(sequence(message), message);
    const whose = key(message);
    const seen = keys.get(whose);
    if (seen === undefined) {
      keys.set(whose, { last: place, all: new Set([place]) });
    } else if (!seen.all.has(place)) {
      seen.all.add(place);
      if (place > seen.last) seen.last = place;
      else late.push(`${whose === '' ? '' : `${whose}: `}${place} came after ${seen.last}`);
    }
  }
  const within = options.key === undefined ? '' : ' of its key';
  const expected = `each ${what} is received after all that were sent before it${within}`;
  if (received.length === 0) return failForNothing(expected, `no ${what} was received`);
  const ok = late.length === 0;
  const total = countWord(received.length, what);
  return {
    ok,
    expected,
    actual: ok ? `${total} in order` : `${thousands(late.length)} of ${total} late`,
    ...withDetails(cutLines(late)),
  };
}

function readPlace(place: unknown, message: unknown): number | bigint {
  if (typeof place === 'bigint' || (typeof place === 'number' && !Number.isNaN(place))) return place;
  throw new UsageError('inOrder', `sequence must return a number; received ${quote(place)} for ${quote(message)}`);
}
