import type { Clock } from '../core/clock.js';
import { errnoOf } from '../core/kernel-error.js';
import type { Correlation } from './correlation.js';
import { MessageError } from './message-error.js';
import { MessageReceiver } from './message-receiver.js';
import type { MessageStream, StreamEnd } from './message-stream.js';
import { PendingRequests, type RequestOptions } from './pending-requests.js';

/** How a client connects again. */
export interface ReconnectOptions {
  /** How long to wait before the first attempt, in milliseconds; each wait is twice the one before. @defaultValue 20 */
  readonly delayMs?: number;
  /** How long to wait at most. @defaultValue 1000 */
  readonly maxDelayMs?: number;
  /** How many attempts may fail in a row. @defaultValue as many as it takes */
  readonly attempts?: number;
}

/** What a client is doing. */
export type MessageClientState = 'connected' | 'reconnecting' | 'closed';

/** @internal What a client is made of. */
export interface MessageClientParts<Message> {
  /** `127.0.0.1:9000`. */
  readonly address: string;
  readonly clock: Clock;
  readonly receivedLimit: number | undefined;
  readonly correlation: Correlation<Message> | 'order';
  readonly reconnect: Required<ReconnectOptions> | undefined;
  /** Connects; `take` is called with each message. */
  readonly dial: (
    take: (message: Message) => unknown,
    id: number,
    stopped: AbortSignal,
  ) => Promise<MessageStream<Message>>;
}

/** A client that sends and gets messages. */
export class MessageClient<Message> extends MessageReceiver<Message> implements AsyncDisposable {
  /** Resolves when it is closed, or the connection has ended and is not made again; never rejects. */
  readonly ended: Promise<StreamEnd>;
  readonly #parts: MessageClientParts<Message>;
  readonly #requests: PendingRequests<Message>;
  readonly #stop = new AbortController();
  #stream: MessageStream<Message> | undefined;
  #state: MessageClientState = 'reconnecting';
  #connectionCount = 0;
  #lastError: Error | undefined;
  #finish: (end: StreamEnd) => void = () => {};
  #waiting: (() => void)[] = [];

