import { createRequire } from 'node:module';
import process from 'node:process';
import { findErrnoName } from '../core/errno.js';
import { UnsupportedError } from '../core/errors.js';
import { KernelError } from '../core/kernel-error.js';
import { CStruct } from './c-struct.js';
import { ARCHITECTURES, type SyscallName, syscallNumber } from './syscall-numbers.js';
import { Turns } from './turns.js';

/** An argument of a system call: a number, or what a pointer is made of; `null` is a null pointer. */
export type SyscallArgument = number | bigint | null | Uint8Array | CStruct;

interface KoffiFunction {
  (...args: readonly (number | bigint)[]): number | bigint;
  /** Runs in Node's pool of threads; the last argument is called with the result. */
  async(...args: readonly unknown[]): void;
}

/** What of koffi is used. */
interface Koffi {
  load(path: null): { func(definition: string): KoffiFunction };
  address(bytes: Uint8Array): bigint;
  view(address: bigint, length: number): ArrayBuffer;
  errno(): number;
}

interface Libc {
  call(number: number, args: readonly SyscallArgument[]): number;
  callInPool(number: number, args: readonly SyscallArgument[]): Promise<boolean>;
  addressOf(bytes: Uint8Array): bigint;
  view(address: bigint, length: number): ArrayBuffer;
}

/** More than 256 calls that wait for the pool's threads koffi refuses, those of others included (its max_async_calls). */
const MOST_IN_POOL = 64;

/** Loaded by the first system call, so that importing glovebox works, and costs nothing, where there is no libc to load. */
let loaded: Libc | undefined;

/**
 * Makes a system call and answers what the kernel did: a result from 0, or an error number as a negative one.
 *
 * The call is synchronous, on the calling thread, and what its pointers lead to stays in place until it returns.
 *
 * @throws UnsupportedError where system calls cannot be made: no Linux, another processor, no binary of koffi
 */
export function systemCall(name: SyscallName, ...args: readonly SyscallArgument[]): number {
  loaded ??= loadLibc();
  return loaded.call(syscallNumber(name, requireArchitecture()), args);
}

/**
 * Makes a system call in Node's pool of threads, for one that waits in the kernel and whose answer does not depend on the
 * thread. What its pointers lead to must have a buffer of over 64 bytes, and no pointers of its own.
 *
 * @returns whether it went well; why not, the same call tells when it is made again with `systemCall`
 * @throws UnsupportedError as `systemCall`
 */
export async function systemCallInPool(name: SyscallName, ...args: readonly SyscallArgument[]): Promise<boolean> {
  loaded ??= loadLibc();
  return loaded.callInPool(syscallNumber(name, requireArchitecture()), args);
}

/**
 * Where bytes lie in memory. They must be of a buffer of over 64 bytes, which V8 does not move, and be referenced for
 * as long as the kernel may use the address.
 *
 * @throws UnsupportedError as `systemCall`
 */
export function findAddress(bytes: Uint8Array): bigint {
  loaded ??= loadLibc();
  return loaded.addressOf(bytes);
}

/**
 * Memory that the kernel mapped, as bytes that can be read and written for as long as it is: once it is unmapped, a look
 * at them ends the process.
 *
 * @throws UnsupportedError as `systemCall`
 */
export function viewMemory(address: number, length: number): ArrayBuffer {
  loaded ??= loadLibc();
  return loaded.view(BigInt(address), length);
}

/** What failed, for a {@link KernelError}. */
export interface CallDescription {
  /** As errors show it: `bpf(BPF_PROG_LOAD)`. */
  readonly syscall: string;
  /** What was asked, and of what: `load program "prog_one"`. */
  readonly action: string;
}

/** The result of a system call, unless it is an error. @throws KernelError for a negative result */
export function requireResult(result: number, description: CallDescription): number {
  if (result >= 0) return result;
  throw toKernelError(result, description);
}

/** The error for a negative result; a number that Linux has no name for is told in the hint. */
export function toKernelError(result: number, description: CallDescription): KernelError {
  const name = findErrnoName(result);
  if (name !== undefined) return new KernelError(name, description);
  return new KernelError('EIO', {
    ...description,
    hint: `The kernel answered with the unknown error number ${-result}`,
  });
}

/** Whether system calls can be made here; the error says why not. */
export function findMissingSystemCalls(): UnsupportedError | undefined {
  try {
    loaded ??= loadLibc();
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedError) return error;
    throw error;
  }
}

function loadLibc(): Libc {
  requireArchitecture();
  const koffi = loadKoffi();
  const call = koffi.load(null).func('long syscall(long, int64, int64, int64, int64, int64, int64)');
  /** What the call's pointers lead to must be referenced from somewhere that outlives the call: from here. */
  const alive: { arguments: readonly SyscallArgument[] } = { arguments: [] };
  const turns = new Turns(MOST_IN_POOL);
  const addressOf = (bytes: Uint8Array): bigint => (bytes.length === 0 ? 0n : koffi.address(bytes));
  const toWord = (argument: SyscallArgument): number | bigint => {
    if (typeof argument === 'number' || typeof argument === 'bigint') return argument;
    if (argument === null) return 0;
    if (!(argument instanceof CStruct)) return addressOf(argument);
    for (const [offset, target] of argument.pointers) argument.u64(offset, toWord(target));
    return addressOf(argument.bytes);
  };
  return {
    addressOf,
    view: (address, length) => koffi.view(address, length),
    callInPool: (number, args) =>
      turns.run(
        () =>
          new Promise((resolve, reject) => {
            const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args.map(toWord);
            call.async(number, a, b, c, d, e, f, (error: unknown, result: number | bigint) => {
              // They are referenced until here.
              if (error === null || error === undefined) resolve(args.length > 0 && Number(result) !== -1);
              else reject(error);
            });
          }),
      ),
    call: (number, args) => {
      alive.arguments = args;
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args.map(toWord);
      const result = Number(call(number, a, b, c, d, e, f));
      const answer = result === -1 ? -koffi.errno() : result;
      alive.arguments = [];
      return answer;
    },
  };
}

function requireArchitecture(): (typeof ARCHITECTURES)[number] {
  const architecture = ARCHITECTURES.find((each) => each === process.arch);
  if (process.platform === 'linux' && architecture !== undefined) return architecture;
  throw new UnsupportedError({
    capability: 'system calls',
    reason: `they are made on Linux, on x86-64 and arm64, and this is ${process.platform} on ${process.arch}`,
    fix: 'run this test on such a machine, in a virtual machine or a container; the fakes work everywhere',
  });
}

function loadKoffi(): Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi;
  } catch (cause) {
    // It is there, and a file of it could not be opened now.
    if (/\bE[MN]FILE\b|too many open files/i.test(String(cause)))
      throw new KernelError('EMFILE', { syscall: 'open', action: 'load koffi' });
    throw new UnsupportedError(
      {
        capability: 'system calls',
        reason: 'koffi, which makes them, could not be loaded; its binary for this platform is an optional package',
        fix: 'install again without --omit=optional (npm install koffi), on the platform the tests run on',
      },
      { cause },
    );
  }
}
