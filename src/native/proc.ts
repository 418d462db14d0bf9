import { existsSync } from 'node:fs';
import { UnsupportedError } from '../core/errors.js';

/** Makes sure that procfs is there, through which namespaces and mounts without a place are reached. @throws UnsupportedError */
export function requireProc(): void {
  if (existsSync('/proc/thread-self')) return;
  throw new UnsupportedError({
    capability: 'procfs',
    reason: 'nothing is mounted at /proc, where network namespaces and private file systems are found',
    fix: 'mount it where the tests run: mount -t proc proc /proc',
  });
}
