import type { KernelPoints } from '../../kernel/calls/kernel-points.js';
import type { Capability } from '../../kernel/capabilities.js';
import { KernelProcess } from '../../kernel/kernel-process.js';
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
export class FakeProcess extends KernelProcess {
  /** @internal */
  constructor(caller: Caller, points: KernelPoints) {
    super({ backend: new FakeBackend(caller), points, exit: () => caller.exit() });
  }
}
