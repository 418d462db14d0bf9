import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { quote } from '../../core/errors.js';
import { errnoOf } from '../../core/kernel-error.js';
import { matchesText } from '../../core/line-pattern.js';
import { pollUntil } from './poll-until.js';
import type { ReadyFile } from './ready-spec.js';
import type { ReadyCheck } from './ready-target.js';

/** Ready when a file is there that was not, or not so, before, and holds what it has to. */
export function createFileCheck({ file, content }: ReadyFile, cwd: string): ReadyCheck {
  const path = resolve(cwd, file);
  const before = identify(path);
  const describeObstacle = (): string | undefined => {
    const now = identify(path);
    if (now === undefined) return 'it is not there';
    if (now === before) return 'it is the one that was there before the start';
    return describeContent(path, content);
  };
  return {
    description: `the file ${path}`,
    lastSeen: () => (identify(path) === undefined ? undefined : describeObstacle()),
    wait: async (_target, signal) => {
      await pollUntil(() => describeObstacle() === undefined, signal);
    },
  };
}

/** What is wrong with what a file holds. Of what is no file, such as a socket, it is enough that it is there. */
function describeContent(path: string, wanted: string | RegExp | undefined): string | undefined {
  if (wanted === undefined) {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isFile() === true && stat.size === 0
      ? `it is empty: give ready.content, '' if it stays so`
      : undefined;
  }
  try {
    const text = readFileSync(path, 'utf8');
    return matchesText(wanted, text) ? undefined : `it holds ${quote(text)}`;
  } catch (error) {
    return `it cannot be read: ${errnoOf(error) ?? String(error)}`;
  }
}

function identify(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat && `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.size}`;
}
