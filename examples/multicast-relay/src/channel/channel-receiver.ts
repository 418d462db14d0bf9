import { closeSync, rmSync } from 'node:fs';
import { addressOf, EAGAIN } from '../system/libc.ts';
import { acceptAt, listenAt, receiveMessage } from '../system/seqpacket.ts';
import { MAX_MESSAGE_BYTES } from './channel-message.ts';

/** The end of the channel that the egress worker has: it listens, and receives from whoever connected last. */
export class ChannelReceiver {
  readonly path: string;
  readonly view = new DataView(new ArrayBuffer(MAX_MESSAGE_BYTES));
  /** Where messages are. */
  readonly address: bigint = addressOf(new Uint8Array(this.view.buffer));
  readonly #listening: number;
  #connection: number | undefined;
  #isClosed = false;

  /** @throws SystemError */
  constructor(path: string) {
    this.path = path;
    this.#listening = listenAt(path);
  }

  /** What is to be waited for: there is a connection, or a message. */
  get fds(): readonly number[] {
    return this.#connection === undefined ? [this.#listening] : [this.#listening, this.#connection];
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** The size of the next message, which is in {@link view} until the next call; `undefined` when there is none yet. */
  receive(): number | undefined {
    if (this.#connection === undefined) this.#connection = acceptAt(this.#listening);
    if (this.#connection === undefined) return undefined;
    const size = receiveMessage(this.#connection, this.address, MAX_MESSAGE_BYTES);
    if (size > 0) return size;
    if (size === -EAGAIN) return undefined;
    // It has ended, or was reset: there may be another already.
    closeSync(this.#connection);
    this.#connection = undefined;
    return undefined;
  }

  /** Safe to call twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#connection !== undefined) closeSync(this.#connection);
    closeSync(this.#listening);
    rmSync(this.path, { force: true });
  }
}
