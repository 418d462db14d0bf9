import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { quote } from '../../core/errors.js';
import { errnoOf } from '../../core/kernel-error.js';
import { isExecutable } from '../../native/is-executable.js';
import { ProcessError } from '../process-error.js';
import { checkFormat } from './check-format.js';
import { listFolders, type ProgramPlace } from './program-place.js';

/**
 * The file that a command means, as execvp(3) finds it. What the kernel would answer with a bare error number is told
 * here, before anything is started.
 *
 * @throws ProcessError `ERR_GLOVEBOX_PROCESS_START` when there is none, it may not be executed, its interpreter
 * is missing, or the folder that it is to run in is
 */
export function findProgram(command: string, place: ProgramPlace): string {
  checkFolder(place.cwd);
  const file = command.includes('/') ? resolve(place.cwd, command) : searchPath(command, place);
  checkExecutable(command, file);
  checkFormat(command, file, place);
  return file;
}

/**
 * Without it, the system says that the program is what there is not.
 *
 * @throws ProcessError `ERR_GLOVEBOX_PROCESS_START` when a program cannot run in a folder, since there is none
 */
export function checkFolder(cwd: string): void {
  if (isFolder(cwd)) return;
  throw new ProcessError('ERR_GLOVEBOX_PROCESS_START', {
    message: `${quote(cwd)}, the folder that it is to run in, ${exists(cwd) ? 'is no folder' : 'does not exist'}`,
    next: 'Make it first, or give another cwd',
  });
}

function searchPath(command: string, place: ProgramPlace): string {
  const folders = listFolders(place);
  const candidates = folders.map((folder) => resolve(place.cwd, folder, command));
  const found = candidates.find(isExecutable) ?? candidates.find(isFile);
  if (found !== undefined) return found;
  throw new ProcessError('ERR_GLOVEBOX_PROCESS_START', {
    message: `${quote(command)} is not on PATH`,
    next: `Install it, or give its path; looked in ${folders.join(', ') || 'nothing, for PATH is empty'}`,
  });
}

function checkExecutable(command: string, file: string): void {
  const subject = command === file ? quote(command) : `${quote(command)} (${file})`;
  if (!isFile(file)) {
    const message = `${subject} ${exists(file) ? 'is no file' : 'does not exist'}`;
    throw new ProcessError('ERR_GLOVEBOX_PROCESS_START', { message, next: 'Is it built, and the path right?' });
  }
  if (isExecutable(file)) return;
  throw new ProcessError('ERR_GLOVEBOX_PROCESS_START', {
    message: `${subject} may not be executed by this user`,
    next: `chmod +x ${file}, or start it by its interpreter: spawn('node', [${quote(file)}])`,
  });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function exists(file: string): boolean {
  try {
    statSync(file);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR';
  }
}
