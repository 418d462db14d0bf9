import { findUnknownOptions } from '../../../core/check-options.js';
import type { Clock, ClockTimer } from '../../../core/clock.js';
import { quote, UsageError } from '../../../core/errors.js';
import type { ProblemRecord } from '../../scenario-result.js';
import type { Measures } from '../measures.js';
import type { FollowedSource, MeasureSource } from './measure-source.js';
import { SourceProblems } from './source-problems.js';

/** With what sources are followed. */
export interface FollowSourcesOptions {
  readonly measures: Measures;
  readonly clock: Clock;
  /** How long a slice of the measures is, in milliseconds of the clock. @defaultValue 250 */
  readonly sliceMs?: number;
}

/** Sources that are being followed. */
export interface FollowedSources {
  /** What went wrong so far. */
  problems(): readonly ProblemRecord[];
  /** Looks a last time, follows none any more and ends the last slice. Safe to call twice. */
  stop(): Promise<readonly ProblemRecord[]>;
}

const SLICE_MS = 250;
const INTERVAL_MS = 1000;
const TIMEOUT_MS = 2000;

/**
 * Follows sources by the clock, and cuts the measures into slices. It never throws for what a source does: that is told
 * by `problems()`.
 *
 * @throws UsageError for sources and options that are none
 */
export function followSources(sources: readonly MeasureSource[], options: FollowSourcesOptions): FollowedSources {
  checkSources(sources, options);
  const { measures, clock, sliceMs = SLICE_MS } = options;
  const problems = new SourceProblems();
  const followers = sources.map((source) => new Follower(source, clock, measures, problems));
  const slices = repeat(clock, sliceMs, () => measures.sample());
  let stopped: Promise<readonly ProblemRecord[]> | undefined;
  const stop = async (): Promise<readonly ProblemRecord[]> => {
    slices.cancel();
    await Promise.all(followers.map((follower) => follower.stop()));
    measures.sample();
    return problems.list();
  };
  return {
    problems: () => problems.list(),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** One source, over a run. */
class Follower {
  readonly #source: MeasureSource;
  readonly #clock: Clock;
  readonly #tell: (kind: string, message: string) => void;
  readonly #followed: FollowedSource;
  readonly #timer: ClockTimer | undefined;
  /** Tells whether there was an answer. */
  #look: Promise<boolean> | undefined;
  #hasAnswered = false;
  /** What was wrong the last time that it was out of reach. */
  #away: string | undefined;

  constructor(source: MeasureSource, clock: Clock, measures: Measures, problems: SourceProblems) {
    this.#source = source;
    this.#clock = clock;
    this.#tell = (kind, message) => problems.add(source.name, kind, message, measures.nowMs());
    this.#followed = this.#begin(measures);
    if (this.#followed.poll === undefined) return;
    void this.#lookOnce();
    // One that is slow is not asked again before it has answered.
    this.#timer = repeat(clock, source.intervalMs ?? INTERVAL_MS, () => void this.#lookOnce());
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    // One that has just not answered is not waited for once more.
    if ((await this.#look) !== false) await this.#lookOnce();
    if (this.#away !== undefined && !this.#hasAnswered) this.#tell('away', `was never in reach: it ${this.#away}`);
    try {
      this.#followed.end?.();
    } catch (error) {
      this.#tell('end', `could not be let go: ${quote(error)}`);
    }
  }

  #begin(measures: Measures): FollowedSource {
    try {
      return this.#source.begin({ measures, clock: this.#clock, problem: this.#tell });
    } catch (error) {
      this.#tell('begin', `cannot be followed: ${describe(error)}`);
      return {};
    }
  }

  #lookOnce(): Promise<boolean> {
    this.#look ??= this.#poll().finally(() => {
      this.#look = undefined;
    });
    return this.#look;
  }

  async #poll(): Promise<boolean> {
    const { timeoutMs = TIMEOUT_MS } = this.#source;
    const controller = new AbortController();
    let giveUp = (): void => {};
    const late = new Promise<'late'>((resolve) => {
      giveUp = () => resolve('late');
    });
    const timer = this.#clock.setTimer(giveUp, timeoutMs);
    try {
      const answer = Promise.resolve(this.#followed.poll?.(controller.signal));
      // Whatever it says when it is too late has been told already.
      answer.catch(() => {});
      if ((await Promise.race([answer, late])) === 'late') {
        return this.#miss('timeout', `did not answer in ${timeoutMs} ms`);
      }
      this.#hasAnswered = true;
      return true;
    } catch (error) {
      return this.#miss('failed', `could not be read: ${describe(error)}`);
    } finally {
      timer.cancel();
      controller.abort();
    }
  }

  #miss(kind: string, message: string): false {
    if (this.#source.mayBeAway === true) this.#away = message;
    else this.#tell(kind, message);
    return false;
  }
}

/** With its causes: of a request, "fetch failed" says nothing. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return quote(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}

/** Calls something at equal intervals. */
function repeat(clock: Clock, intervalMs: number, action: () => void): ClockTimer {
  let dueMs = clock.now() + intervalMs;
  const arm = (): ClockTimer => clock.setTimer(fire, Math.max(0, dueMs - clock.now()));
  const fire = (): void => {
    const nowMs = clock.now();
    // What was missed is not made up for, and of a clock that jumped nobody waits for the old time.
    dueMs = dueMs + intervalMs > nowMs && dueMs <= nowMs ? dueMs + intervalMs : nowMs + intervalMs;
    timer = arm();
    action();
  };
  let timer = arm();
  return { cancel: () => timer.cancel() };
}

function checkSources(sources: unknown, options: FollowSourcesOptions): void {
  if (!Array.isArray(sources)) {
    throw new UsageError('followSources', `sources must be a list; received ${quote(sources)}`);
  }
  const mistakes = [...findUnknownOptions(options, ['measures', 'clock', 'sliceMs'])];
  for (const [index, source] of sources.entries()) mistakes.push(...findSourceMistakes(`sources[${index}]`, source));
  mistakes.push(...findIntervalMistakes('sliceMs', options.sliceMs));
  if (mistakes.length > 0) throw new UsageError('followSources', mistakes);
}

/** What is wrong with a source: an empty list when nothing is. */
export function findSourceMistakes(name: string, source: unknown): readonly string[] {
  const isSource =
    typeof source === 'object' &&
    source !== null &&
    'name' in source &&
    'begin' in source &&
    typeof source.begin === 'function';
  if (!isSource) {
    return [`${name} must be a source, such as fromLog(…) or fromPrometheus(…) return it; received ${quote(source)}`];
  }
  const { intervalMs, timeoutMs } = source as { readonly intervalMs?: unknown; readonly timeoutMs?: unknown };
  return [
    ...findIntervalMistakes(`${name}.intervalMs`, intervalMs),
    ...findIntervalMistakes(`${name}.timeoutMs`, timeoutMs),
  ];
}

/** What is wrong with an interval, where there is one. */
export function findIntervalMistakes(name: string, value: unknown): readonly string[] {
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value) && value > 0)) return [];
  return [`${name} must be a finite number of milliseconds above 0; received ${quote(value)}`];
}
