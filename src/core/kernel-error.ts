import { type ErrnoName, errnoDescription, errnoNumber, findErrnoName } from './errno.js';

/** What is known about a failed call into the kernel. */
export interface KernelErrorDetails {
  /** The system call or command that failed: `bpf(BPF_PROG_LOAD)`, `netlink(RTM_NEWQDISC)`. */
  readonly syscall: string;
  /** What was asked, and of what: `load program "prog_one"`. */
  readonly action?: string;
  /** Why, and what to do about it, where that is known. */
  readonly hint?: string;
  /** The verifier's words, for a program that was refused. */
  readonly verifierLog?: string;
  /** The failure this one stands for. */
  readonly cause?: unknown;
}

/**
 * A kernel's answer to a call that failed, real or fake. It has the shape of Node's system errors: `code` is the name
 * (`'EBUSY'`), `errno` the negative number (-16), `syscall` the call.
 */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  readonly code: ErrnoName;
  readonly errno: number;
  readonly syscall: string;
  readonly verifierLog: string | undefined;
  readonly #details: KernelErrorDetails;

  constructor(code: ErrnoName, details: KernelErrorDetails) {
    const action = details.action === undefined ? '' : `${details.action}: `;
    const hint = details.hint === undefined ? '' : `. ${details.hint}`;
    const log = details.verifierLog ? `\n${details.verifierLog.trimEnd()}` : '';
    super(
      `${action}${code}: ${describeInSentence(code)}, ${details.syscall}${hint}${log}`,
      details.cause === undefined ? {} : { cause: details.cause },
    );
    this.#details = details;
    this.code = code;
    this.errno = -errnoNumber(code);
    this.syscall = details.syscall;
    this.verifierLog = details.verifierLog;
  }

  /** The same answer with a hint, behind the one that it may have; itself where there is none to give. */
  withHint(hint: string | undefined): KernelError {
    if (hint === undefined) return this;
    const before = this.#details.hint;
    return new KernelError(this.code, { ...this.#details, hint: before === undefined ? hint : `${before}. ${hint}` });
  }
}

/**
 * The errno name that an error carries in the manner of Node's system errors, if it carries one. Second names become
 * the table's (`ENOTSUP` is `EOPNOTSUPP`), and where Node has no name for a number (524) the number decides.
 */
export function errnoOf(error: unknown): ErrnoName | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? findErrnoName(error.code) : undefined;
  return code ?? ('errno' in error ? findErrnoName(error.errno) : undefined);
}

function describeInSentence(code: ErrnoName): string {
  const description = errnoDescription(code);
  return /^[A-Z][a-z]/.test(description) ? description.charAt(0).toLowerCase() + description.slice(1) : description;
}
