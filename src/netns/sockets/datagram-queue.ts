import { setDeadline } from './deadline.js';

/** One datagram and who sent it. */
export interface Datagram {
  readonly data: Buffer;
  /** The sender's IP address. */
  readonly address: string;
  readonly port: number;
}

/** What ends a wait in a {@link DatagramQueue}, and with which error. */
export interface QueueWait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  describeSilence(): Error;
  describeAbort(): Error;
}

interface Waiter {
  resolve(datagram: Datagram): void;
  reject(error: Error): void;
}

/** What came and was not asked for, or what was asked for and has not come. */
export class DatagramQueue {
  readonly #maxLength: number;
  readonly #datagrams: Datagram[] = [];
  readonly #waiters = new Set<Waiter>();
  #failure: Error | undefined;
  received = 0;
  dropped = 0;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  get length(): number {
    return this.#datagrams.length;
  }

  push(datagram: Datagram): void {
    this.received += 1;
    const waiter = this.#takeWaiter();
    if (waiter !== undefined) waiter.resolve(datagram);
    else if (this.#datagrams.length < this.#maxLength) this.#datagrams.push(datagram);
    else this.dropped += 1;
  }

  /** An error goes to who waits; that nobody waits for is kept for the next who does. */
  fail(error: Error): void {
    const waiter = this.#takeWaiter();
    if (waiter === undefined) this.#failure = error;
    else waiter.reject(error);
  }

  /** Fails everyone who waits. */
  end(error: Error): void {
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters.clear();
  }

  async next({ describeAbort, describeSilence, signal, timeoutMs }: QueueWait): Promise<Datagram> {
    if (signal?.aborted) throw describeAbort();
    const datagram = this.#datagrams.shift();
    if (datagram !== undefined) return datagram;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
    let settle = (): void => {};
    try {
      return await new Promise<Datagram>((resolve, reject) => {
        const waiter: Waiter = { resolve, reject };
        this.#waiters.add(waiter);
        const cancel = setDeadline(timeoutMs, () => reject(describeSilence()));
        const abort = (): void => reject(describeAbort());
        signal?.addEventListener('abort', abort, { once: true });
        settle = () => {
          this.#waiters.delete(waiter);
          cancel();
          signal?.removeEventListener('abort', abort);
        };
      });
    } finally {
      settle();
    }
  }

  #takeWaiter(): Waiter | undefined {
    const [waiter] = this.#waiters;
    if (waiter !== undefined) this.#waiters.delete(waiter);
    return waiter;
  }
}
