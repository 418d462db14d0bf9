import type { MessageStream, StreamEnd } from './message-stream.js';

/** A connection of a server. */
export class MessageConnection<Message> {
  /** Which one of the server it is, from 1. */
  readonly id: number;
  /** Resolves when it has ended, in whatever way, with what was wrong; never rejects. */
  readonly ended: Promise<StreamEnd>;
  readonly #stream: MessageStream<Message>;

  /** @internal Use `serveMessages`. */
  constructor(id: number, stream: MessageStream<Message>) {
    this.id = id;
    this.#stream = stream;
    this.ended = stream.ended;
  }

  /** Whether messages can be sent. */
  get isOpen(): boolean {
    return this.#stream.isOpen;
  }

  /** How many bytes were sent that the kernel has not taken, for the peer does not read them. */
  get backlogBytes(): number {
    return this.#stream.backlogBytes;
  }

  /**
   * Sends a message.
   *
   * @returns whether the peer keeps up; when it does not, `drained` tells when it has
   * @throws MessageError `ERR_GLOVEBOX_MESSAGE_TOO_LARGE`, `_BACKLOG`, `_CLOSED`
   */
  send(message: Message): boolean {
    return this.#stream.send(message);
  }

  /** Sends bytes as they are: half a message, or none. */
  sendBytes(bytes: Uint8Array): void {
    this.#stream.sendBytes(bytes);
  }

  /** Resolves when the peer has kept up. @throws MessageError `_CLOSED` when it ends first */
  drained(): Promise<void> {
    return this.#stream.drained();
  }

  /** Takes no more messages until `resume`: what comes fills the buffers, and then waits with the sender. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Ends it when what was sent is on its way. Safe to call twice. */
  close(): void {
    this.#stream.finish();
  }

  /** Ends it at once; what was sent last may be lost. Safe to call twice. */
  destroy(): void {
    this.#stream.destroy();
  }
}
