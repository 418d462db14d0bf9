import process from 'node:process';
import type { CAC } from 'cac';
import { writeProject } from './write-project.js';

/** Adds `glovebox init` to a command line. */
export function addInitCommand(cli: CAC): void {
  cli
    .command('init', 'Write a Vitest config with the tiers, a first test and a workflow; what is there stays as it is')
    .example('glovebox init')
    .action(() => init(process.cwd()));
}

function init(folder: string): void {
  const { written, left, failed } = writeProject(folder);
  for (const path of written) console.log(`wrote ${path}`);
  for (const { path, reason } of left) console.log(`left ${path}: ${reason}`);
  if (failed.length > 0) {
    const paths = failed.map(({ path, reason }) => `${path} (${reason})`).join(', ');
    console.error(
      `glovebox init: cannot write ${paths}: is ${folder} yours, and nothing of another kind in their place?`,
    );
    process.exitCode = 1;
    return;
  }
  console.log('Next: npm install --save-dev glovebox vitest && npx vitest run --project unit');
}
