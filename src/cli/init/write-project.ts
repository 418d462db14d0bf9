import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../core/kernel-error.js';
import { CONFIG, FIRST_TEST, WORKFLOW } from './templates.js';

/** Vitest takes the first of these, and of vite.config.*, that is there. */
const CONFIGS = ['vitest.config', 'vite.config'].flatMap((name) =>
  ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((extension) => `${name}.${extension}`),
);

interface LeftFile {
  readonly path: string;
  readonly reason: string;
}

/** What {@link writeProject} did. Paths are relative to the project. */
export interface WrittenProject {
  readonly written: readonly string[];
  readonly left: readonly LeftFile[];
  /** What could not be written, and is not there. */
  readonly failed: readonly LeftFile[];
}

/** Writes what a project needs for tests in tiers. No file that is there is changed, and no link followed to one. */
export function writeProject(folder: string): WrittenProject {
  const written: string[] = [];
  const left: LeftFile[] = [];
  const failed: LeftFile[] = [];
  const write = (path: string, content: string) => {
    try {
      if (writeNew(join(folder, path), content)) written.push(path);
      else left.push({ path, reason: 'it is there' });
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      failed.push({ path, reason: errno });
    }
  };
  const config = CONFIGS.find((name) => existsSync(join(folder, name)));
  if (config === undefined) write('vitest.config.mts', CONFIG);
  else
    left.push({
      path: config,
      reason: 'it is there; add "projects: gloveboxProjects()" of glovebox/config to its "test"',
    });
  write('test/unit/first.test.ts', FIRST_TEST);
  write('.github/workflows/test.yml', WORKFLOW);
  return { written, left, failed };
}

function writeNew(path: string, content: string): boolean {
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}
