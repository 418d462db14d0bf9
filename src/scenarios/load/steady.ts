import { inSeconds, thousands } from '../words.js';
import type { Load, LoadWork, ScheduledArrival } from './load.js';
import { LoadMistakes, pickWork } from './load-mistakes.js';
import { asArrivals, drawKinds, merge, type Spacing, space, spaceRandomly } from './schedule.js';

/** The same rate all the time. */
export interface SteadyOptions extends LoadWork {
  readonly ratePerSecond: number;
  readonly durationMs: number;
  /** `regular`: at equal distances; `poisson`: at random, as independent people come. @defaultValue `regular` */
  readonly spacing?: Spacing;
}

/** A rate, and beside it arrivals of kind `churn`, for what comes and goes meanwhile. */
export interface SteadyWithChurnOptions extends SteadyOptions {
  /** How many arrivals of kind `churn` there are each second, at random moments. */
  readonly churnPerSecond: number;
}

/** A rate whose arrivals are of several kinds. */
export interface MixedPriorityOptions extends SteadyOptions {
  /** The kinds, and how often each comes in proportion to the others: `{ high: 1, normal: 6, low: 3 }`. */
  readonly shares: Readonly<Record<string, number>>;
}

const NAMES = ['ratePerSecond', 'durationMs', 'spacing'];

/**
 * One rate all the time, whatever the answers take.
 *
 * @throws UsageError with every mistake
 *
 * @example
 * ```ts
 * steady({ ratePerSecond: 100, durationMs: 30_000, perform: (arrival) => coordinator.submit(`task-${arrival.id}`) });
 * ```
 */
export function steady(options: SteadyOptions): Load {
  checkRate('steady', options, []).throwIfAny();
  const { durationMs } = options;
  return {
    shape: {
      description: `steady, ${describeRate(options)}`,
      durationMs,
      arrivals: (random) => asArrivals(space(readRate(options), random)),
    },
    work: pickWork(options),
  };
}

/**
 * One rate all the time, and in between arrivals of kind `churn`, at random, for what comes and goes: `perform` is given
 * both.
 *
 * @throws UsageError with every mistake
 */
export function steadyWithChurn(options: SteadyWithChurnOptions): Load {
  const mistakes = checkRate('steadyWithChurn', options, ['churnPerSecond']);
  mistakes.figure('churnPerSecond', options.churnPerSecond);
  mistakes.throwIfAny();
  const { durationMs, churnPerSecond } = options;
  return {
    shape: {
      description: `steady, ${describeRate(options)}, with churn, ${thousands(churnPerSecond)} a second`,
      durationMs,
      arrivals: (random) =>
        merge(
          asArrivals(space(readRate(options), random.fork('steady'))),
          asChurn(spaceRandomly({ ratePerSecond: churnPerSecond, durationMs }, random.fork('churn'))),
        ),
    },
    work: pickWork(options),
  };
}

/**
 * One rate, each arrival of a kind that is drawn by its share: `arrival.kind` says which.
 *
 * @throws UsageError with every mistake
 */
export function mixedPriority(options: MixedPriorityOptions): Load {
  const mistakes = checkRate('mixedPriority', options, ['shares']);
  mistakes.shares(options.shares);
  mistakes.throwIfAny();
  const { durationMs, shares } = options;
  return {
    shape: {
      description: `mixed, ${describeRate(options)}: ${describeShares(shares)}`,
      durationMs,
      arrivals: (random) => drawKinds(space(readRate(options), random.fork('times')), shares, random.fork('kinds')),
    },
    work: pickWork(options),
  };
}

function readRate({ ratePerSecond, durationMs, spacing = 'regular' }: SteadyOptions) {
  return { ratePerSecond, durationMs, spacing };
}

function checkRate(subject: string, options: SteadyOptions, names: readonly string[]): LoadMistakes {
  const mistakes = new LoadMistakes(subject, options, [...NAMES, ...names]);
  mistakes.figure('ratePerSecond', options.ratePerSecond);
  mistakes.figure('durationMs', options.durationMs);
  mistakes.spacing(options.spacing);
  return mistakes;
}

function describeRate({ ratePerSecond, durationMs, spacing }: SteadyOptions): string {
  const manner = spacing === 'poisson' ? ' on average' : '';
  return `${thousands(ratePerSecond)} a second${manner} for ${inSeconds(durationMs)}`;
}

function describeShares(shares: Readonly<Record<string, number>>): string {
  const total = Object.values(shares).reduce((sum, share) => sum + share, 0);
  return Object.entries(shares)
    .map(([kind, share]) => `${thousands(Math.round((share / total) * 1000) / 10)} % ${kind}`)
    .join(', ');
}

function* asChurn(moments: Iterable<number>): Generator<ScheduledArrival> {
  for (const atMs of moments) yield { atMs, kind: 'churn' };
}
