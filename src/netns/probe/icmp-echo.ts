import { isIP } from 'node:net';
import { errnoOf, KernelError } from '../../core/kernel-error.js';
import { CStruct } from '../../native/c-struct.js';
import { FileDescriptor } from '../../native/file-descriptor.js';
import { encodeSocketAddress } from '../../native/socket-address.js';
import { requireResult, systemCall } from '../../native/system-call.js';
import type { Inside } from '../inside.js';
import { formatIpAddress } from '../netlink/ip-address.js';
import { describeRefusal } from './describe-refusal.js';

/** What came back: the echo, or somebody's word that it will not. */
export type EchoAnswer = { readonly kind: 'reply' } | { readonly kind: 'refusal'; readonly reason: string };

const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000;
const EAGAIN = -11;
const HEADER_BYTES = 8;
const MAX_BYTES = 2048;

/** The numbers of ICMP, which RFC 792 and RFC 4443 give: by the version of IP. */
const VERSIONS = {
  4: { family: 2, protocol: 1, request: 8, reply: 0, unreachable: 3, timeExceeded: 11, ipBytes: 20 },
  6: { family: 10, protocol: 58, request: 128, reply: 129, unreachable: 1, timeExceeded: 3, ipBytes: 40 },
} as const;

/** Codes of "unreachable": include/uapi/linux/icmp.h and icmpv6.h. */
const UNREACHABLE = {
  4: new Map([
    [0, 'no route to the network'],
    [1, 'the host does not answer ARP, or no route leads to it'],
    [2, 'no such protocol'],
    [3, 'nobody listens at the port'],
    [4, 'the packet is too big for the next link, and must not be cut'],
    [9, 'refused by a firewall'],
    [10, 'refused by a firewall'],
    [13, 'refused by a firewall'],
  ]),
  6: new Map([
    [0, 'no route'],
    [1, 'refused by a firewall'],
    [3, 'the host does not answer neighbour discovery'],
    [4, 'nobody listens at the port'],
    [5, 'refused by a firewall'],
    [6, 'refused by a route'],
  ]),
} as const;

/** Echo requests to one address, from within a namespace, and what comes back: no `ping` program is needed. */
export class IcmpEcho implements Disposable {
  readonly #fd: FileDescriptor;
  readonly #target: string;
  readonly #address: Uint8Array;
  readonly #version: (typeof VERSIONS)[4 | 6];
  readonly #ipVersion: 4 | 6;
  readonly #id: number;
  readonly #buffer = new Uint8Array(MAX_BYTES);
  #sequence = 0;

  /** @param id - Tells these echoes from those of others. @throws KernelError EPERM without CAP_NET_RAW */
  constructor(inside: Inside, target: string, id: number) {
    this.#target = target;
    this.#address = encodeSocketAddress(target, 0);
    this.#ipVersion = isIP(target) === 6 ? 6 : 4;
    this.#version = VERSIONS[this.#ipVersion];
    this.#id = id & 0xffff;
    const { family, protocol } = this.#version;
    const result = inside.run(() => systemCall('socket', family, SOCK_RAW_NONBLOCK_CLOEXEC, protocol));
    this.#fd = new FileDescriptor(requireResult(result, { syscall: 'socket', action: 'open a raw socket of ICMP' }));
  }

  /** Sends one more request. @returns why it could not even leave; `undefined` when it did */
  send(): string | undefined {
    this.#sequence += 1;
    const packet = this.#encodeRequest();
    const result = systemCall('sendto', this.#fd.number, packet, packet.length, 0, this.#address, this.#address.length);
    try {
      requireResult(result, { syscall: 'sendto', action: `send an echo request to ${this.#target}` });
      return undefined;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      return describeRefusal(errnoOf(error) ?? error.code);
    }
  }

  /** What has come back since the last look: the reply, or else the first refusal. */
  receive(): EchoAnswer | undefined {
    let refusal: EchoAnswer | undefined;
    for (;;) {
      const from = new CStruct(28);
      const size = new CStruct(4).u32(0, 28);
      const length = systemCall('recvfrom', this.#fd.number, this.#buffer, MAX_BYTES, 0, from, size);
      if (length === EAGAIN) return refusal;
      if (length < 0) {
        requireResult(length, { syscall: 'recvfrom', action: 'receive an echo' });
        return refusal;
      }
      const answer = this.#decode(this.#buffer.subarray(0, length), from);
      if (answer?.kind === 'reply') return answer;
      refusal ??= answer;
    }
  }

  [Symbol.dispose](): void {
    this.#fd.close();
  }

  #encodeRequest(): Uint8Array {
    const packet = new Uint8Array(64);
    const view = new DataView(packet.buffer);
    view.setUint8(0, this.#version.request);
    view.setUint16(4, this.#id);
    view.setUint16(6, this.#sequence & 0xffff);
    // Of IPv6 the kernel computes it: net/ipv6/raw.c, rawv6_push_pending_frames.
    if (this.#ipVersion === 4) view.setUint16(2, checksum(packet));
    return packet;
  }

  /** Raw sockets of IPv4 see the IP header, those of IPv6 do not. */
  #decode(bytes: Uint8Array, from: CStruct): EchoAnswer | undefined {
    const start = this.#ipVersion === 4 ? 4 * ((bytes[0] ?? 0) & 0xf) : 0;
    const icmp = bytes.subarray(start);
    if (icmp.length < HEADER_BYTES) return undefined;
    const { request, reply, unreachable, timeExceeded, ipBytes } = this.#version;
    const [type, code = 0] = icmp;
    if (type === reply && readWord(icmp, 4) === this.#id) return { kind: 'reply' };
    if (type !== unreachable && type !== timeExceeded) return undefined;
    // The packet that it is about follows: its IP header, then the request.
    const inner = icmp.subarray(HEADER_BYTES);
    const about = inner.subarray(this.#ipVersion === 4 ? 4 * ((inner[0] ?? 0) & 0xf) : ipBytes);
    if (about[0] !== request || readWord(about, 4) !== this.#id) return undefined;
    const who = formatIpAddress(from.bytes.slice(...(this.#ipVersion === 4 ? [4, 8] : [8, 24])));
    const why =
      type === timeExceeded
        ? 'the packet went round until its TTL was spent: a loop of routes?'
        : (UNREACHABLE[this.#ipVersion].get(code) ?? `unreachable, code ${code}`);
    return { kind: 'refusal', reason: `${who} says: ${why}` };
  }
}

function readWord(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** RFC 1071. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += readWord(bytes, at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
