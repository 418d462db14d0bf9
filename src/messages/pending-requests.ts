import type { Clock } from '../core/clock.js';
import { AbortedError, quote, TimeoutError } from '../core/errors.js';
import type { Correlation } from './correlation.js';
import type { MessageError } from './message-error.js';

interface Pending<Message> {
  readonly id: number;
  resolve(message: Message): void;
  reject(error: Error): void;
  /** It was given up; in a protocol of order its answer comes nevertheless, and is no other's. */
  isGivenUp: boolean;
}

/** How an answer is waited for. */
export interface RequestOptions {
  /** In milliseconds. @defaultValue 5000 */
  readonly timeoutMs?: number;
  /** Calls the wait off. */
  readonly signal?: AbortSignal;
}

const REQUEST_TIMEOUT_MS = 5000;

/** The requests of a client that have no answer. */
export class PendingRequests<Message> {
  readonly #correlation: Correlation<Message> | 'order';
  readonly #clock: Clock;
  readonly #describe: () => string;
  /** In the order in which they were sent. */
  readonly #pending = new Map<number, Pending<Message>>();
  #lastId = 0;
  #lateCount = 0;

  constructor(correlation: Correlation<Message> | 'order', clock: Clock, describe: () => string) {
    this.#correlation = correlation;
    this.#clock = clock;
    this.#describe = describe;
  }

  /** How many wait for an answer. */
  get count(): number {
    return [...this.#pending.values()].filter(({ isGivenUp }) => !isGivenUp).length;
  }

  /** How many answers came after they were given up. */
  get lateCount(): number {
    return this.#lateCount;
  }

  /** Takes the answer to a request; `false` for what is none. */
  take(message: Message): boolean {
    const pending = this.#find(message);
    if (pending === undefined) return false;
    this.#pending.delete(pending.id);
    if (pending.isGivenUp) this.#lateCount += 1;
    else pending.resolve(message);
    return true;
  }

  /** Nobody will answer any more. */
  rejectAll(createError: () => MessageError): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const { isGivenUp, reject } of all) if (!isGivenUp) reject(createError());
  }

  /** Sends a request by `send`, and waits for its answer. */
  async ask(
    message: Message,
    send: (message: Message) => void,
    { timeoutMs = REQUEST_TIMEOUT_MS, signal }: RequestOptions,
  ): Promise<Message> {
    if (signal?.aborted === true) throw this.#createAborted(message, signal);
    this.#lastId += 1;
    const id = this.#lastId;
    const request = this.#correlation === 'order' ? message : this.#correlation.attach(message, id);
    const answer = new Promise<Message>((resolve, reject) => {
      this.#pending.set(id, { id, resolve, reject, isGivenUp: false });
    });
    const timer = this.#clock.setTimer(() => this.#giveUp(id, this.#createTimeout(request, timeoutMs)), timeoutMs);
    const abort = (): void => this.#giveUp(id, this.#createAborted(request, signal));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      send(request);
    } catch (error) {
      this.#pending.delete(id);
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      throw error;
    }
    try {
      return await answer;
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
    }
  }

  #find(message: Message): Pending<Message> | undefined {
    if (this.#correlation === 'order') return this.#pending.values().next().value;
    const id = this.#correlation.read(message);
    return id === undefined ? undefined : this.#pending.get(id);
  }

  #giveUp(id: number, error: Error): void {
    const pending = this.#pending.get(id);
    if (pending === undefined || pending.isGivenUp) return;
    pending.isGivenUp = true;
    pending.reject(error);
  }

  #createTimeout(request: Message, timeoutMs: number): TimeoutError {
    return new TimeoutError(`${this.#describe()} has got no answer to ${quote(request)} in ${timeoutMs} ms`, timeoutMs);
  }

  #createAborted(request: Message, signal: AbortSignal | undefined): AbortedError {
    const message = `${this.#describe()}: the request ${quote(request)} was called off`;
    return new AbortedError(message, { cause: signal?.reason });
  }
}
