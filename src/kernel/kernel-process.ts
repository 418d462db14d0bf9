import type { KernelBackend } from './backend.js';
import { KernelCalls } from './calls/kernel-calls.js';
import type { KernelPoints } from './calls/kernel-points.js';

/** A backend and how its process ends. */
export interface ProcessParts {
  readonly backend: KernelBackend;
  readonly points: KernelPoints;
  /** Closes every handle; later calls are refused. Safe to call twice. */
  readonly exit: () => void;
}

/** Another process on a kernel than its first, real or not. */
export abstract class KernelProcess extends KernelCalls implements AsyncDisposable {
  readonly #backend: KernelBackend;
  readonly #exit: () => void;

  protected constructor({ backend, points, exit }: ProcessParts) {
    super(backend, points);
    this.#backend = backend;
    this.#exit = exit;
  }

  /** How many handles it has open. */
  handleCount(): number {
    return this.#backend.handleCount;
  }

  /** Ends the process: all its handles are closed, and what only they held is freed. Safe to call twice. */
  exit(): void {
    this.#exit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.exit();
  }
}
