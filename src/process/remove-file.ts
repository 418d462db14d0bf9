import { unlinkSync } from 'node:fs';
import { errnoOf } from '../core/kernel-error.js';

/** Removes a file, if it is there. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
