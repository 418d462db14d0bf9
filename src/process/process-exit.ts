/** How a program has ended: with a code, or by a signal. */
export interface ProcessExit {
  /** What it answered, 0 to 255; `undefined` when a signal ended it. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** How long it ran, in milliseconds. */
  readonly durationMs: number;
}

/** As the end of a sentence about a program: `exited with code 1`, `was ended by SIGKILL`. */
export function describeExit({ code, signal }: ProcessExit): string {
  return signal === undefined ? `exited with code ${code}` : `was ended by ${signal}`;
}
