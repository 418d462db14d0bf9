import { VirtualClock } from '../../../../src/core/virtual-clock.js';
import { Measures } from '../../../../src/scenarios/measures/measures.js';
import { type FollowedSources, followSources } from '../../../../src/scenarios/measures/sources/follow-sources.js';
import type { MeasureSource } from '../../../../src/scenarios/measures/sources/measure-source.js';

/** Sources that are followed on a clock of their own. */
export interface Followed {
  readonly clock: VirtualClock;
  readonly measures: Measures;
  readonly sources: FollowedSources;
}

export function follow(...list: readonly MeasureSource[]): Followed {
  const clock = new VirtualClock();
  const measures = new Measures({ clock });
  return { clock, measures, sources: followSources(list, { measures, clock, sliceMs: 1000 }) };
}
