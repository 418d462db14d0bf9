import { quote } from '../../core/errors.js';
import {
  checkSchedule,
  type DisruptionSchedule,
  findPeriodMistakes,
  findTimesMistakes,
  pickScheduled,
  type ScheduledDisruption,
} from './schedule.js';

/** When something has come true. */
export interface WhenOptions extends ScheduledDisruption {
  /** What is waited for, as the end of "once …". @defaultValue 'the condition is met' */
  readonly description?: string;
  /** How often; each time it must have been false in between. @defaultValue 1 */
  readonly times?: number;
  /** How long to pause between two looks, in milliseconds. @defaultValue 10 */
  readonly pollMs?: number;
  /** It need not come true; else that is told as an error of the disruption. @defaultValue false */
  readonly optional?: boolean;
}

/**
 * Begins something once a condition is met. One that throws is not met.
 *
 * @throws UsageError with every mistake
 *
 * @example
 * ```ts
 * when(() => done.total > 1000, { description: 'half is done', disrupt: kill(coordinator) });
 * ```
 */
export function when(condition: () => boolean | Promise<boolean>, options: WhenOptions): DisruptionSchedule {
  const { pollMs, times, description, optional } = Object(options) as Partial<WhenOptions>;
  const mistakes = [
    ...(typeof condition === 'function' ? [] : [`condition must be a function; received ${quote(condition)}`]),
    ...(pollMs === undefined ? [] : findPeriodMistakes('pollMs', pollMs)),
    ...findTimesMistakes(times),
    ...(description === undefined || (typeof description === 'string' && description !== '')
      ? []
      : [`description must be a string that is not empty; received ${quote(description)}`]),
    ...(optional === undefined || typeof optional === 'boolean'
      ? []
      : [`optional must be true or false; received ${quote(optional)}`]),
  ];
  checkSchedule('when', options, ['description', 'times', 'pollMs', 'optional'], mistakes);
  const awaited = options.description ?? 'the condition is met';
  let lastError: unknown;
  return {
    ...pickScheduled(options),
    description: `once ${awaited}`,
    explainNever() {
      if (options.optional === true) return undefined;
      const reason = lastError === undefined ? '' : `; its last look failed: ${quote(lastError)}`;
      return `never begun, for it was to begin once ${awaited}${reason}`;
    },
    async follow(context, begin) {
      const { pollMs = 10, times = 1 } = options;
      let wasMet = false;
      lastError = undefined;
      for (let count = 0; count < times; await context.clock.sleep(pollMs, { signal: context.signal })) {
        let isMet = false;
        try {
          isMet = await condition();
          lastError = undefined;
        } catch (error) {
          lastError = error;
        }
        context.signal.throwIfAborted();
        if (isMet && !wasMet) {
          begin();
          count += 1;
          if (count === times) return;
        }
        wasMet = isMet;
      }
    },
  };
}
