import type { Socket } from 'node:net';
import { isThenable } from '../core/is-thenable.js';
import { errnoOf } from '../core/kernel-error.js';
import { type Decoded, type Framing, MAX_MESSAGE_BYTES } from './framing.js';
import { MessageError } from './message-error.js';

/** What a stream of messages goes by. */
export interface MessageStreamSettings<Message> {
  readonly framing: Framing<Message>;
  /** How large a message may be, in bytes, either way. @defaultValue 67108864, 64 MiB */
  readonly maxMessageBytes?: number;
  /** How much is kept for a peer that does not read, in bytes. @defaultValue 67108864, 64 MiB */
  readonly maxBacklogBytes?: number;
  /** How messages call it: `connection 3`. */
  readonly label: string;
}

/** How a connection ended. */
export interface StreamEnd {
  /** What was wrong: garbage, half a message, a reset. Missing where one side just ended it. */
  readonly error?: Error;
}

/** How much is kept for a peer where nothing else is said, in bytes: 64 MiB. */
export const MAX_BACKLOG_BYTES = 67_108_864;

/**
 * A connection that carries messages, both ways. They are taken one after the other, in their order, and no faster than
 * they are dealt with: what is not read yet stays with the sender.
 */
export class MessageStream<Message> {
  /** Resolves when it has ended, in whatever way; never rejects. */
  readonly ended: Promise<StreamEnd>;
  readonly #socket: Socket;
  readonly #settings: Required<MessageStreamSettings<Message>>;
  readonly #take: (message: Message) => unknown;
  #error: Error | undefined;
  #isClosing = false;
  #isCorked = false;
  #isPaused = false;
  #isBusy = false;

  /** @param take - Deals with a message; the next one waits for a promise that it returns. What it throws ends the
   * connection, and is nobody's but the process's: uncaught. */
  constructor(socket: Socket, settings: MessageStreamSettings<Message>, take: (message: Message) => unknown) {
    this.#socket = socket;
    this.#settings = { maxMessageBytes: MAX_MESSAGE_BYTES, maxBacklogBytes: MAX_BACKLOG_BYTES, ...settings };
    this.#take = take;
    const decoder = settings.framing.createDecoder(this.#settings.maxMessageBytes);
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#deal(decoder.push(bytes), 0));
    socket.once('end', () => {
      if (decoder.pendingBytes > 0) this.#fail(this.#createCutOff(decoder.pendingBytes));
    });
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    this.ended = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosing = true;
        resolve(this.#error === undefined ? {} : { error: this.#error });
      });
    });
  }

  /** How many bytes were sent that the kernel has not taken, for the peer does not read them. */
  get backlogBytes(): number {
    return this.#socket.writableLength;
  }

  /** Whether messages can be sent. */
  get isOpen(): boolean {
    return !this.#isClosing && this.#socket.writable;
  }

  /**
   * Sends a message; those of one turn of the event loop go in one system call.
   *
   * @returns whether the peer keeps up; when it does not, `drained` tells when it has
   * @throws MessageError `_TOO_LARGE`; `_BACKLOG` when more would have to be kept than is allowed; `_CLOSED`
   */
  send(message: Message): boolean {
    const { framing, label, maxMessageBytes, maxBacklogBytes } = this.#settings;
    if (!this.isOpen) throw this.#createClosed('nothing can be sent');
    const bytes = framing.encode(message);
    if (bytes.length > maxMessageBytes)
      throw new MessageError(
        'ERR_GLOVEBOX_MESSAGE_TOO_LARGE',
        `${label}: a message of ${bytes.length} bytes was to be sent, and ${maxMessageBytes} are allowed`,
      );
    const backlogBytes = this.backlogBytes + bytes.length;
    if (backlogBytes > maxBacklogBytes)
      throw new MessageError(
        'ERR_GLOVEBOX_MESSAGE_BACKLOG',
        `${label}: the other side does not read: ${backlogBytes} bytes would wait for it, and ${maxBacklogBytes} may. Wait for drained() between messages`,
      );
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      queueMicrotask(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    return this.#socket.write(bytes) && !this.#socket.writableNeedDrain;
  }

  /** Sends bytes as they are, which need be no message. */
  sendBytes(bytes: Uint8Array): void {
    if (this.isOpen) this.#socket.write(bytes);
  }

  /** Resolves when the peer has kept up: little waits for it. @throws MessageError `_CLOSED` when it ends first */
  async drained(): Promise<void> {
    if (!this.isOpen) throw this.#createClosed('what was sent last may be lost');
    if (!this.#socket.writableNeedDrain) return;
    const drain = new Promise<'drained'>((resolve) => this.#socket.once('drain', () => resolve('drained')));
    if ((await Promise.race([drain, this.ended])) !== 'drained')
      throw this.#createClosed('what was sent last may be lost');
  }

  /** Takes no more messages until {@link resume}: what comes fills the buffers, and then waits with the sender. */
  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isBusy) this.#socket.resume();
  }

  /** Ends it when what was sent is on its way; what still comes is taken. */
  finish(): void {
    this.#isClosing = true;
    this.#socket.end();
  }

  /** Ends it at once. Safe to call twice. */
  destroy(): void {
    this.#isClosing = true;
    this.#socket.destroy();
  }

  /** Deals with messages from one on, until one has to be waited for. */
  #deal(decoded: Decoded<Message>, from: number): void {
    for (let index = from; index < decoded.messages.length; index += 1) {
      if (this.#socket.destroyed) return;
      let answer: unknown;
      try {
        // Within the list: the decoder made it.
        answer = this.#take(decoded.messages[index] as Message);
      } catch (error) {
        this.destroy();
        throw error;
      }
      if (!isThenable(answer)) continue;
      this.#isBusy = true;
      this.#socket.pause();
      answer.then(
        () => this.#deal(decoded, index + 1),
        (error: unknown) => {
          this.destroy();
          throw error;
        },
      );
      return;
    }
    if (decoded.error !== undefined) this.#fail(this.#label(decoded.error));
    else if (this.#isBusy) {
      this.#isBusy = false;
      if (!this.#isPaused) this.#socket.resume();
    }
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.destroy();
  }

  #label(error: MessageError): MessageError {
    const options = error.cause === undefined ? {} : { cause: error.cause };
    return new MessageError(error.code, `${this.#settings.label}: ${error.message}`, options);
  }

  #createCutOff(bytes: number): MessageError {
    const text = `${this.#settings.label}: the connection ended in the middle of a message, of which ${bytes} bytes had come`;
    return new MessageError('ERR_GLOVEBOX_MESSAGE_CUT_OFF', text);
  }

  #createClosed(consequence: string): MessageError {
    const why = this.#error === undefined ? 'is closed' : `has ended (${errnoOf(this.#error) ?? this.#error.message})`;
    const options = this.#error === undefined ? {} : { cause: this.#error };
    return new MessageError('ERR_GLOVEBOX_MESSAGE_CLOSED', `${this.#settings.label} ${why}: ${consequence}`, options);
  }
}
