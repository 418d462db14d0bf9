import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import type { Clock } from '../../core/clock.js';
import { quote, UsageError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import type { DisruptionRecord } from '../scenario-result.js';
import { DisruptionRun } from './disruption-run.js';
import { type DisruptionSchedule, findScheduledMistakes } from './schedule.js';

/** What the disruptions of a run go by. */
export interface DisruptionRunOptions {
  readonly clock: Clock;
  /** Each schedule draws from a fork of its own: another one beside it changes nothing. */
  readonly random: Random;
  /** Calls the run off: everything is taken back at once. */
  readonly signal?: AbortSignal;
  /** When the scenario began, on the clock; all times of records are since then. @defaultValue now */
  readonly startedMs?: number;
  /**
   * How long one may take to begin, and to be taken back, in milliseconds of the machine's clock; then it is given up,
   * and taken back as soon as it answers.
   *
   * @defaultValue 30000
   */
  readonly limitMs?: number;
  /** Is called with the record of each that begins, and again when it changes and when it ends. @defaultValue nothing is */
  readonly onChange?: (record: DisruptionRecord, all: readonly DisruptionRecord[]) => void;
}

const LIMIT_MS = 30_000;

/**
 * All that goes wrong in one scenario, and when.
 *
 * @example
 * ```ts
 * const plan = new DisruptionPlan([
 *   at({ atMs: 2000, lastsMs: 500, disrupt: linkDown(lab.links.uplink) }),
 *   randomly({ meanMs: 3000, disrupt: (random) => kill(random.pick(workers)) }),
 * ]);
 * const running = plan.start({ clock, random: createRandom(seed) });
 * // … the work …
 * const records = await running.heal();
 * ```
 */
export class DisruptionPlan {
  readonly schedules: readonly DisruptionSchedule[];

  /** @throws UsageError with every mistake, before anything is begun */
  constructor(schedules: readonly DisruptionSchedule[]) {
    const list: unknown = schedules;
    if (!Array.isArray(list))
      throw new UsageError(
        'DisruptionPlan',
        `schedules must be a list, such as [every({ … })]; received ${quote(list)}`,
      );
    const mistakes = list.flatMap((each: unknown, index) => findScheduleMistakes(`schedules[${index}]`, each));
    if (mistakes.length > 0) throw new UsageError('DisruptionPlan', mistakes);
    this.schedules = [...schedules];
  }

  /** Begins to follow the schedules. Whoever has the run must heal or dispose of it. @throws UsageError */
  start(options: DisruptionRunOptions): DisruptionRun {
    checkRunOptions('DisruptionPlan.start', options);
    const { clock, random, startedMs = clock.now(), limitMs = LIMIT_MS, signal, onChange = () => {} } = options;
    return new DisruptionRun(this.schedules, { clock, random, startedMs, limitMs, signal, onChange });
  }

  /**
   * Follows the schedules until nothing more is to begin and all that has an end has ended, or the signal is aborted;
   * then takes back what is left. A schedule without an end needs the signal.
   *
   * @throws UsageError
   */
  async run(options: DisruptionRunOptions): Promise<readonly DisruptionRecord[]> {
    const running = this.start(options);
    await running.completed;
    return running.heal();
  }
}

function findScheduleMistakes(name: string, value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null)
    return [`${name} must be a schedule, such as every({ … }); received ${quote(value)}`];
  if (typeof Reflect.get(value, 'follow') !== 'function') {
    const hint = 'begin' in value ? '. It is a disruption: say when, such as at({ atMs: 1000, disrupt: … })' : '';
    return [`${name} must be a schedule, such as every({ … }); received ${quote(value)}${hint}`];
  }
  const { disrupt, lastsMs }: Partial<DisruptionSchedule> = value;
  // It is whatever a test wrote; what is missing is a mistake that is found.
  return findScheduledMistakes({ disrupt, lastsMs } as DisruptionSchedule).map((each) => `${name}.${each}`);
}

function checkRunOptions(subject: string, options: DisruptionRunOptions): void {
  checkOptions(subject, options);
  const { clock, random, startedMs, limitMs, onChange, signal } = options;
  const mistakes = [
    ...findUnknownOptions(options, ['clock', 'random', 'signal', 'startedMs', 'limitMs', 'onChange']),
    ...(typeof clock?.setTimer === 'function' ? [] : [`clock must be a Clock; received ${quote(clock)}`]),
    ...(typeof random?.fork === 'function'
      ? []
      : [`random must be made by createRandom(seed); received ${quote(random)}`]),
    ...(startedMs === undefined || Number.isFinite(startedMs)
      ? []
      : [`startedMs must be a finite number of milliseconds; received ${quote(startedMs)}`]),
    ...(limitMs === undefined || (Number.isFinite(limitMs) && limitMs > 0)
      ? []
      : [`limitMs must be a finite number of milliseconds above 0; received ${quote(limitMs)}`]),
    ...(onChange === undefined || typeof onChange === 'function'
      ? []
      : [`onChange must be a function; received ${quote(onChange)}`]),
    ...(signal === undefined || typeof signal?.addEventListener === 'function'
      ? []
      : [`signal must be an AbortSignal; received ${quote(signal)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}
