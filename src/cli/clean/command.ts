import process from 'node:process';
import type { CAC } from 'cac';
import { type SweepReport, sweepJournals } from '../../process/journal/sweep-journals.js';
import { renderSweep } from './render-sweep.js';

/** Adds `glovebox clean` to a command line. */
export function addCleanCommand(cli: CAC): void {
  cli
    .command('clean', 'Remove what runs that were killed have left: only what their journals own')
    .option('--dry-run', 'Say what would be removed, and remove nothing')
    .option('--json', 'Print JSON')
    .example('glovebox clean --dry-run')
    .action(clean);
}

interface CleanFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

function clean({ dryRun = false, json = false }: CleanFlags): void {
  const report = sweepJournals({ dryRun });
  console.log(json ? JSON.stringify({ ...report, dryRun }, null, 2) : renderSweep(report, dryRun));
  if (isLeft(report)) process.exitCode = 1;
}

/** Whether something is left that somebody should look at. */
function isLeft({ things }: SweepReport): boolean {
  return things.some(({ outcome }) => outcome === 'failed' || outcome === 'refused');
}
