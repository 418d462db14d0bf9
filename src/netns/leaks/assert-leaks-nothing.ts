import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { AssertionError, bullets, quote, UsageError } from '../../core/errors.js';
import { until } from '../../core/until.js';
import { findLeaks, type Leak } from './find-leaks.js';
import { takeInventory } from './inventory.js';

/** What leaks may be, and how long they may take to go. */
export interface LeaksNothingOptions {
  /** How long what was closed may take to be gone, in milliseconds. @defaultValue 1000 */
  readonly settleMs?: number;
  /** Answers whether something is meant to stay. @defaultValue nothing is */
  readonly ignore?: (leak: Leak) => boolean;
}

const DEFAULT_SETTLE_MS = 1000;
const PAUSE_MS = 5;

/**
 * Runs a function and asserts that it leaves nothing in this process: no file descriptor (namespace, socket, pipe,
 * object of BPF, file), worker thread or process, and no interface. What other work does meanwhile counts too.
 *
 * @returns what the function returns
 * @throws AssertionError that tells each thing that is left; UsageError; UnsupportedError where there is no procfs
 *
 * @example
 * ```ts
 * await assertLeaksNothing(async () => {
 *   await using lab = await createLab(pair());
 *   await relay(lab.hosts.a);
 * });
 * ```
 */
export async function assertLeaksNothing<R>(
  run: () => R | PromiseLike<R>,
  options: LeaksNothingOptions = {},
): Promise<R> {
  const { settleMs = DEFAULT_SETTLE_MS, ignore = () => false } = readOptions(run, options);
  const before = takeInventory();
  const result = await run();
  const look = (): readonly Leak[] => findLeaks(before).filter((leak) => !ignore(leak));
  let leaks = look();
  const isClean = (): boolean => {
    leaks = look();
    return leaks.length === 0;
  };
  // What is closed is gone a moment later.
  if (leaks.length > 0)
    await until(isClean, { timeoutMs: settleMs, intervalMs: PAUSE_MS, maxIntervalMs: PAUSE_MS }).catch(() => {});
  if (leaks.length > 0) throw toError(leaks, settleMs);
  return result;
}

function readOptions(run: unknown, options: LeaksNothingOptions): LeaksNothingOptions {
  const subject = 'assertLeaksNothing';
  checkOptions(subject, options);
  const { settleMs = 0, ignore } = options;
  const mistakes = [
    ...(typeof run === 'function' ? [] : [`run must be a function, not ${quote(run)}`]),
    ...findUnknownOptions(options, ['settleMs', 'ignore']),
    ...(Number.isFinite(settleMs) && settleMs >= 0 ? [] : [`settleMs must be 0 or more, not ${quote(settleMs)}`]),
    ...(ignore === undefined || typeof ignore === 'function'
      ? []
      : [`ignore must be a function, not ${quote(ignore)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  return options;
}

function toError(leaks: readonly Leak[], settleMs: number): AssertionError {
  const lines = leaks.map(({ description }) => description);
  const count = `${leaks.length} ${leaks.length === 1 ? 'thing is' : 'things are'} left`;
  return new AssertionError(`${count}, ${settleMs} ms after it ended:\n${bullets(lines)}`, {
    actual: lines,
    expected: [],
  });
}
