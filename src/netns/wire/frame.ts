import { formatIpAddress } from '../netlink/ip-address.js';
import { formatMacAddress } from '../netlink/mac-address.js';

/** The Ethernet header of a frame. */
export interface EthernetHeader {
  /** `02:00:00:00:00:01` */
  readonly source: string;
  readonly destination: string;
  /** 0x0800 is IPv4, 0x0806 ARP, 0x86dd IPv6, 0x8100 and 0x88a8 a VLAN tag, behind which there is another. */
  readonly etherType: number;
}

/** An ARP message about IPv4 on Ethernet. */
export interface ArpMessage {
  /** 1 asks, 2 answers. */
  readonly operation: number;
  readonly senderMac: string;
  readonly senderAddress: string;
  readonly targetMac: string;
  readonly targetAddress: string;
}

/** What IPv4 and IPv6 have in common. */
export interface IpHeader {
  readonly version: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** 1 is ICMP, 6 TCP, 17 UDP, 58 ICMPv6; of IPv6, behind its extension headers. */
  readonly protocol: number;
  /** TTL, or hop limit. */
  readonly ttl: number;
  /** Whether this is a fragment that does not begin its packet, so that nothing follows that could be read. */
  readonly isLaterFragment: boolean;
  /** Where the next header begins, in bytes from the start of the frame. */
  readonly payloadOffset: number;
  /** Where the packet ends; what is behind it in the frame is padding. */
  readonly endOffset: number;
}

/** The header of a message of ICMP or ICMPv6. */
export interface IcmpHeader {
  /** 8 of ICMP and 128 of ICMPv6 are a ping, 0 and 129 its answer. */
  readonly type: number;
  readonly code: number;
  readonly payloadOffset: number;
}

/** The header of a datagram. */
export interface UdpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payloadOffset: number;
}

/** The header of a segment of TCP. */
export interface TcpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly syn: boolean;
  readonly ack: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  readonly psh: boolean;
  readonly window: number;
  readonly payloadOffset: number;
}

const ETHERNET_BYTES = 14;
const TYPE = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd, vlan: 0x8100, serviceVlan: 0x88a8 } as const;
const VLAN_BYTES = 4;
const MOST_VLAN_TAGS = 2;
const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;
/** Extension headers of IPv6 that other headers follow: hop-by-hop, routing, destination options (RFC 8200). */
const EXTENSIONS: readonly number[] = [0, 43, 60];
const FRAGMENT = 44;

/**
 * An Ethernet frame, whose headers are decoded when they are asked for, behind two VLAN tags too; a header that is cut short
 * is `undefined`.
 */
