import { KernelCalls } from '../calls/kernel-calls.js';
import type { KernelPoints } from '../calls/kernel-points.js';
import { LinuxBackend } from './linux-backend.js';
import type { LinuxCaller } from './linux-caller.js';

/**
 * Another process on a Linux kernel, as far as the kernel can tell them apart: its own rights, its own network namespace,
 * and handles that mean nothing to others. Make one with `LinuxKernel.process()`.
 */
export class LinuxProcess extends KernelCalls implements AsyncDisposable {
  readonly #caller: LinuxCaller;

  /** @internal */
  constructor(caller: LinuxCaller, points: KernelPoints) {
    super(new LinuxBackend(caller), points);
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
