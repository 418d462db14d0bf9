import type { Socket } from 'node:net';
import { type Framing, GARBAGE } from './framing.js';
import type { MessageGate } from './message-gate.js';

// biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers nothing has no return
type Answer<Message> = Message | undefined | void;

/** Handles a message; what it answers is sent, `undefined` is not. */
export type MessageHandler<Message> = (
  message: Message,
  connection: FramedConnection<Message>,
) => Answer<Message> | Promise<Answer<Message>>;

/** A stream that carries messages. They are handled one after the other, in their order, and no faster than they are answered. */
export class FramedConnection<Message> {
  /** Which connection of the worker it is, from 1. */
  readonly id: number;
  readonly #socket: Socket;
  readonly #framing: Framing<Message>;

  constructor(
    id: number,
    socket: Socket,
    { framing, gate, handle }: { framing: Framing<Message>; gate: MessageGate; handle: MessageHandler<Message> },
  ) {
    this.id = id;
    this.#socket = socket;
    this.#framing = framing;
    socket.on('error', () => socket.destroy());
    void this.#follow(gate, handle);
  }

  /** Sends a message of its own accord. What is sent to a connection that has ended is lost. */
  send(message: Message): void {
    this.#write(this.#framing.encode(message));
  }

  close(): void {
    this.#socket.end();
  }

  #write(bytes: Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  async #follow(gate: MessageGate, handle: MessageHandler<Message>): Promise<void> {
    const decode = this.#framing.createDecoder();
    for await (const chunk of iterate(this.#socket)) {
      let messages: readonly Message[];
      try {
        messages = decode(chunk);
      } catch (error) {
        process.stderr.write(`connection ${this.id}: what came is no message: ${String(error)}\n`);
        this.#socket.destroy();
        return;
      }
      for (const message of messages) {
        await gate.untilReading();
        await gate.take<Answer<Message>>(
          message,
          this.id,
          () => handle(message, this),
          (outcome) => {
            if (outcome.kind === 'disconnect') this.#socket.destroy();
            else if (outcome.kind === 'garbage') this.#write(GARBAGE);
            else if (outcome.answer !== undefined) this.send(outcome.answer);
          },
        );
      }
      await gate.untilReading();
    }
  }
}

/** What comes, piece by piece: no more is read than is asked for. Ends when the connection does, however it does. */
async function* iterate(socket: Socket): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  } catch {
    // One that was reset has ended.
  }
}
