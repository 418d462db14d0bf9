import { readFileSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { until } from '../../core/until.js';
import { sweepJournals } from './sweep-journals.js';

const [, , file = ''] = process.argv;

/** Its owner has ended, or is about to: a journal that does not say whose it is owns nothing, and never will. */
function removeBegun(): void {
  try {
    if (!readFileSync(file, 'utf8').includes('\n')) unlinkSync(file);
  } catch {
    // It is gone already.
  }
}

/** Its owner may still be ending, and what the owner has started, too. */
function sweep(): boolean {
  removeBegun();
  const { running, things } = sweepJournals({ folder: dirname(file), file });
  return running.length === 0 && things.every(({ outcome }) => outcome !== 'failed');
}

// What is left then, the next run finds.
await until(sweep, {
  timeoutMs: 30_000,
  intervalMs: 5,
  maxIntervalMs: 20,
  description: 'everything to be removed',
}).catch(() => {
  process.exitCode = 1;
});
