/** What went wrong, in terms that a client can act upon; each is a gRPC status of the same name. */
export type ManagerErrorCode =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'FAILED_PRECONDITION'
  | 'RESOURCE_EXHAUSTED'
  | 'INTERNAL';

/** A request that was not fulfilled. */
export class ManagerError extends Error {
  override readonly name = 'ManagerError';
  readonly code: ManagerErrorCode;
  /** What the roll-back could not undo; empty when everything is as it was. */
  readonly leftovers: readonly string[];

  constructor(
    code: ManagerErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly leftovers?: readonly string[] } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.code = code;
    this.leftovers = options.leftovers ?? [];
  }
}

/** The database refused a row because another has what must be unique. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

/** Which status stands for which answer of the kernel. */
const CODES: Readonly<Record<string, ManagerErrorCode>> = {
  EBUSY: 'FAILED_PRECONDITION',
  EPERM: 'FAILED_PRECONDITION',
  EOPNOTSUPP: 'FAILED_PRECONDITION',
  EEXIST: 'ALREADY_EXISTS',
  ENODEV: 'NOT_FOUND',
  ENOMEM: 'RESOURCE_EXHAUSTED',
  ENOSPC: 'RESOURCE_EXHAUSTED',
  E2BIG: 'RESOURCE_EXHAUSTED',
  ERANGE: 'RESOURCE_EXHAUSTED',
};

/** The error that a client gets for whatever was thrown while doing something. */
export function toManagerError(error: unknown, action: string): ManagerError {
  if (error instanceof ManagerError) return error;
  const message = `${action}: ${messageOf(error)}`;
  if (error instanceof ConflictError) return new ManagerError('ALREADY_EXISTS', message, { cause: error });
  const wasRefusedByVerifier = verifierLogOf(error) !== undefined;
  const code = wasRefusedByVerifier ? 'INTERNAL' : (CODES[errnoOf(error) ?? ''] ?? 'INTERNAL');
  return new ManagerError(code, message, { cause: error });
}

/** The same error, with what the roll-back could not undo. */
export function withLeftovers(error: ManagerError, leftovers: readonly string[]): ManagerError {
  if (leftovers.length === 0) return error;
  const message = `${error.message}; and the roll-back is incomplete: ${leftovers.join('; ')}`;
  return new ManagerError(error.code, message, { cause: error, leftovers: [...error.leftovers, ...leftovers] });
}

/** The name of the kernel's answer (`EBUSY`), for an error that is one. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether an error is one of these answers of the kernel. */
export function isErrno(error: unknown, ...names: readonly string[]): boolean {
  const errno = errnoOf(error);
  return errno !== undefined && names.includes(errno);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function verifierLogOf(error: unknown): string | undefined {
  const hasLog = error instanceof Error && 'verifierLog' in error && typeof error.verifierLog === 'string';
  return hasLog && error.verifierLog !== '' ? String(error.verifierLog) : undefined;
}

/** Does something that may have been done already: that what it is about is gone is success. */
export async function unlessGone(action: () => Promise<void>, ...goneErrnos: readonly string[]): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!isErrno(error, 'ENOENT', ...goneErrnos)) throw error;
  }
}
