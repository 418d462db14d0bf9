import { inSeconds, thousands } from '../words.js';
import type { Load, LoadWork } from './load.js';
import { LoadMistakes, pickWork } from './load-mistakes.js';
import { asArrivals, type Spacing, spaceRamp } from './schedule.js';

/** A rate that goes evenly from one to another. */
export interface RampOptions extends LoadWork {
  readonly fromPerSecond: number;
  readonly toPerSecond: number;
  readonly durationMs: number;
  /** `regular`: as even as the rate is; `poisson`: at random. @defaultValue `regular` */
  readonly spacing?: Spacing;
}

/**
 * A rate that grows, or falls, evenly: at which rate does it break?
 *
 * @throws UsageError with every mistake
 */
export function ramp(options: RampOptions): Load {
  const mistakes = new LoadMistakes('ramp', options, ['fromPerSecond', 'toPerSecond', 'durationMs', 'spacing']);
  const { fromPerSecond, toPerSecond, durationMs, spacing = 'regular' } = options;
  mistakes.size('fromPerSecond', fromPerSecond);
  mistakes.size('toPerSecond', toPerSecond);
  if (fromPerSecond === 0 && toPerSecond === 0)
    mistakes.add('fromPerSecond or toPerSecond must be above 0; received 0 and 0');
  mistakes.figure('durationMs', durationMs);
  mistakes.spacing(spacing);
  mistakes.throwIfAny();
  return {
    shape: {
      description: `ramp, from ${thousands(fromPerSecond)} to ${thousands(toPerSecond)} a second${spacing === 'poisson' ? ' on average' : ''} in ${inSeconds(durationMs)}`,
      durationMs,
      arrivals: (random) => asArrivals(spaceRamp({ fromPerSecond, toPerSecond, durationMs, spacing }, random)),
    },
    work: pickWork(options),
  };
}
