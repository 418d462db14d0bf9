/** A line that a program wrote. */
export interface LogLine {
  readonly stream: 'stdout' | 'stderr';
  /** Without its line end. */
  readonly text: string;
  /** When it came, in milliseconds on the clock of the process. */
  readonly atMs: number;
}
