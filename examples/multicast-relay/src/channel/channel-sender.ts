import { closeSync } from 'node:fs';
import { messageOf, nameErrno, SystemError } from '../errors.ts';
import { addressOf, EAGAIN } from '../system/libc.ts';
import { waitUntilWritable } from '../system/poll.ts';
import { connectTo, receiveMessage, sendMessage } from '../system/seqpacket.ts';
import type { ChannelMessageWriter } from './channel-message.ts';

/** How the channel behaves. */
export interface ChannelOptions {
  /** How much may be on its way. */
  readonly capacityBytes: number;
  /** How long a full channel is waited for; what comes after that is dropped, until there is room again. */
  readonly waitMs: number;
}

/** What became of a message. */
export type Handover = 'sent' | 'full' | 'not-connected';

/** The end of the channel that the ingress worker has. It never blocks for longer than it was told to. */
export class ChannelSender {
  readonly #options: ChannelOptions;
  readonly #onWait: () => void;
  readonly #onBreak: (reason: string) => void;
  readonly #nothing = addressOf(new Uint8Array(new ArrayBuffer(8)));
  #fd: number | undefined;
  #isPatient = true;

  constructor(
    options: ChannelOptions,
    events: { readonly onWait: () => void; readonly onBreak: (reason: string) => void },
  ) {
    this.#options = options;
    this.#onWait = events.onWait;
    this.#onBreak = events.onBreak;
  }

  get isConnected(): boolean {
    return this.#fd !== undefined;
  }

  /** What is to be waited for: that the other end is gone. */
  get fds(): readonly number[] {
    return this.#fd === undefined ? [] : [this.#fd];
  }

  /** Sees whether the other end is still there, which says nothing unless it is gone. */
  checkPeer(): void {
    if (this.#fd === undefined) return;
    const result = receiveMessage(this.#fd, this.#nothing, 1);
    if (result === -EAGAIN) return;
    this.close();
    this.#onBreak(result < 0 ? `the egress worker is gone (${nameErrno(-result)})` : 'the egress worker is gone');
  }

  /** Why it could not; `undefined` when it could. */
  connect(path: string): string | undefined {
    this.close();
    try {
      this.#fd = connectTo(path, this.#options.capacityBytes);
      this.#isPatient = true;
      return undefined;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return messageOf(error);
    }
  }

  send(message: ChannelMessageWriter): Handover {
    if (this.#fd === undefined) return 'not-connected';
    for (;;) {
      const result = sendMessage(this.#fd, message.address, message.size);
      if (result >= 0) {
        this.#isPatient = true;
        return 'sent';
      }
      if (result !== -EAGAIN) {
        this.close();
        this.#onBreak(`the egress worker is gone (${nameErrno(-result)})`);
        return 'not-connected';
      }
      if (!this.#isPatient) return 'full';
      this.#onWait();
      // One wait for a channel that is stuck, not one for every message.
      this.#isPatient = waitUntilWritable(this.#fd, this.#options.waitMs);
    }
  }

  /** Safe to call twice. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
