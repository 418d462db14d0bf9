import { KernelCalls } from '../../kernel/calls/kernel-calls.js';
import type { KernelPoints } from '../../kernel/calls/kernel-points.js';
import type { Capability } from '../../kernel/capabilities.js';
import type { Caller } from './caller.js';
import { FakeBackend } from './fake-backend.js';

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
export class FakeProcess extends KernelCalls implements AsyncDisposable {
  readonly #caller: Caller;

  /** @internal */
  constructor(caller: Caller, points: KernelPoints) {
    super(new FakeBackend(caller), points);
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
