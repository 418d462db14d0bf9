import type { RemovedThing } from '../../container/remove-labelled.js';
import type { EngineSweep } from '../../container/sweep-engine.js';
import type { SweepReport, SweptThing } from '../../process/journal/sweep-journals.js';

/** How much of an id tells it from others: names of volumes and networks have a word before their number. */
const SHOWN_ID = 21;

/** A sweep in words: what was removed, what was not and why, and what was passed over. */
export function renderSweep(
  { folder, things, running, skipped, corrupt }: SweepReport,
  engine: EngineSweep,
  isDryRun: boolean,
): string {
  const lines = [
    ...things.map((thing) => describe(thing, isDryRun)),
    ...engine.things.map((thing) => describeRemoved(thing, isDryRun)),
  ];
  if (lines.length === 0) lines.push(`Nothing is left of runs that have ended (journals: ${folder})`);
  const owners = [...new Set(running)];
  if (owners.length > 0)
    lines.push(
      `${owners.length === 1 ? 'process' : 'processes'} ${owners.join(', ')} still running: kept what is owned there`,
    );
  lines.push(...skipped.map((each) => `passed over ${each}`));
  lines.push(...corrupt.map((each) => `cannot be read: ${each}`));
  if (engine.obstacle !== undefined) lines.push(`containers were not looked at: ${engine.obstacle}`);
  return lines.join('\n');
}

function describeRemoved({ kind, id, reason }: RemovedThing, isDryRun: boolean): string {
  const what = `${kind} ${id.replace(/^sha256:/, '').slice(0, SHOWN_ID)}`;
  if (reason !== undefined) return `could not remove ${what}: ${reason}`;
  return `${isDryRun ? 'would remove' : 'removed'} ${what} of a process that has ended`;
}

function describe({ kind, path, owner, outcome, reason }: SweptThing, isDryRun: boolean): string {
  const what = `${kind} ${path} of process ${owner}`;
  if (outcome === 'removed') return `${isDryRun ? 'would remove' : 'removed'} ${what}`;
  return outcome === 'refused' ? `left ${what} alone: ${reason}` : `could not remove ${what}: ${reason}`;
}
