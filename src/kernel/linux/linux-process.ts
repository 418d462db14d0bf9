import type { KernelPoints } from '../calls/kernel-points.js';
import { KernelProcess } from '../kernel-process.js';
import { LinuxBackend } from './linux-backend.js';
import type { LinuxCaller } from './linux-caller.js';

/**
 * Another process on a Linux kernel, as far as the kernel can tell them apart: its own rights, its own network namespace,
 * and handles that mean nothing to others. Make one with `LinuxKernel.process()`.
 */
export class LinuxProcess extends KernelProcess {
  /** @internal */
  constructor(caller: LinuxCaller, points: KernelPoints) {
    super({ backend: new LinuxBackend(caller), points, exit: () => caller.exit() });
  }
}
