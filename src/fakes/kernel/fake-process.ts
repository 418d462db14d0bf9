import type { Caller } from './caller.js';
import type { Capability } from './capabilities.js';
import { SystemCalls } from './system-calls.js';

/** What a process of a fake kernel may do, and where it is. */
export interface FakeProcessOptions {
  /** @defaultValue all that are modelled */
  readonly capabilities?: readonly Capability[];
  /** The path of its network namespace. @defaultValue the machine's first */
  readonly netns?: string;
}

/**
 * Another process on a fake kernel: it makes the same calls, with its own rights, its own network namespace and its
 * own handles, which mean nothing to other processes. Make one with `FakeKernel.process()`.
 */
export class FakeProcess extends SystemCalls implements AsyncDisposable {
  readonly #caller: Caller;

  /** @internal */
  constructor(caller: Caller) {
    super(caller);
    this.#caller = caller;
  }

  /** How many handles it has open. */
  handleCount(): number {
    return this.#caller.handles.size;
  }

  /** Ends the process: all its handles are closed, and what only they held is freed. Safe to call twice. */
  exit(): void {
    this.#caller.exit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.exit();
  }
}
