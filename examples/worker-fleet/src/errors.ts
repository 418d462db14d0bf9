export type FleetErrorCode =
  /** A frame that is not what was sent. */
  | 'INTEGRITY'
  /** A message that makes no sense. */
  | 'PROTOCOL'
  /** Who does not know the secret. */
  | 'UNAUTHENTICATED'
  /** A task that cannot be done as it was asked for. */
  | 'INVALID_TASK'
  /** A command line that says nothing that can be done. */
  | 'INVALID_ARGUMENT';

/** What goes wrong by somebody else's doing, and is told to them. */
export class FleetError extends Error {
  readonly code: FleetErrorCode;

  constructor(code: FleetErrorCode, message: string) {
    super(message);
    this.name = 'FleetError';
    this.code = code;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
