import { align } from './attribute-writer.js';
import { viewOf } from './attributes.js';
import { malformed } from './malformed.js';

/** struct nlmsghdr: length and type, flags, sequence, port. */
export const MESSAGE_HEADER_BYTES = 16;

/** Types of messages that every netlink family has. */
export const NLMSG = { NOOP: 1, ERROR: 2, DONE: 3, OVERRUN: 4 } as const;

/** Flags of messages: include/uapi/linux/netlink.h. Some bits mean another thing in another kind of message. */
export const NLM_F = {
  REQUEST: 0x1,
  MULTI: 0x2,
  ACK: 0x4,
  /** Send back what came of it: how the kernel tells the names that it chose. */
  ECHO: 0x8,
  /** On a dump's messages: what is listed changed meanwhile, so the list may be wrong. */
  DUMP_INTR: 0x10,
  /** For a listing (NLM_F_ROOT | NLM_F_MATCH). */
  DUMP: 0x300,
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  /** Beside what is there, behind it. */
  APPEND: 0x800,
  /** On an acknowledgement: the request is not repeated in it. */
  CAPPED: 0x100,
  /** On an acknowledgement: attributes with the extended acknowledgement follow. */
  ACK_TLVS: 0x200,
} as const;

/** Types of rtnetlink's messages: include/uapi/linux/rtnetlink.h. */
export const RTM = {
  RTM_NEWLINK: 16,
  RTM_DELLINK: 17,
  RTM_GETLINK: 18,
  RTM_SETLINK: 19,
  RTM_NEWADDR: 20,
  RTM_DELADDR: 21,
  RTM_GETADDR: 22,
  RTM_NEWROUTE: 24,
  RTM_DELROUTE: 25,
  RTM_GETROUTE: 26,
  RTM_NEWNEIGH: 28,
  RTM_DELNEIGH: 29,
  RTM_GETNEIGH: 30,
  RTM_NEWRULE: 32,
  RTM_DELRULE: 33,
  RTM_GETRULE: 34,
  RTM_NEWQDISC: 36,
  RTM_DELQDISC: 37,
  RTM_GETQDISC: 38,
  RTM_NEWTFILTER: 44,
  RTM_DELTFILTER: 45,
  RTM_GETTFILTER: 46,
  RTM_NEWNETCONF: 80,
  RTM_DELNETCONF: 81,
  RTM_GETNETCONF: 82,
  RTM_NEWMDB: 84,
  RTM_DELMDB: 85,
  RTM_GETMDB: 86,
  RTM_NEWNSID: 88,
  RTM_DELNSID: 89,
  RTM_GETNSID: 90,
  RTM_NEWSTATS: 92,
  RTM_GETSTATS: 94,
  RTM_NEWLINKPROP: 108,
  RTM_DELLINKPROP: 109,
} as const;

/** What to ask the kernel for: made by an `encode…` function, sent by a `NetlinkConversation`. */
export interface NetlinkRequest {
  /** The type by name, for messages: `RTM_NEWQDISC`. */
  readonly name: string;
  readonly type: number;
  /** Flags beside NLM_F_REQUEST, NLM_F_ACK and NLM_F_DUMP, which the conversation adds. */
  readonly flags: number;
  /** The family's header and the attributes. */
  readonly payload: Uint8Array;
  /** What this is meant to do, for errors: `create clsact on interface 4`. */
  readonly action: string;
}

/** A message as it came. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly portId: number;
  /** The family's header and the attributes. */
  readonly payload: Uint8Array;
}

/** A request to rtnetlink. */
export function createRequest(
  name: keyof typeof RTM,
  payload: Uint8Array,
  action: string,
  flags: number = 0,
): NetlinkRequest {
  return { name, type: RTM[name], flags, payload, action };
}

/** One request with its number, ready to be sent; several may follow each other in one datagram. */
export interface NumberedRequest {
  readonly request: NetlinkRequest;
  readonly sequence: number;
  /** All of the message's flags. */
  readonly flags: number;
}

/** Writes requests one after the other, each with its header and aligned. */
export function encodeMessages(requests: readonly NumberedRequest[]): Uint8Array {
  const bytes = new Uint8Array(requests.reduce((sum, { request }) => sum + messageBytes(request), 0));
  const view = viewOf(bytes);
  let start = 0;
  for (const { request, sequence, flags } of requests) {
    view.setUint32(start, MESSAGE_HEADER_BYTES + request.payload.length, true);
    view.setUint16(start + 4, request.type, true);
    view.setUint16(start + 6, flags, true);
    view.setUint32(start + 8, sequence, true);
    bytes.set(request.payload, start + MESSAGE_HEADER_BYTES);
    start += messageBytes(request);
  }
  return bytes;
}

/** How much room a request takes in a datagram. */
export function messageBytes(request: NetlinkRequest): number {
  return align(MESSAGE_HEADER_BYTES + request.payload.length);
}

/**
 * The messages of a datagram. Their payloads are views of its bytes.
 *
 * @throws KernelError EBADMSG for a message that claims less than its header, or more than there is, as the last one of
 * a datagram that was cut off does. Those before it are handed out first.
 */
export function* decodeMessages(datagram: Uint8Array): Generator<NetlinkMessage, void, undefined> {
  const view = viewOf(datagram);
  let start = 0;
  while (start < datagram.length) {
    const left = datagram.length - start;
    const length = left < MESSAGE_HEADER_BYTES ? MESSAGE_HEADER_BYTES : view.getUint32(start, true);
    if (length < MESSAGE_HEADER_BYTES || length > left) {
      throw malformed(
        `a datagram of ${datagram.length} bytes`,
        `The message at byte ${start} says that it has ${length} bytes, of ${left} that are left`,
      );
    }
    yield {
      type: view.getUint16(start + 4, true),
      flags: view.getUint16(start + 6, true),
      sequence: view.getUint32(start + 8, true),
      portId: view.getUint32(start + 12, true),
      payload: datagram.subarray(start + MESSAGE_HEADER_BYTES, start + length),
    };
    start += align(length);
  }
}

/**
 * A family's header at the start of a message.
 *
 * @throws KernelError EBADMSG for a message that is shorter than its header.
 */
export function readHeader(message: NetlinkMessage, what: string, headerBytes: number): DataView {
  const { payload } = message;
  if (payload.length < headerBytes) {
    throw malformed(what, `It has ${payload.length} bytes where a header of ${headerBytes} was expected`);
  }
  return viewOf(payload);
}
