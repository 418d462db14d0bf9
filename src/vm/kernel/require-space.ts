import { statfsSync } from 'node:fs';
import { kernelError } from './kernel-error.js';

/** Asks before a minute of downloading, not after. @throws GloveboxError `ERR_GLOVEBOX_VM_KERNEL` when a disk is too full */
export function requireSpace(folder: string, neededBytes: number, what: string): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= neededBytes) return;
  const [needed, free] = [neededBytes, bavail * bsize].map((bytes) => Math.ceil(bytes / 2 ** 20));
  throw kernelError(
    `The disk of ${JSON.stringify(folder)} is too full for ${what}: it needs ${needed} MiB, and ${free} MiB are free. Free some space, or set GLOVEBOX_CACHE to a folder elsewhere`,
  );
}