  /** @internal Use `connectMessages`. */
  constructor(parts: MessageClientParts<Message>) {
    super(parts.receivedLimit, parts.clock);
    this.#parts = parts;
    this.#requests = new PendingRequests<Message>(parts.correlation, parts.clock, () => this.describe());
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** @internal Connects for the first time. */
  async start(): Promise<void> {
    await this.#connect();
  }

  /** Whether there is a connection, or will be one. */
  get state(): MessageClientState {
    return this.#state;
  }

  /** How often it has connected: one more than the connections that it lost. */
  get connectionCount(): number {
    return this.#connectionCount;
  }

  /** How many bytes were sent that the kernel has not taken, for the peer does not read them. */
  get backlogBytes(): number {
    return this.#stream?.backlogBytes ?? 0;
  }

  /** How many requests wait for an answer. */
  get pendingRequests(): number {
    return this.#requests.count;
  }

  /** How many answers came when nobody waited for them any more. */
  get lateAnswers(): number {
    return this.#requests.lateCount;
  }

  /**
   * Sends a message.
   *
   * @returns whether the peer keeps up; when it does not, `drained` tells when it has
   * @throws MessageError `ERR_GLOVEBOX_MESSAGE_CLOSED` while there is no connection, `_TOO_LARGE`, `_BACKLOG`
   */
  send(message: Message): boolean {
    if (this.#stream === undefined) throw this.#createClosed('nothing can be sent');
    return this.#stream.send(message);
  }

  /** Sends bytes as they are: half a message, or none. What is sent while there is no connection is lost. */
  sendBytes(bytes: Uint8Array): void {
    this.#stream?.sendBytes(bytes);
  }

  /** Resolves when the peer has kept up. @throws MessageError `_CLOSED` when the connection ends first */
  async drained(): Promise<void> {
    if (this.#stream === undefined) throw this.#createClosed('what was sent last may be lost');
    await this.#stream.drained();
  }

  /**
   * Sends a request, and waits for its answer: see `correlation`.
   *
   * @throws TimeoutError @throws AbortedError @throws MessageError as `send`, and `_CLOSED` when the connection ends first
   */
  request(message: Message, options: RequestOptions = {}): Promise<Message> {
    return this.#requests.ask(message, (request) => this.send(request), options);
  }

  /** Resolves when there is a connection: at once, or when it is made again. @throws MessageError `_CLOSED` when it will not be */
  async untilConnected(): Promise<void> {
    // A connection that is being closed is none, though its end has not come yet.
    while (this.#state === 'reconnecting' || this.#stream?.isOpen === false)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#state === 'closed') throw this.#createClosed('it does not connect again');
  }

  /** Takes no more messages until `resume`: what comes fills the buffers, and then waits with the peer. */
  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  /** Ends the connection as if the network had: one that reconnects connects again. */
  disconnect(): void {
    this.#stream?.destroy();
  }

  /** Ends it when what was sent is on its way; requests without an answer are rejected. Safe to call twice. */
  async close(): Promise<void> {
    const stream = this.#stream;
    this.#end({});
    stream?.finish();
    await stream?.ended;
  }

  /** Ends it at once. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    const stream = this.#stream;
    this.#end({});
    stream?.destroy();
    await stream?.ended;
  }

  async #connect(): Promise<void> {
    const id = this.#connectionCount + 1;
    const stream = await this.#parts.dial((message) => this.#take(message, id), id, this.#stop.signal);
    if (this.#stop.signal.aborted) {
      stream.destroy();
      throw this.#createClosed('it was closed meanwhile');
    }
    this.#connectionCount = id;
    this.#stream = stream;
    this.#change('connected');
    void stream.ended.then((end) => this.#lose(stream, end));
  }

  #take(message: Message, connection: number): void {
    this.receive(message, connection);
    this.#requests.take(message);
  }

  #lose(stream: MessageStream<Message>, end: StreamEnd): void {
    if (this.#stream === stream) this.#stream = undefined;
    this.#lastError = end.error;
    this.#requests.rejectAll(() => this.#createClosed('there will be no answer'));
    if (this.#stop.signal.aborted) return;
    if (this.#parts.reconnect === undefined) {
      this.#end(end);
      return;
    }
    this.#change('reconnecting');
    void this.#reconnect(this.#parts.reconnect);
  }

  async #reconnect({ delayMs, maxDelayMs, attempts }: Required<ReconnectOptions>): Promise<void> {
    const { signal } = this.#stop;
    let waitMs = Math.min(delayMs, maxDelayMs);
    for (let count = 0; count < attempts; count += 1) {
      try {
        await this.#parts.clock.sleep(waitMs, { signal });
        await this.#connect();
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#lastError = error instanceof Error ? error : new Error(String(error));
      }
      waitMs = Math.min(maxDelayMs, waitMs * 2);
    }
    this.#end(this.#lastError === undefined ? {} : { error: this.#lastError });
  }

  #end(end: StreamEnd): void {
    if (this.#state === 'closed') return;
    this.#stop.abort();
    this.#change('closed');
    this.#stream = undefined;
    this.#requests.rejectAll(() => this.#createClosed('there will be no answer'));
    this.#finish(end);
  }

  #change(state: MessageClientState): void {
    this.#state = state;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  /** @internal */
  describe(): string {
    return `Client of ${this.#parts.address} (${this.#state}${this.#describeError()})`;
  }

  #describeError(): string {
    const error = this.#lastError;
    return error === undefined
      ? ''
      : `: ${error instanceof MessageError ? error.message : (errnoOf(error) ?? error.message)}`;
  }

  #createClosed(consequence: string): MessageError {
    const options = this.#lastError === undefined ? {} : { cause: this.#lastError };
    return new MessageError('ERR_GLOVEBOX_MESSAGE_CLOSED', `${this.describe()}: ${consequence}`, options);
  }
}
