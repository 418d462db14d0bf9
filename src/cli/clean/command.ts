import process from 'node:process';
import type { CAC } from 'cac';
import { type EngineSweep, sweepEngine } from '../../container/sweep-engine.js';
import { type SweepReport, sweepJournals } from '../../process/journal/sweep-journals.js';
import { renderSweep } from './render-sweep.js';

/** Adds `glovebox clean` to a command line. */
export function addCleanCommand(cli: CAC): void {
  cli
    .command(
      'clean',
      'Remove what runs that were killed have left: what their journals own, and containers with their label',
    )
    .option('--dry-run', 'Say what would be removed, and remove nothing')
    .option('--json', 'Print JSON')
    .example('glovebox clean --dry-run')
    .action(clean);
}

interface CleanFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

async function clean({ dryRun = false, json = false }: CleanFlags): Promise<void> {
  const report = sweepJournals({ dryRun });
  const engine = await sweepEngine({ dryRun });
  console.log(json ? JSON.stringify({ ...report, engine, dryRun }, null, 2) : renderSweep(report, engine, dryRun));
  if (isLeft(report, engine)) process.exitCode = 1;
}

/** Whether something is left that somebody should look at. */
function isLeft({ things }: SweepReport, engine: EngineSweep): boolean {
  return (
    things.some(({ outcome }) => outcome === 'failed' || outcome === 'refused') ||
    engine.things.some(({ reason }) => reason !== undefined)
  );
}
