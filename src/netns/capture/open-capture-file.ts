import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { constants as osConstants } from 'node:os';
import { quote, UsageError } from '../../core/errors.js';
import { errnoOf, KernelError } from '../../core/kernel-error.js';
import { systemCall } from '../../native/system-call.js';

/** include/uapi/asm-generic/fcntl.h */
const LOCK_EX_NB = 2 | 4;

/**
 * Opens a file for frames, and writes what is before them. As long as it is open, no other capture can have it, of this
 * process or another.
 *
 * @throws UsageError when one has it @throws KernelError ENOENT, EACCES, EISDIR, ENOSPC
 */
export function openCaptureFile(path: string, header: Uint8Array): number {
  const fd = attempt(path, () => openSync(path, constants.O_WRONLY | constants.O_CREAT));
  try {
    takeFile(path, fd);
    attempt(path, () => {
      for (let done = 0; done < header.length; ) done += writeSync(fd, header, done);
    });
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Others may be in the midst of it: it is cut only once it is this capture's. Pipes and devices can be shared. */
function takeFile(path: string, fd: number): void {
  if (!fstatSync(fd).isFile()) return;
  const { EAGAIN } = osConstants.errno;
  if (systemCall('flock', fd, LOCK_EX_NB) === -EAGAIN)
    throw new UsageError(
      'capture',
      `file ${quote(path)} is being written by another capture; stop that first, or give another file`,
    );
  attempt(path, () => ftruncateSync(fd));
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
