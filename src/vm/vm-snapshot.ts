import { DisposedError } from '../core/errors.js';
import type { VmKernel } from './kernel/vm-kernel.js';
import type { MachineSpec } from './qemu/command-line.js';
import type { NamelessFile } from './qemu/nameless-file.js';

/** What a snapshot is made of. */
export interface SnapshotParts<M> {
  readonly spec: MachineSpec;
  readonly kernel: VmKernel;
  readonly memory: NamelessFile;
  /** Starts a machine of it. */
  readonly restore: (snapshot: SnapshotParts<M>, options: RestoreOptions) => Promise<M>;
}

/** How a machine is restored. */
export interface RestoreOptions {
  /** How long it may take until its agent answers, in milliseconds. @defaultValue 60000 */
  readonly timeoutMs?: number;
  /** Calls it off. */
  readonly signal?: AbortSignal;
}

/** All that a machine was at a moment, in a file without a name: any number of machines go on from there. */
export class VmSnapshot<M> implements AsyncDisposable {
  readonly #parts: SnapshotParts<M>;

  /** @internal Use `vm.snapshot()`. */
  constructor(parts: SnapshotParts<M>) {
    this.#parts = parts;
  }

  /** How much it takes of the folder for temporary files. */
  get sizeBytes(): number {
    return this.#parts.memory.sizeBytes;
  }

  /**
   * A machine that goes on from there, with the time of now and random numbers of its own.
   *
   * @throws DisposedError @throws VmError `ERR_GLOVEBOX_VM_SNAPSHOT` when its agent does not answer
   */
  async restore(options: RestoreOptions = {}): Promise<M> {
    if (this.#parts.memory.descriptor.closed) throw new DisposedError('the snapshot', 'restore()');
    return this.#parts.restore(this.#parts, options);
  }

  /** Gives the memory back; machines that were restored go on. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.memory[Symbol.dispose]();
  }
}
