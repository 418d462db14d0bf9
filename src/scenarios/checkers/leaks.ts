import { quote, UsageError } from '../../core/errors.js';
import { countWord } from '../words.js';
import type { CheckResult } from './check-result.js';
import { findIdMistakes, type Id, tally } from './ids.js';
import { listOffenders, withDetails } from './offenders.js';

/** What there was before and after. */
export interface NothingLeakedOptions {
  /** What they are, one of them: `process`, `open descriptor`. @defaultValue `thing` */
  readonly what?: string;
  /** How many more there may be of each kind, where counts are compared. @defaultValue none */
  readonly allowed?: Readonly<Record<string, number>>;
}

/**
 * When all is over, there is nothing that was not there before: of lists, nothing new; of counts, of each kind no more.
 *
 * @throws UsageError when the two are not of one kind
 *
 * @example
 * ```ts
 * nothingLeaked({ fds: 12, threads: 11 }, { fds: 14, threads: 11 }, { allowed: { fds: 2 } });
 * nothingLeaked(['/tmp/a'], ['/tmp/a', '/tmp/b'], { what: 'file' });
 * ```
 */
export function nothingLeaked(
  before: readonly Id[] | Readonly<Record<string, number>>,
  after: readonly Id[] | Readonly<Record<string, number>>,
  options: NothingLeakedOptions = {},
): CheckResult {
  const { what = 'thing', allowed = {} } = options;
  const expected = `no ${what} is left that was not there before`;
  if (Array.isArray(before) && Array.isArray(after)) {
    checkLists(before, after);
    const known = tally(before as readonly Id[]);
    const added = [...tally(after as readonly Id[])].flatMap(([id, count]) => {
      const more = count - (known.get(id) ?? 0);
      return more > 0 ? [more === 1 ? String(id) : `${id} (${more} times)`] : [];
    });
    const actual = added.length === 0 ? 'none is' : `${countWord(added.length, what)} left`;
    return { ok: added.length === 0, expected, actual, ...withDetails(listOffenders('left', added)) };
  }
  const counts = checkCounts(before, after);
  const grown = Object.entries(counts.after).flatMap(([kind, count]) => {
    const was = counts.before[kind] ?? 0;
    const may = allowed[kind] ?? 0;
    return count - was > may
      ? [`${kind}: ${was} before, ${count} after${may === 0 ? '' : `, of which ${may} more are allowed`}`]
      : [];
  });
  const actual = grown.length === 0 ? 'none is' : `more of ${countWord(grown.length, 'kind')}`;
  return { ok: grown.length === 0, expected, actual, ...withDetails(grown) };
}

function checkLists(before: readonly unknown[], after: readonly unknown[]): void {
  const mistakes = [...findIdMistakes('before', before), ...findIdMistakes('after', after)];
  if (mistakes.length > 0) throw new UsageError('nothingLeaked', mistakes);
}

function checkCounts(
  before: unknown,
  after: unknown,
): { readonly before: Readonly<Record<string, number>>; readonly after: Readonly<Record<string, number>> } {
  const isCounts = (value: unknown): value is Record<string, number> =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(Number.isFinite);
  if (isCounts(before) && isCounts(after)) return { before, after };
  throw new UsageError(
    'nothingLeaked',
    `before and after must be two lists, or two objects with counts; received ${quote(before)} and ${quote(after)}`,
  );
}
