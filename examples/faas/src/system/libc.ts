import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';
import { FaasError } from '../errors.ts';

const library = koffi.load(null);
const DECLARATIONS = {
  close: 'int close(int fd)',
  flock: 'int flock(int fd, int operation)',
  recvmsg: 'long recvmsg(int fd, int64_t message, int flags)',
  sendmsg: 'long sendmsg(int fd, int64_t message, int flags)',
  socketpair: 'int socketpair(int family, int type, int protocol, void *pair)',
} as const;
const functions = new Map<string, (...args: readonly (number | bigint | Uint8Array)[]) => number | bigint>();

/** Calls a function of libc. Answers what it does, or the error number below zero; EINTR is tried again. */
export function call(name: keyof typeof DECLARATIONS, ...args: readonly (number | bigint | Uint8Array)[]): number {
  let run = functions.get(name);
  if (run === undefined) {
    run = library.func(DECLARATIONS[name]);
    functions.set(name, run);
  }
  for (;;) {
    const result = Number(run(...args));
    if (result !== -1) return result;
    const errno = koffi.errno();
    if (errno !== 4) return -errno;
  }
}

/** @throws FaasError INTERNAL */
export function check(result: number, action: string): number {
  if (result >= 0) return result;
  throw new FaasError('INTERNAL', `Cannot ${action}: ${getSystemErrorName(result)}`);
}

/** The address of memory. It must be of an ArrayBuffer of its own: V8 moves small ones. */
export function addressOf(memory: Uint8Array): bigint {
  return koffi.address(memory);
}

/** include/uapi/asm-generic/errno-base.h: it would have to be waited for. */
export const EAGAIN = 11;
