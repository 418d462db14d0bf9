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
  const { written, left } = writeProject(folder);
  for (const path of written) console.log(`wrote ${path}`);
  for (const { path, reason } of left) console.log(`left ${path}: ${reason}`);
  console.log('Next: npm install --save-dev glovebox vitest && npx vitest run --project unit');
}
