import { getSystemErrorName } from 'node:util';

/** What went wrong, in terms that a client can act upon. */
export type RelayErrorCode = 'INVALID_ARGUMENT' | 'NOT_FOUND' | 'ALREADY_EXISTS' | 'UNAVAILABLE' | 'INTERNAL';

/** A request that was not fulfilled. */
export class RelayError extends Error {
  override readonly name = 'RelayError';
  readonly code: RelayErrorCode;

  constructor(code: RelayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The kernel said no. It has the shape of Node's own system errors. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  /** `ENODEV` and the like. */
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;

  /** @param errno above zero @param action what was tried, as `join 239.1.1.1 on eth0` */
  constructor(errno: number, syscall: string, action: string) {
    const code = nameErrno(errno);
    super(`Cannot ${action}: ${syscall} failed with ${code}`);
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
  }
}

/** The name of an error number: `EPERM` for 1. */
export function nameErrno(errno: number): string {
  try {
    return getSystemErrorName(-errno);
  } catch {
    return `errno ${errno}`;
  }
}

/** Whether an error is one of these answers of the kernel. */
export function isErrno(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && names.some((name) => name === error.code);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
