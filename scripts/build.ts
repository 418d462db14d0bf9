// Builds the package into dist. With --if-stale only when something it is built from has changed since.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readCommands, readEntries, root } from './entries.js';

const stamp = join(root, 'node_modules/.cache/glovebox/build');

/** A hash over the content of all that the build reads. Dates would lie after a checkout. */
function hashInputs(): string {
  const inputs = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsup.config.ts', 'scripts/entries.ts'];
  const hash = createHash('sha256');
  for (const path of [...inputs, ...globSync('src/**/*.{ts,js}', { cwd: root }).sort()]) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function isBuilt(hash: string): boolean {
  const entries = readEntries().flatMap(({ output }) => [`dist/${output}.js`, `dist/${output}.d.ts`]);
  const outputs = [...entries, ...readCommands().map(({ output }) => `dist/${output}.js`)];
  return (
    outputs.every((output) => existsSync(join(root, output))) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === hash
  );
}

const hash = hashInputs();
if (process.argv.includes('--if-stale') && isBuilt(hash)) {
  process.exit(0);
}
const result = spawnSync('tsup', { cwd: root, stdio: 'inherit' });
if (result.status === 0) {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}
process.exit(result.status ?? 1);
