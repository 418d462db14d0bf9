import type { Socket } from 'node:net';
import { BusError, messageOf } from '../errors.ts';
import { LineChannel } from '../protocol/line-channel.ts';
import type { FromBroker } from '../protocol/messages.ts';

/** What a session tells its broker. */
export interface SessionEvents {
  onMessages(session: Session, messages: readonly unknown[]): void;
  onClosed(session: Session): void;
}

/** What a broker needs of whoever is connected. */
export interface Peer {
  readonly name: string;
  readonly isGone: boolean;
  send(message: FromBroker): void;
}

/** One connection to a broker. */
export class Session implements Peer {
  /** Empty until it has said hello. */
  name = '';
  lastHeardMs: number;
  /** It has been silent for too long; it may come back. */
  isLost = false;
  /** Nothing that it says counts any more. */
  isGone = false;
  readonly #socket: Socket;
  readonly #channel: LineChannel<unknown, FromBroker>;

  constructor(socket: Socket, nowMs: number, events: SessionEvents) {
    this.#socket = socket;
    this.lastHeardMs = nowMs;
    this.#channel = new LineChannel(
      socket,
      (messages) => {
        if (!this.isGone) events.onMessages(this, messages);
      },
      (error) => this.refuse(error),
    );
    socket.on('error', () => {});
    socket.once('close', () => {
      this.isGone = true;
      events.onClosed(this);
    });
  }

  /** How much it has not taken of what it was sent. */
  get pendingBytes(): number {
    return this.#channel.pendingBytes;
  }

  /** Takes effect when the broker has ended its turn. */
  send(message: FromBroker): void {
    this.#channel.send(message);
  }

  flush(): void {
    this.#channel.flush();
  }

  /** Tells what was wrong, and ends it. */
  refuse(error: unknown): void {
    const code = error instanceof BusError ? error.code : 'PROTOCOL';
    this.send({ type: 'error', code, message: messageOf(error) });
    this.end();
  }

  /** Ends it when it has taken what it was sent. */
  end(): void {
    this.isGone = true;
    this.flush();
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.isGone = true;
    this.#socket.destroy();
  }
}
