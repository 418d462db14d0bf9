/** What went wrong, in terms that a client can act upon. */
export type FaasErrorCode =
  | 'INVALID_IMAGE'
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'UNAVAILABLE'
  | 'INTERNAL';

/** A request that was not fulfilled. */
export class FaasError extends Error {
  override readonly name = 'FaasError';
  readonly code: FaasErrorCode;

  constructor(code: FaasErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function isErrno(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && names.some((name) => name === error.code);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