export class Frame {
  readonly bytes: Uint8Array;
  #ip: IpHeader | undefined | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Its header of Ethernet; `undefined` when it is too short for one. */
  get ethernet(): EthernetHeader | undefined {
    if (this.bytes.length < ETHERNET_BYTES) return undefined;
    return { destination: this.#mac(0), source: this.#mac(6), etherType: this.#u16(12) };
  }

  /** The VLANs that it is tagged for, the outer one first: 1 to 4094, or 0 for a priority alone. */
  get vlanIds(): readonly number[] {
    const tags = (this.#networkAt() - ETHERNET_BYTES) / VLAN_BYTES;
    return Array.from({ length: tags }, (_none, index) => this.#u16(ETHERNET_BYTES + VLAN_BYTES * index) & 0xfff);
  }

  /** What it asks or answers by ARP; `undefined` for anything else. */
  get arp(): ArpMessage | undefined {
    const at = this.#networkAt();
    // Hardware 1, protocol 0x0800, six and four bytes: all that there is of it on Ethernet.
    const isWhole = this.bytes.length >= at + 28 && this.#u16(at - 2) === TYPE.arp;
    if (!isWhole || this.#u16(at) !== 1 || this.#u16(at + 2) !== TYPE.ipv4 || this.#u16(at + 4) !== 0x0604)
      return undefined;
    return {
      operation: this.#u16(at + 6),
      senderMac: this.#mac(at + 8),
      senderAddress: this.#ipv4(at + 14),
      targetMac: this.#mac(at + 18),
      targetAddress: this.#ipv4(at + 24),
    };
  }

  /** The header of IPv4 or of IPv6. */
  get ip(): IpHeader | undefined {
    if (this.#ip === null) this.#ip = this.#readIp();
    return this.#ip;
  }

  /** Its header of IPv4; `undefined` for anything else. */
  get ipv4(): IpHeader | undefined {
    return this.ip?.version === 4 ? this.ip : undefined;
  }

  /** Its header of IPv6; `undefined` for anything else. */
  get ipv6(): IpHeader | undefined {
    return this.ip?.version === 6 ? this.ip : undefined;
  }

  /** The header of ICMP or of ICMPv6. */
  get icmp(): IcmpHeader | undefined {
    const at = this.#transport(4, this.ip?.version === 6 ? PROTOCOL.icmpv6 : PROTOCOL.icmp);
    return at === undefined ? undefined : { type: this.#u8(at), code: this.#u8(at + 1), payloadOffset: at + 4 };
  }

  /** Its header of UDP; `undefined` for anything else, and for all fragments but the first. */
  get udp(): UdpHeader | undefined {
    const at = this.#transport(8, PROTOCOL.udp);
    if (at === undefined) return undefined;
    return { sourcePort: this.#u16(at), destinationPort: this.#u16(at + 2), payloadOffset: at + 8 };
  }

  /** Its header of TCP; `undefined` for anything else, and for all fragments but the first. */
  get tcp(): TcpHeader | undefined {
    const at = this.#transport(20, PROTOCOL.tcp);
    if (at === undefined) return undefined;
    const headerBytes = (this.#u8(at + 12) >>> 4) * 4;
    if (headerBytes < 20 || at + headerBytes > this.bytes.length) return undefined;
    const flags = this.#u8(at + 13);
    return {
      sourcePort: this.#u16(at),
      destinationPort: this.#u16(at + 2),
      sequence: this.#u32(at + 4),
      acknowledgement: this.#u32(at + 8),
      fin: (flags & 1) !== 0,
      syn: (flags & 2) !== 0,
      rst: (flags & 4) !== 0,
      psh: (flags & 8) !== 0,
      ack: (flags & 16) !== 0,
      window: this.#u16(at + 14),
      payloadOffset: at + headerBytes,
    };
  }

  /** What UDP or TCP carries: a view of the frame's bytes. */
  get payload(): Uint8Array | undefined {
    const start = (this.udp ?? this.tcp)?.payloadOffset;
    const ip = this.ip;
    return start === undefined || ip === undefined
      ? undefined
      : this.bytes.subarray(start, Math.max(start, ip.endOffset));
  }

  /** Where the header of ARP or IP begins: behind the tags. */
  #networkAt(): number {
    let at = ETHERNET_BYTES;
    for (let tags = 0; tags < MOST_VLAN_TAGS; tags += 1) {
      const type = this.#u16(at - 2);
      if ((type !== TYPE.vlan && type !== TYPE.serviceVlan) || at + VLAN_BYTES > this.bytes.length) break;
      at += VLAN_BYTES;
    }
    return at;
  }

  #readIp(): IpHeader | undefined {
    const at = this.#networkAt();
    if (this.bytes.length < at + 20) return undefined;
    const etherType = this.#u16(at - 2);
    if (etherType === TYPE.ipv4) return this.#readIpv4(at);
    return etherType === TYPE.ipv6 ? this.#readIpv6(at) : undefined;
  }

  #readIpv4(start: number): IpHeader | undefined {
    const first = this.#u8(start);
    const headerBytes = (first & 0xf) * 4;
    if (first >>> 4 !== 4 || headerBytes < 20 || this.bytes.length < start + headerBytes) return undefined;
    return {
      version: 4,
      source: this.#ipv4(start + 12),
      destination: this.#ipv4(start + 16),
      protocol: this.#u8(start + 9),
      ttl: this.#u8(start + 8),
      isLaterFragment: (this.#u16(start + 6) & 0x1fff) !== 0,
      payloadOffset: start + headerBytes,
      endOffset: Math.min(this.bytes.length, start + this.#u16(start + 2)),
    };
  }

  #readIpv6(start: number): IpHeader | undefined {
    const { bytes } = this;
    if (this.#u8(start) >>> 4 !== 6 || bytes.length < start + 40) return undefined;
    let protocol = this.#u8(start + 6);
    let at = start + 40;
    let isLaterFragment = false;
    while (at + 8 <= bytes.length && !isLaterFragment && (protocol === FRAGMENT || EXTENSIONS.includes(protocol))) {
      if (protocol === FRAGMENT) isLaterFragment = (this.#u16(at + 2) & 0xfff8) !== 0;
      const next = this.#u8(at);
      at += protocol === FRAGMENT ? 8 : 8 * (this.#u8(at + 1) + 1);
      protocol = next;
    }
    return {
      version: 6,
      source: formatIpAddress(bytes.subarray(start + 8, start + 24)),
      destination: formatIpAddress(bytes.subarray(start + 24, start + 40)),
      protocol,
      ttl: this.#u8(start + 7),
      isLaterFragment,
      payloadOffset: at,
      endOffset: Math.min(bytes.length, start + 40 + this.#u16(start + 4)),
    };
  }

  /** Where a header of a transport begins, if the frame has it whole. */
  #transport(bytes: number, protocol: number): number | undefined {
    const ip = this.ip;
    if (ip === undefined || ip.protocol !== protocol || ip.isLaterFragment) return undefined;
    return ip.payloadOffset + bytes <= this.bytes.length ? ip.payloadOffset : undefined;
  }

  #u8(at: number): number {
    return this.bytes[at] ?? 0;
  }

  #u16(at: number): number {
    return (this.#u8(at) << 8) | this.#u8(at + 1);
  }

  #u32(at: number): number {
    return this.#u16(at) * 65_536 + this.#u16(at + 2);
  }

  #ipv4(at: number): string {
    return `${this.#u8(at)}.${this.#u8(at + 1)}.${this.#u8(at + 2)}.${this.#u8(at + 3)}`;
  }

  #mac(at: number): string {
    return formatMacAddress(this.bytes.subarray(at, at + 6));
  }
}
