import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { root } from '../../scripts/entries.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The absolute path of the packed package, or why there is none. */
    readonly packed: { readonly tarball: string } | { readonly failure: string };
  }
}

/** Builds the package if it has to be and packs it once, for all tests of this project. */
export default function pack(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'glovebox-pack-'));
  try {
    run('npm', ['run', '--silent', 'build', '--', '--if-stale']);
    const output = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]);
    project.provide('packed', { tarball: join(folder, readFilename(output)) });
  } catch (error) {
    // An error here would stop the tests of every project; this way it fails those that need the package.
    project.provide('packed', { failure: String(error) });
  }
  return () => rmSync(folder, { recursive: true, force: true });
}

/** The name of the tarball in what `npm pack --json` says: a list of packages, or, from npm 12, an object of them. */
function readFilename(output: string): string {
  const packed = Object.values(JSON.parse(output) as Readonly<Record<string, { readonly filename: string }>>);
  return packed[0]?.filename ?? '';
}

function run(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
