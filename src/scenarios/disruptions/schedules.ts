import { findSpanMistakes } from '../../core/clock-sleep.js';
import {
  checkSchedule,
  type DisruptionSchedule,
  findPeriodMistakes,
  findTimesMistakes,
  pickScheduled,
  type ScheduleContext,
  type ScheduledDisruption,
} from './schedule.js';

/** Once. */
export interface AtOptions extends ScheduledDisruption {
  /** Since the scenario began, in milliseconds. */
  readonly atMs: number;
}

/** Again and again. */
export interface EveryOptions extends ScheduledDisruption {
  /** From one beginning to the next, in milliseconds, above 0. */
  readonly periodMs: number;
  /** When it begins for the first time. @defaultValue after one period */
  readonly firstMs?: number;
  /** How often. @defaultValue to the end */
  readonly times?: number;
}

/** At moments nobody knows, yet always the same for one seed. */
export interface RandomlyOptions extends ScheduledDisruption {
  /** From one beginning to the next on average, in milliseconds, above 0; the gaps are distributed exponentially. */
  readonly meanMs: number;
  /** Not before this. @defaultValue 0 */
  readonly fromMs?: number;
  /** Not after this. @defaultValue the end */
  readonly untilMs?: number;
  /** How often at most. @defaultValue to the end */
  readonly times?: number;
}

/**
 * Begins something at one moment.
 *
 * @throws UsageError with every mistake
 *
 * @example
 * ```ts
 * at({ atMs: 2000, lastsMs: 500, disrupt: linkDown(lab.links.uplink) });
 * ```
 */
export function at(options: AtOptions): DisruptionSchedule {
  checkSchedule('at', options, ['atMs'], findSpanMistakes('atMs', options?.atMs));
  const { atMs } = options;
  return {
    ...pickScheduled(options),
    description: `at ${atMs} ms`,
    explainNever: () => `never begun, for the scenario ended before ${atMs} ms`,
    async follow(context, begin) {
      await sleepUntil(context, atMs);
      begin();
    },
  };
}

/**
 * Begins something again and again, at fixed moments: a beginning that took long, or was late, delays no other, and
 * those that were missed altogether are passed over.
 *
 * @throws UsageError with every mistake
 */
export function every(options: EveryOptions): DisruptionSchedule {
  const { periodMs, firstMs, times } = Object(options) as Partial<EveryOptions>;
  const mistakes = [
    ...findPeriodMistakes('periodMs', periodMs),
    ...(firstMs === undefined ? [] : findSpanMistakes('firstMs', firstMs)),
    ...findTimesMistakes(times),
  ];
  checkSchedule('every', options, ['periodMs', 'firstMs', 'times'], mistakes);
  return {
    ...pickScheduled(options),
    description: `every ${options.periodMs} ms`,
    explainNever: () => `never begun, for the scenario ended before ${options.firstMs ?? options.periodMs} ms`,
    follow: (context, begin) => followPeriod(options, context, begin),
  };
}

/**
 * Begins something at random moments, drawn from the seed alone.
 *
 * @throws UsageError with every mistake
 */
export function randomly(options: RandomlyOptions): DisruptionSchedule {
  const { meanMs, fromMs, untilMs, times } = Object(options) as Partial<RandomlyOptions>;
  const mistakes = [
    ...findPeriodMistakes('meanMs', meanMs),
    ...(fromMs === undefined ? [] : findSpanMistakes('fromMs', fromMs)),
    ...(untilMs === undefined ? [] : findSpanMistakes('untilMs', untilMs)),
    ...(Number(fromMs) > Number(untilMs)
      ? [`fromMs must not be above untilMs; received ${fromMs} and ${untilMs}`]
      : []),
    ...findTimesMistakes(times),
  ];
  checkSchedule('randomly', options, ['meanMs', 'fromMs', 'untilMs', 'times'], mistakes);
  return {
    ...pickScheduled(options),
    description: `every ${options.meanMs} ms on average`,
    async follow(context, begin) {
      const { fromMs = 0, untilMs = Number.POSITIVE_INFINITY, times = Number.POSITIVE_INFINITY } = options;
      let dueMs = fromMs;
      for (let count = 0; count < times; count += 1) {
        dueMs += -Math.log(1 - context.random.float()) * options.meanMs;
        if (dueMs > untilMs) return;
        await sleepUntil(context, dueMs);
        begin();
      }
    },
  };
}

async function followPeriod(
  { periodMs, firstMs = periodMs, times = Number.POSITIVE_INFINITY }: EveryOptions,
  context: ScheduleContext,
  begin: () => void,
): Promise<void> {
  let turn = 0;
  for (let count = 0; count < times; count += 1) {
    const elapsedMs = context.clock.now() - context.startedMs;
    turn = Math.max(turn, Math.floor((elapsedMs - firstMs) / periodMs));
    await sleepUntil(context, firstMs + turn * periodMs);
    begin();
    turn += 1;
  }
}

async function sleepUntil({ clock, startedMs, signal }: ScheduleContext, dueMs: number): Promise<void> {
  await clock.sleep(Math.max(0, startedMs + dueMs - clock.now()), { signal });
}
