import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { root } from '../../scripts/entries.js';

/** What a command of a {@link ConsumerProject} did. */
export interface CommandResult {
  readonly exitCode: number | null;
  /** Both streams, without colours. */
  readonly output: string;
}

/** The packed package. Fails when it could not be built or packed. */
export function findTarball(): string {
  const packed = inject('packed');
  if ('failure' in packed) {
    throw new Error(packed.failure);
  }
  return packed.tarball;
}

/**
 * An empty project outside of the repository with the packed package in its node_modules. The package is what a user
 * gets; everything else is linked from the repository, so that no test needs the network.
 */
export class ConsumerProject {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'glovebox-consumer-'));

  /** @param packages what the project has installed beside glovebox and its dependencies */
  constructor(packages: readonly string[] = []) {
    const installed = join(this.folder, 'node_modules/glovebox');
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', findTarball(), '--strip-components=1', '-C', installed]);
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    for (const name of new Set([...Object.keys(manifest.dependencies ?? {}), ...packages])) {
      this.#link(name);
    }
    this.write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  }

  #link(name: string): void {
    const source = join(root, 'node_modules', name);
    if (!existsSync(source)) {
      throw new Error(`${name} is not installed in the repository`);
    }
    const target = join(this.folder, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(source, target);
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), content);
  }

  /** Runs a program of the repository's node_modules/.bin, or any on PATH, in the project. */
  run(
    program: string,
    args: readonly string[],
    changes: Readonly<Record<string, string | undefined>> = {},
  ): CommandResult {
    const { VITEST: _vitest, ...env } = process.env;
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      cwd: this.folder,
      encoding: 'utf8',
      env: {
        ...env,
        NO_COLOR: '1',
        FORCE_COLOR: undefined,
        PATH: `${root}node_modules/.bin:${process.env['PATH']}`,
        ...changes,
      },
    });
    return { exitCode: status, output: error === undefined ? stdout + stderr : error.message };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
