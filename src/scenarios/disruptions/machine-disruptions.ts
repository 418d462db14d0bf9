import { quote, UsageError } from '../../core/errors.js';
import type { FaultOptions } from '../../faults/fault.js';
import type { FaultPlan } from '../../faults/plan.js';
import type { FaultPoint } from '../../faults/points.js';
import { createRule } from '../../faults/validate.js';
import type { FakeTime } from '../../process/surroundings/fake-time.js';
import type { Disruption } from './disruption.js';

/** How far a clock jumps. */
export interface ClockJumpOptions {
  /** In milliseconds; back in time below 0. */
  readonly byMs: number;
  /** What records call the target. @defaultValue 'clock' */
  readonly name?: string;
}

/**
 * Lets the time of day of programs jump, of those that were started with a `FakeTime`. When it ends the clock jumps back;
 * several at a time add up.
 *
 * @throws UsageError with every mistake
 *
 * @example
 * ```ts
 * using time = createFakeTime();
 * await using broker = await spawn('broker', [], { env: time.env });
 * at({ atMs: 1000, lastsMs: 5000, disrupt: clockJump(time, { byMs: 3_600_000, name: 'broker' }) });
 * ```
 */
export function clockJump(time: Pick<FakeTime, 'set' | 'offsetMs'>, options: ClockJumpOptions): Disruption {
  const { byMs, name = 'clock' } = Object(options) as Partial<ClockJumpOptions>;
  const mistakes = [
    ...(typeof time?.set === 'function' ? [] : [`time must be made by createFakeTime(); received ${quote(time)}`]),
    ...(typeof byMs === 'number' && Number.isFinite(byMs) && byMs !== 0
      ? []
      : [`byMs must be a finite number of milliseconds other than 0; received ${quote(byMs)}`]),
    ...findNameMistakes(name),
  ];
  if (mistakes.length > 0) throw new UsageError('clockJump', mistakes);
  const jumpMs = options.byMs;
  return {
    kind: 'clock jump',
    target: name,
    details: `${jumpMs > 0 ? '+' : ''}${jumpMs} ms`,
    begin: ({ inTurn }) =>
      inTurn(time, () => {
        time.set(time.offsetMs + jumpMs);
        return () => time.set(time.offsetMs - jumpMs);
      }),
  };
}

/**
 * Arms a fault of a plan for a time. The record tells how often it fired.
 *
 * @throws UsageError for what is no plan, and for a point that it does not know
 *
 * @example
 * ```ts
 * randomly({ meanMs: 2000, lastsMs: 500, disrupt: injectFault(faults, 'store.write', { before: 'EIO' }) });
 * ```
 */
export function injectFault<P extends FaultPoint>(plan: FaultPlan, point: P, options: FaultOptions<P>): Disruption {
  if (typeof plan?.inject !== 'function')
    throw new UsageError('injectFault', `plan must be a FaultPlan; received ${quote(plan)}`);
  createRule('injectFault', options, plan.descriptor(point));
  return {
    kind: 'fault',
    target: point,
    begin: ({ describe }) => {
      const fault = plan.inject(point, options);
      return () => {
        fault.remove();
        describe(`${fault.label}; fired ${fault.fired === 1 ? 'once' : `${fault.fired} times`}`);
      };
    },
  };
}

function findNameMistakes(name: unknown): readonly string[] {
  if (typeof name === 'string' && name !== '') return [];
  return [`name must be a string that is not empty; received ${quote(name)}`];
}
