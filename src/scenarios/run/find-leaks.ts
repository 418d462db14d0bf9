import { findProcessLeaks } from '../../process/leaks/find-process-leaks.js';
import { Process } from '../../process/process.js';
import type { ScenarioActor } from './scenario-actor.js';

/** What the processes of actors have left, in words, once everything is torn down. */
export function findLeaks(actors: readonly ScenarioActor[]): readonly string[] {
  return actors.flatMap((actor) => {
    const { name, process } = actor;
    if (process instanceof Process)
      return findProcessLeaks([process]).map(({ description }) => `${name}: ${description}`);
    if (process === undefined || actor.hasExited) return [];
    return [`${name}: its process ${process.pid} still runs; hand it to run.own()`];
  });
}
