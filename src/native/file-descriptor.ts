import { close } from 'node:fs';
import { requireResult, systemCall, systemCallInPool } from './system-call.js';

const F_DUPFD_CLOEXEC = 1030;

/** A file descriptor and the duty to close it. */
export class FileDescriptor implements Disposable {
  /** What the kernel calls it; it means another file, or none, once this is closed. */
  readonly number: number;
  #closed = false;

  constructor(number: number) {
    this.number = number;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Another descriptor of the same file, which a program that is executed does not get. @throws KernelError EMFILE */
  duplicate(): FileDescriptor {
    const description = { syscall: 'fcntl(F_DUPFD_CLOEXEC)', action: `duplicate file descriptor ${this.number}` };
    return new FileDescriptor(requireResult(systemCall('fcntl', this.number, F_DUPFD_CLOEXEC, 0), description));
  }

  /** Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    systemCall('close', this.number);
  }

  /** Closes it in another thread, where that takes the kernel long; it is taken for closed at once. Safe to call twice. */
  async closeElsewhere(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await new Promise<void>((resolve) => {
      close(this.number, () => resolve());
    });
  }

  /** The same in Node's pool of threads, for what the kernel closes slowly. Safe to call twice. */
  async closeInPool(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await systemCallInPool('close', this.number);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
