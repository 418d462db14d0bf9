/** What the helper is told first, as a line of JSON on its input. */
export interface StartRequest {
  /** The process whose input and outputs the command gets. */
  readonly pid: number;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Who gets back the files that root made. */
  readonly uid: number;
  readonly gid: number;
  /** Where; nowhere without it. */
  readonly project?: string;
}

/** What it is told after that: a signal for the command. The end of its input means that everything has to end. */
export interface SignalRequest {
  readonly signal: NodeJS.Signals;
}

/** What the helper tells, in lines of JSON on its output. */
export type Report =
  | { readonly kind: 'started' }
  | { readonly kind: 'failed'; readonly message: string }
  | {
      readonly kind: 'ended';
      readonly exitCode: number;
      /** How many processes the command had left, which were killed. */
      readonly killed: number;
      /** Files that stay root's, as they have another name, which may be anywhere. */
      readonly kept: readonly string[];
    };
