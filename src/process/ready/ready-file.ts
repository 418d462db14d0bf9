import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pollUntil } from './poll-until.js';
import type { ReadyCheck } from './ready-target.js';

/** Ready when a file is there that was not, or not so, before. */
export function createFileCheck(file: string, cwd: string): ReadyCheck {
  const path = resolve(cwd, file);
  const before = identify(path);
  return {
    description: `the file ${path}`,
    lastSeen: () => (identify(path) === undefined ? undefined : 'it is the one that was there before the start'),
    wait: async (_target, signal) => {
      const isThere = (): boolean => {
        const now = identify(path);
        return now !== undefined && now !== before;
      };
      await pollUntil(isThere, signal);
    },
  };
}

function identify(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat && `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.size}`;
}
