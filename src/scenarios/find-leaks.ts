import { settlePromises } from '../core/settle.js';
import { findProcessLeaks } from '../process/leaks/find-process-leaks.js';
import { Process } from '../process/process.js';
import type { ScenarioActor } from './scenario-actor.js';

/** What the processes of actors have left, in words, once everything is torn down. */
export async function findLeaks(actors: readonly ScenarioActor[]): Promise<readonly string[]> {
  const left = await Promise.all(actors.map(findLeaksOf));
  return left.flat();
}

async function findLeaksOf({ name, process }: ScenarioActor): Promise<readonly string[]> {
  if (process === undefined) return [];
  if (process instanceof Process)
    return findProcessLeaks([process]).map(({ description }) => `${name}: ${description}`);
  const hasEnded = await Promise.race([process.exit.then(() => true), settlePromises().then(() => false)]);
  return hasEnded ? [] : [`${name}: its process ${process.pid} still runs; hand it to run.own()`];
}
