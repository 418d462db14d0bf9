import { closeSync, openSync, writeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { quote } from '../../core/errors.js';
import { errnoOf, KernelError } from '../../core/kernel-error.js';

/** Opens a file for frames, and writes what is before them. @throws KernelError ENOENT, EACCES, EISDIR, ENOSPC */
export function openCaptureFile(path: string, header: Uint8Array): number {
  const fd = attempt(path, () => openSync(path, 'w'));
  try {
    attempt(path, () => {
      for (let done = 0; done < header.length; ) done += writeSync(fd, header, done);
    });
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Writes a whole file. @throws KernelError as `openCaptureFile` */
export async function writeCaptureFile(path: string, parts: readonly Uint8Array[]): Promise<void> {
  try {
    await writeFile(path, parts);
  } catch (error) {
    throw toFileError(path, error);
  }
}

/** What the thread of a capture could not write. */
export function toWriteError(path: string, failure: { readonly code: string; readonly message: string }, kept: string) {
  return new KernelError(errnoOf(failure) ?? 'EIO', {
    syscall: 'write',
    action: `capture to ${quote(path)}`,
    hint: kept,
  });
}

function attempt<R>(path: string, run: () => R): R {
  try {
    return run();
  } catch (error) {
    throw toFileError(path, error);
  }
}

function toFileError(path: string, error: unknown): unknown {
  const code = errnoOf(error);
  if (code === undefined) return error;
  const syscall = error instanceof Error && 'syscall' in error ? String(error.syscall) : 'open';
  const hint = code === 'ENOENT' ? { hint: 'The folder has to be there' } : {};
  return new KernelError(code, { syscall, action: `write a capture to ${quote(path)}`, cause: error, ...hint });
}
