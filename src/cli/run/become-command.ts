import { closeSync, openSync, readSync } from 'node:fs';
import process from 'node:process';
import { quote, UnsupportedError, UsageError } from '../../core/errors.js';
import { findExecutable } from '../../native/rootless.js';
import { findMissingSystemCalls, systemCall } from '../../native/system-call.js';

/** include/uapi/asm-generic/fcntl.h */
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;

/**
 * Replaces this process by a command: it has the same number, terminal and parent, so signals need no relay and its exit
 * code is this process's.
 *
 * @throws UsageError for a command that there is not @throws UnsupportedError where Node cannot do that
 */
export function becomeCommand(command: readonly string[]): never {
  const [name = '', ...args] = command;
  const path = findExecutable(name);
  if (path === undefined) throw new UsageError('glovebox run', `there is no program ${quote(name)}`);
  if (process.execve === undefined) {
    throw new UnsupportedError({
      capability: 'process.execve',
      reason: `this is Node.js ${process.version} on ${process.platform}`,
      fix: 'use Node.js 22.18, 24.11 or later, on Linux',
    });
  }
  makeStdioBlock();
  // Node would end in an abort where the kernel refuses: a text that is no script is run by the shell, as elsewhere.
  if (isProgram(path)) process.execve(path, [name, ...args], process.env);
  return process.execve('/bin/sh', ['sh', path, ...args], process.env);
}

/** Node makes pipes not block, for everyone who has them; other programs take that for an error. */
function makeStdioBlock(): void {
  if (findMissingSystemCalls() !== undefined) return;
  for (const fd of [0, 1, 2]) {
    const flags = systemCall('fcntl', fd, F_GETFL, 0);
    if (flags >= 0) systemCall('fcntl', fd, F_SETFL, flags & ~O_NONBLOCK);
  }
}

/** Whether the kernel knows how to start it: an ELF file, or a text that says by what. */
function isProgram(path: string): boolean {
  const head = Buffer.alloc(4);
  try {
    const fd = openSync(path, 'r');
    readSync(fd, head, 0, 4, 0);
    closeSync(fd);
  } catch {
    // One that may be executed and not read is no text for a shell.
    return true;
  }
  return head.toString('latin1') === '\u007fELF' || head.subarray(0, 2).toString('latin1') === '#!';
}
