import type { Duplex } from 'node:stream';

/** What is put into a line of shell, quoted; an array is several words. */
export type Word = string | number | readonly (string | number)[];

/** How a program ended; without a code, by a signal. */
export interface ProgramExit {
  readonly code: number | null | undefined;
}

/** A program that runs on a {@link Machine}, and ends with it. */
export interface Program {
  readonly pid: number;
  /** It and everything that it has started that has not ended. */
  pids(): Promise<readonly number[]>;
  /** What it wrote on its standard error. */
  log(): string;
  /** Tells it to end, and waits until it has. */
  stop(): Promise<ProgramExit>;
  kill(): Promise<void>;
  waitForExit(): Promise<ProgramExit>;
}

/** Where the programs of a test run: this machine's kernel, in a network of the test's own, or a virtual machine. */
export interface Machine {
  /** Of the test's own; its path is that on the machine. */
  readonly folder: string;
  /** How long anything on it may take until a test stops to wait for it, in milliseconds. */
  readonly patienceMs: number;
  /** Where it has runc; `undefined` where it has none. */
  readonly runc: string | undefined;
  /**
   * Starts a file of this example with Node.
   *
   * @param script - A name in the folder of the example: `src/main.ts`.
   * @param options - With `isReady`, it is waited for: the program says so on descriptor 3.
   */
  start(script: string, args: readonly string[], options?: { readonly isReady?: boolean }): Promise<Program>;
  /** Runs a line of shell to its end; what it wrote. */
  $(texts: TemplateStringsArray, ...words: readonly Word[]): Promise<string>;
  writeFile(path: string, content: Uint8Array): Promise<void>;
  /** A connection to a socket in its file system. */
  connect(path: string): Duplex;
  /** A request on a connection of its own. */
  fetch(url: string): Promise<{ readonly status: number; readonly body: string }>;
}
