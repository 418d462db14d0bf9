import { quote } from '../../core/errors.js';
import { Frame } from '../wire/frame.js';
import type { FrameChunk } from './capture-protocol.js';
import { PACKET_HEADER_BYTES, paddingOf } from './pcapng.js';

/** Where frames are captured: an end of a link. */
export interface CapturePort {
  readonly link: string;
  readonly node: string;
  readonly interface: string;
}

/** What {@link CapturedFrame} is made of. */
export interface CapturedFrameDetails {
  readonly bytes: Uint8Array;
  readonly index: number;
  readonly atNs: bigint;
  readonly port: CapturePort;
  readonly direction: 'in' | 'out';
  readonly lengthBytes: number;
}

/** A frame as it passed an end of a link, its headers decoded when they are asked for. */
export class CapturedFrame extends Frame {
  /** Which of all frames of the capture it is, from 0. */
  readonly index: number;
  /** When the kernel saw it, in nanoseconds since 1970. */
  readonly atNs: bigint;
  readonly port: CapturePort;
  /** Whether it came in at the port, or left by it. */
  readonly direction: 'in' | 'out';
  /** How long it was; `bytes` may be less of it. */
  readonly lengthBytes: number;

  /** @internal */
  constructor({ bytes, index, atNs, port, direction, lengthBytes }: CapturedFrameDetails) {
    super(bytes);
    this.index = index;
    this.atNs = atNs;
    this.port = port;
    this.direction = direction;
    this.lengthBytes = lengthBytes;
  }

  /** When the kernel saw it, in milliseconds since 1970, as `Date.now()` but with a fraction. */
  get atMs(): number {
    return Number(this.atNs / 1000n) / 1000;
  }
}

/** The frames in packet blocks of pcapng, which this project wrote. */
export function* decodeChunk({ bytes, first }: FrameChunk, ports: readonly CapturePort[]): Generator<CapturedFrame> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let index = first;
  for (let at = 0; at < bytes.length; at += view.getUint32(at + 4, true)) {
    const port = ports[view.getUint32(at + 8, true)] as CapturePort;
    const kept = view.getUint32(at + 20, true);
    const start = at + PACKET_HEADER_BYTES;
    const flags = view.getUint32(start + kept + paddingOf(kept) + 4, true);
    yield new CapturedFrame({
      bytes: bytes.subarray(start, start + kept),
      index,
      atNs: (BigInt(view.getUint32(at + 12, true)) << 32n) | BigInt(view.getUint32(at + 16, true)),
      port,
      direction: (flags & 3) === 2 ? 'out' : 'in',
      lengthBytes: view.getUint32(at + 24, true),
    });
    index += 1;
  }
}

/** One line about a frame, for a message: `udp 10.0.0.1:4000 > 10.0.0.2:53, 60 bytes, in at right:eth0`. */
export function describeFrame(frame: CapturedFrame): string {
  const { port, direction, lengthBytes } = frame;
  return `${describeHeaders(frame)}, ${lengthBytes} bytes, ${direction} at ${port.node}:${port.interface} (link ${quote(port.link)})`;
}

const NAMES: Readonly<Record<number, string>> = { 1: 'icmp', 2: 'igmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' };

function describeHeaders({ ethernet, arp, ip, udp, tcp }: CapturedFrame): string {
  if (arp !== undefined) return `arp ${arp.senderAddress} asks or tells ${arp.targetAddress}`;
  if (ip === undefined) return `a frame of type 0x${(ethernet?.etherType ?? 0).toString(16).padStart(4, '0')}`;
  const ports = udp ?? tcp;
  const name = NAMES[ip.protocol] ?? `protocol ${ip.protocol}`;
  const join = (address: string, port: number | undefined): string =>
    port === undefined ? address : ip.version === 6 ? `[${address}]:${port}` : `${address}:${port}`;
  return `${name} ${join(ip.source, ports?.sourcePort)} > ${join(ip.destination, ports?.destinationPort)}`;
}
