import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A program that is removed when it is disposed of. */
export interface CompiledPeer extends Disposable {
  readonly path: string;
}

/** Compiles a C program of this folder on the spot; `undefined` where there is no compiler. */
export function compilePeer(name: string): CompiledPeer | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'glovebox-bench-'));
  const path = join(folder, 'peer');
  const remove = (): void => rmSync(folder, { recursive: true });
  const { status } = spawnSync('cc', ['-O2', '-o', path, findPeer(name)], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status === 0) return { path, [Symbol.dispose]: remove };
  remove();
  return undefined;
}

/** The path of a file of this folder. */
export function findPeer(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Runs a program that prints how many milliseconds its work took; `undefined` where it, or what it needs, is missing. */
export function timePeer(program: string, args: readonly string[]): number | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const tookMs = Number.parseFloat(stdout?.trim().split('\n').at(-1) ?? '');
  return status === 0 && tookMs > 0 ? tookMs : undefined;
}
