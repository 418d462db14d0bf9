import { decodeMessages, MESSAGE_HEADER_BYTES, type NetlinkMessage } from '../../../src/netns/netlink/message.js';
import type { NetlinkTransport } from '../../../src/netns/netlink/transport.js';

/** A message of the other side. */
export interface Reply {
  readonly type: number;
  readonly flags?: number;
  readonly sequence: number;
  readonly payload?: Uint8Array;
}

export const ERROR = 2;
export const DONE = 3;

/** An acknowledgement with a short form of the request, as a socket with NETLINK_CAP_ACK gets it. */
export function acknowledge(sequence: number, errno: number = 0): Reply {
  const payload = new Uint8Array(4 + MESSAGE_HEADER_BYTES);
  new DataView(payload.buffer).setInt32(0, -errno, true);
  return { type: ERROR, flags: 0x100, sequence, payload };
}

/** The end of a dump. */
export function done(sequence: number, errno: number = 0): Reply {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setInt32(0, -errno, true);
  return { type: DONE, flags: 2, sequence, payload };
}

/**
 * The other side of a conversation, which answers what it is sent with the datagrams that `answer` says. All of them
 * stand in one buffer, one after the other, as a socket may do it.
 */
export class ScriptedTransport implements NetlinkTransport {
  /** What was sent: the messages of each datagram. */
  readonly sent: (readonly NetlinkMessage[])[] = [];
  readonly #answer: (requests: readonly NetlinkMessage[]) => readonly (readonly Reply[])[];
  readonly #queue: Uint8Array[] = [];
  readonly #buffer = new Uint8Array(64 * 1024);

  constructor(answer: (requests: readonly NetlinkMessage[]) => readonly (readonly Reply[])[]) {
    this.#answer = answer;
  }

  send(bytes: Uint8Array): void {
    const requests = [...decodeMessages(bytes.slice())];
    this.sent.push(requests);
    for (const replies of this.#answer(requests)) this.#queue.push(encodeReplies(replies));
  }

  receive(): Uint8Array {
    const datagram = this.#queue.shift();
    if (datagram === undefined) throw new Error('a conversation waits for more than there is');
    this.#buffer.fill(0xee);
    this.#buffer.set(datagram);
    return this.#buffer.subarray(0, datagram.length);
  }
}

function encodeReplies(replies: readonly Reply[]): Uint8Array {
  return Buffer.concat(
    replies.map(({ type, flags = 0, sequence, payload = new Uint8Array() }) => {
      const bytes = Buffer.alloc((MESSAGE_HEADER_BYTES + payload.length + 3) & ~3);
      bytes.writeUInt32LE(MESSAGE_HEADER_BYTES + payload.length, 0);
      bytes.writeUInt16LE(type, 4);
      bytes.writeUInt16LE(flags, 6);
      bytes.writeUInt32LE(sequence, 8);
      bytes.set(payload, MESSAGE_HEADER_BYTES);
      return bytes;
    }),
  );
}
