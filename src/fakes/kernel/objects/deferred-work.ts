/** When the kernel does what it puts off: at once, or when the test says so. */
export type DeferredMode = 'immediate' | 'manual';

interface Task {
  readonly label: string;
  readonly run: () => void;
}

/**
 * The kernel's work queue for what it frees later: objects whose last pin was removed (kernel/bpf/inode.c, the inode's
 * release; kernel/bpf/syscall.c, bpf_link_put → bpf_link_put_deferred). In manual mode each step is taken by hand, so
 * that what others see in between can be tested: an id that is gone while its hook is still busy.
 *
 * @example
 * ```ts
 * const kernel = new FakeKernel({ deferred: 'manual' });
 * await kernel.unpin('/sys/fs/bpf/link'); // the last reference
 * kernel.deferred.step(); // 'free the id of link 1': it is no longer listed
 * await kernel.attach(spec); // EBUSY: the hook is still taken
 * kernel.deferred.step(); // 'release the hook of link 1'
 * ```
 */
export class DeferredWork {
  readonly mode: DeferredMode;
  #tasks: Task[] = [];

  constructor(mode: DeferredMode) {
    this.mode = mode;
  }

  /** What is still to be done, in order. */
  get pending(): readonly string[] {
    return this.#tasks.map((task) => task.label);
  }

  /** Takes the next step. Returns what was done, `undefined` when there was nothing to do. */
  step(): string | undefined {
    const task = this.#tasks.shift();
    task?.run();
    return task?.label;
  }

  /** Takes every step that is left, those that arise meanwhile too. Returns how many. */
  drain(): number {
    let count = 0;
    while (this.step() !== undefined) count += 1;
    return count;
  }

  /** @internal */
  push(label: string, run: () => void): void {
    if (this.mode === 'immediate') run();
    else this.#tasks.push({ label, run });
  }

  /** @internal */
  clear(): void {
    this.#tasks = [];
  }
}
