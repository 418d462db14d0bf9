/** What went wrong, in terms that a program can act upon. */
export type BusErrorCode =
  | 'INVALID_ARGUMENT'
  | 'ALREADY_RUNNING'
  | 'UNAVAILABLE'
  | 'PROTOCOL'
  | 'QUEUE_FULL'
  | 'DROPPED'
  | 'UNKNOWN_COLLECTOR'
  | 'COLLECTOR_LOST'
  | 'TASK_FAILED'
  | 'TIMEOUT'
  | 'CLOSED';

/** A request that was not fulfilled. */
export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;

  constructor(code: BusErrorCode, message: string, options?: ErrorOptions) {
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
