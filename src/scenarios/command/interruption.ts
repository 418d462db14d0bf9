import process from 'node:process';

/** What a program ends with that a signal has ended, as shells tell it: 128 and the signal's number. */
const CODES = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

/** Ctrl-C and SIGTERM: the first is told to who listens, and the second ends the process at once. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #listeners = CODES.map(([name, code]) => [name, () => this.#hear(name, code)] as const);
  #exitCode: 130 | 143 | undefined;

  constructor() {
    for (const [name, listener] of this.#listeners) process.on(name, listener);
  }

  /** Aborted by the first. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What the process is to end with; `undefined` while none has come. */
  get exitCode(): 130 | 143 | undefined {
    return this.#exitCode;
  }

  /** Signals do what they do by themselves again. */
  [Symbol.dispose](): void {
    for (const [name, listener] of this.#listeners) process.off(name, listener);
  }

  #hear(name: string, code: 130 | 143): void {
    if (this.#exitCode !== undefined) process.exit(code);
    this.#exitCode = code;
    this.#controller.abort(new Error(`interrupted by ${name}`));
  }
}
