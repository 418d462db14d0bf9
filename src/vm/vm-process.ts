import type { Readable, Writable } from 'node:stream';
import type { AgentExit, AgentProcess } from './agent/agent-process.js';

/**
 * A program that runs in a guest. When the machine is gone, its streams end with the error: who reads or writes one hears of
 * it, and where nobody does, `exit` alone tells. An interface of `node:readline` makes it an `error` event of its own, for
 * which it needs a listener.
 */
export class VmProcess {
  readonly #program: AgentProcess;
  /** Resolves with its process id in the guest. @throws KernelError ENOENT for an unknown program @throws VmError */
  readonly started: Promise<number>;
  /** Resolves when it has ended. @throws VmError as soon as the guest panics, hangs or is gone */
  readonly exit: Promise<AgentExit>;

  /** @internal Use `vm.spawn`. */
  constructor(program: AgentProcess, guard: <T>(promise: Promise<T>) => Promise<T>) {
    this.#program = program;
    this.started = guard(program.started);
    this.exit = guard(program.exit);
    // Whoever waits for one of the two hears of it.
    this.started.catch(() => {});
    this.exit.catch(() => {});
  }

  /** What it reads; ending it is an end of file for the program. */
  get stdin(): Writable {
    return this.#program.stdin;
  }

  /** What it writes to its standard output. */
  get stdout(): Readable {
    return this.#program.stdout;
  }

  /** What it writes to its standard error. */
  get stderr(): Readable {
    return this.#program.stderr;
  }

  /** Sends it a signal, or with `group` all that it has started too; nothing when it has ended. @throws UsageError */
  signal(name: NodeJS.Signals, options: { readonly group?: boolean } = {}): void {
    this.#program.signal(name, options);
  }
}
