import type { SweepReport, SweptThing } from '../../process/journal/sweep-journals.js';

/** A sweep in words: what was removed, what was not and why, and what was passed over. */
export function renderSweep({ folder, things, running, skipped, corrupt }: SweepReport, isDryRun: boolean): string {
  const lines = things.map((thing) => describe(thing, isDryRun));
  if (things.length === 0) lines.push(`Nothing is left of runs that have ended (journals: ${folder})`);
  const owners = [...new Set(running)];
  if (owners.length > 0)
    lines.push(
      `${owners.length === 1 ? 'process' : 'processes'} ${owners.join(', ')} still running: kept what is owned there`,
    );
  lines.push(...skipped.map((each) => `passed over ${each}`));
  lines.push(...corrupt.map((each) => `cannot be read: ${each}`));
  return lines.join('\n');
}

function describe({ kind, path, owner, outcome, reason }: SweptThing, isDryRun: boolean): string {
  const what = `${kind} ${path} of process ${owner}`;
  if (outcome === 'removed') return `${isDryRun ? 'would remove' : 'removed'} ${what}`;
  return outcome === 'refused' ? `left ${what} alone: ${reason}` : `could not remove ${what}: ${reason}`;
}
