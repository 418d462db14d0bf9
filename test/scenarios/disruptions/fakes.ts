import { createRandom } from '../../../src/core/random.js';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import type { Disruption } from '../../../src/scenarios/disruptions/disruption.js';
import { DisruptionPlan, type DisruptionRunOptions } from '../../../src/scenarios/disruptions/disruption-plan.js';
import type { DisruptionRun } from '../../../src/scenarios/disruptions/disruption-run.js';
import type { DisruptionSchedule } from '../../../src/scenarios/disruptions/schedule.js';

/** What was done to one thing, in order: `begin`, `end`. */
export interface Trace {
  readonly steps: string[];
}

/** A disruption that only notes that it began and ended. */
export function noted(trace: Trace, target = 'a', extra: Partial<Disruption> = {}): Disruption {
  return {
    kind: 'test',
    target,
    begin: () => {
      trace.steps.push(`begin ${target}`);
      return () => {
        trace.steps.push(`end ${target}`);
      };
    },
    ...extra,
  };
}

/** A run of schedules on a virtual clock. */
export function startOn(
  schedules: readonly DisruptionSchedule[],
  options: Partial<DisruptionRunOptions> & { readonly seed?: number } = {},
): { readonly clock: VirtualClock; readonly run: DisruptionRun } {
  const { seed = 7, ...rest } = options;
  const clock = new VirtualClock({ startMs: 1000 });
  return { clock, run: new DisruptionPlan(schedules).start({ clock, random: createRandom(seed), ...rest }) };
}
