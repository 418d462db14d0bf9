import type { Socket } from 'node:net';
import type { Framing } from '../../messages/framing.js';
import { MessageError } from '../../messages/message-error.js';
import { MessageStream } from '../../messages/message-stream.js';
import { GARBAGE } from './garbage.js';
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
  readonly #stream: MessageStream<Message>;

  constructor(
    id: number,
    socket: Socket,
    { framing, gate, handle }: { framing: Framing<Message>; gate: MessageGate; handle: MessageHandler<Message> },
  ) {
    this.id = id;
    this.#stream = new MessageStream(socket, { framing, label: `connection ${id}` }, (message) =>
      this.#take(message, gate, handle),
    );
    void this.#stream.ended.then(({ error }) => {
      // One that was reset has just ended.
      if (error instanceof MessageError) process.stderr.write(`${describe(id, error)}\n`);
    });
  }

  /** Sends a message of its own accord. What is sent to a connection that has ended is lost. */
  send(message: Message): void {
    if (this.#stream.isOpen) this.#stream.send(message);
  }

  close(): void {
    this.#stream.finish();
  }

  async #take(message: Message, gate: MessageGate, handle: MessageHandler<Message>): Promise<void> {
    await gate.untilReading();
    await gate.take<Answer<Message>>(
      message,
      this.id,
      () => handle(message, this),
      (outcome) => {
        if (outcome.kind === 'disconnect') this.#stream.destroy();
        else if (outcome.kind === 'garbage') this.#stream.sendBytes(GARBAGE);
        else if (outcome.answer !== undefined) this.send(outcome.answer);
      },
    );
    await gate.untilReading();
  }
}

function describe(id: number, error: MessageError): string {
  const isGarbage = error.code === 'ERR_GLOVEBOX_MESSAGE_MALFORMED';
  return isGarbage ? `connection ${id}: what came is no message: ${String(error.cause ?? error)}` : error.message;
}
