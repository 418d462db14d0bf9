import { checkOptions, findUnknownOptions } from '../core/check-options.js';
import type { Clock, ClockTimer } from '../core/clock.js';
import { findSpanMistakes } from '../core/clock-sleep.js';
import { quote, TimeoutError, UsageError } from '../core/errors.js';
import { RealClock } from '../core/real-clock.js';
import { findRestarts, type RestartHistory, renderHistory } from '../core/restart-history.js';
import { until } from '../core/until.js';
import { readChildren, readStartTime, readWords } from './proc/processes.js';
import { listNames } from './proc/read-proc.js';

/** Something that has a pid, which may change: a `Process` that is restarted. */
export interface Supervisor {
  readonly pid: number;
}

/** A child of a supervisor. */
export interface SupervisedChild {
  readonly pid: number;
  /** Its command line, as it is now: between fork and exec it is the supervisor's. */
  readonly command: readonly string[];
}

/** How restarts are observed. */
export interface ObserveRestartsOptions {
  /** Which of the children: a child is asked about until it is one. @defaultValue all */
  readonly where?: (child: SupervisedChild) => boolean;
  /** How often the kernel is asked, in milliseconds; times are that exact, and what lives shorter may not be seen. @defaultValue 2 */
  readonly intervalMs?: number;
  /** What times are told on. @defaultValue the machine's */
  readonly clock?: Clock;
}

interface Life {
  readonly pid: number;
  /** Tells one process from another that has its number later. */
  readonly birthmark: number;
  readonly isFirst: boolean;
  readonly bornAtMs: number;
  diedAtMs: number | undefined;
}

const INTERVAL_MS = 2;

/** Records the births and deaths of a supervisor's children, until it is closed. */
export class RestartObserver implements Disposable {
  readonly #list: () => readonly number[];
  readonly #where: (child: SupervisedChild) => boolean;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #lives: Life[] = [];
  #timer: ClockTimer | undefined;
  #closedAtMs: number | undefined;

  /** @internal Use `observeRestarts`. */
  constructor(list: () => readonly number[], options: ObserveRestartsOptions) {
    this.#list = list;
    this.#where = options.where ?? (() => true);
    this.#clock = options.clock ?? new RealClock();
    this.#startedAtMs = this.#clock.now();
    this.#look(true);
    const real = new RealClock();
    const lookAgain = (): void => {
      this.#look(false);
      this.#timer = real.setTimer(lookAgain, options.intervalMs ?? INTERVAL_MS);
    };
    this.#timer = real.setTimer(lookAgain, options.intervalMs ?? INTERVAL_MS);
  }

  /** What was seen until now. */
  history(): RestartHistory {
    if (this.#closedAtMs === undefined) this.#look(false);
    return {
      startedAtMs: this.#startedAtMs,
      observedAtMs: this.#closedAtMs ?? this.#clock.now(),
      lives: this.#lives.map(({ pid, isFirst, bornAtMs, diedAtMs }) => ({ pid, isFirst, bornAtMs, diedAtMs })),
    };
  }

  /** The children that live. */
  pids(): readonly number[] {
    return this.history().lives.flatMap(({ pid, diedAtMs }) => (diedAtMs === undefined ? [pid] : []));
  }

  /** Waits until there were so many restarts. @throws TimeoutError with what was seen */
  async waitForRestarts(
    count: number,
    { timeoutMs = 5000 }: { readonly timeoutMs?: number } = {},
  ): Promise<RestartHistory> {
    const isEnough = (): boolean => findRestarts(this.history()).restarts.length >= count;
    try {
      await until(isEnough, { timeoutMs, intervalMs: INTERVAL_MS, maxIntervalMs: 10 });
      return this.history();
    } catch (cause) {
      if (!(cause instanceof TimeoutError)) throw cause;
      const history = this.history();
      const seen = renderHistory(history).map((line) => `\n  ${line}`);
      const was = findRestarts(history).restarts.length;
      const message = `${was} of ${count} restarts came in ${timeoutMs} ms. Seen:${seen.join('') || ' no child'}`;
      throw new TimeoutError(message, timeoutMs, { cause });
    }
  }

  /** Ends the observation; its history stays. Safe to call twice. */
  close(): void {
    this.#closedAtMs ??= this.#clock.now();
    this.#timer?.cancel();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #look(isFirst: boolean): void {
    const living = new Map(this.#list().map((pid) => [pid, readStartTime(pid)]));
    const atMs = this.#clock.now();
    const open = this.#lives.filter(({ diedAtMs }) => diedAtMs === undefined);
    for (const life of open) if (living.get(life.pid) !== life.birthmark) life.diedAtMs = atMs;
    for (const [pid, birthmark] of living) {
      if (birthmark === undefined) continue;
      if (open.some((life) => life.pid === pid && life.birthmark === birthmark)) continue;
      if (!this.#where({ pid, command: readWords(pid) })) continue;
      this.#lives.push({ pid, birthmark, isFirst, bornAtMs: atMs, diedAtMs: undefined });
    }
  }
}

/**
 * Observes the children of a supervisor, or whatever processes a function lists. Several that are kept at once are told
 * apart by `where`, each with an observer of its own.
 *
 * @throws UsageError with every mistake
 *
 * @example
 * ```ts
 * using observed = observeRestarts(supervisor, { where: ({ command }) => command.includes('worker.js') });
 * ```
 */
export function observeRestarts(
  supervisor: Supervisor | number | (() => readonly number[]),
  options: ObserveRestartsOptions = {},
): RestartObserver {
  checkOptions('observeRestarts', options);
  const mistakes = [...findUnknownOptions(options, ['where', 'intervalMs', 'clock'])];
  const isNumber = typeof supervisor === 'number' && Number.isInteger(supervisor) && supervisor > 0;
  const isObject = typeof supervisor === 'object' && typeof supervisor?.pid === 'number';
  if (!isNumber && !isObject && typeof supervisor !== 'function')
    mistakes.push(`supervisor must be a Process, a pid, or a function that lists pids, not ${quote(supervisor)}`);
  if (options.where !== undefined && typeof options.where !== 'function')
    mistakes.push(`where must be a function, not ${quote(options.where)}`);
  if (options.intervalMs !== undefined) mistakes.push(...findSpanMistakes('intervalMs', options.intervalMs));
  if (mistakes.length > 0) throw new UsageError('observeRestarts', mistakes);
  if (typeof supervisor === 'function') return new RestartObserver(supervisor, options);
  return new RestartObserver(() => listChildren(typeof supervisor === 'number' ? supervisor : supervisor.pid), options);
}

/** The children that any of its threads has started. */
function listChildren(pid: number): readonly number[] {
  return listNames(`/proc/${pid}/task`).flatMap((thread) => readChildren(pid, Number(thread)));
}
