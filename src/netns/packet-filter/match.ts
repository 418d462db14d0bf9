import type { IpPrefix } from '../netlink/ip-prefix.js';
import type { Frame } from '../wire/frame.js';
import {
  ETHER_TYPE,
  EXTENSIONS,
  type FilterTerms,
  FRAGMENT,
  MOST_EXTENSIONS,
  MOST_VLAN_TAGS,
  readFilterTerms,
  toMaskedWords,
} from './filter-terms.js';
import type { PacketFilter } from './packet-filter.js';

/** Whether a frame is meant by a filter: what the kernel decides with the compiled program. @throws UsageError */
export function matchesFrame(filter: PacketFilter, frame: Frame): boolean {
  return createFrameMatcher(filter)(frame);
}

/** The same for many frames. @throws UsageError with every mistake of the filter */
export function createFrameMatcher(filter: PacketFilter): (frame: Pick<Frame, 'bytes'>) => boolean {
  const terms = readFilterTerms(filter);
  return ({ bytes }) => terms.isEmpty || new FrameCheck(bytes, terms).run();
}

class FrameCheck {
  readonly #view: DataView;
  readonly #terms: FilterTerms;

  constructor(bytes: Uint8Array, terms: FilterTerms) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#terms = terms;
  }

  run(): boolean {
    const { kinds } = this.#terms;
    let at = 14;
    let type = this.#u16(12);
    for (
      let tags = 0;
      tags < MOST_VLAN_TAGS && (type === ETHER_TYPE.vlan || type === ETHER_TYPE.serviceVlan);
      tags += 1
    ) {
      type = this.#u16(at + 2);
      at += 4;
    }
    if (type === ETHER_TYPE.ipv4) return kinds.ipv4 && this.#checkIpv4(at);
    if (type === ETHER_TYPE.ipv6) return kinds.ipv6 && this.#checkIpv6(at);
    return type === ETHER_TYPE.arp && kinds.arp && this.#checkArp(at);
  }

  #checkArp(at: number): boolean {
    const { source, destination, host } = this.#terms;
    if (source === undefined && destination === undefined && host === undefined) return true;
    return this.#u32(at) === 0x0001_0800 && this.#checkAddresses(at + 14, at + 24);
  }

  #checkIpv4(at: number): boolean {
    const { protocols, hasPorts } = this.#terms;
    if (protocols !== undefined && !protocols.includes(this.#u8(at + 9))) return false;
    if (!this.#checkAddresses(at + 12, at + 16)) return false;
    if (!hasPorts) return true;
    const isFirst = (this.#u16(at + 6) & 0x1fff) === 0;
    return isFirst && this.#checkPorts(at + (this.#u8(at) & 0xf) * 4);
  }

  #checkIpv6(at: number): boolean {
    const { protocols, hasPorts } = this.#terms;
    if (!this.#checkAddresses(at + 8, at + 24)) return false;
    if (protocols === undefined) return true;
    let protocol = this.#u8(at + 6);
    let next = at + 40;
    let isLaterFragment = false;
    for (let headers = 0; headers < MOST_EXTENSIONS && !isLaterFragment; headers += 1) {
      const isFragment = protocol === FRAGMENT;
      if (!isFragment && !EXTENSIONS.includes(protocol)) break;
      if (next + (isFragment ? 4 : 2) > this.#view.byteLength) return false;
      protocol = this.#u8(next);
      if (isFragment) isLaterFragment = (this.#u16(next + 2) & 0xfff8) !== 0;
      next += isFragment ? 8 : 8 * (this.#u8(next + 1) + 1);
    }
    return protocols.includes(protocol) && (!hasPorts || (!isLaterFragment && this.#checkPorts(next)));
  }

  #checkAddresses(sourceAt: number, destinationAt: number): boolean {
    const { source, destination, host } = this.#terms;
    if (source !== undefined && !this.#isIn(source, sourceAt)) return false;
    if (destination !== undefined && !this.#isIn(destination, destinationAt)) return false;
    return host === undefined || this.#isIn(host, sourceAt) || this.#isIn(host, destinationAt);
  }

  #isIn(prefix: IpPrefix, at: number): boolean {
    if (at + prefix.bytes.length > this.#view.byteLength) return false;
    return toMaskedWords(prefix).every((word) => (this.#u32(at + word.at) & word.mask) >>> 0 === word.value);
  }

  #checkPorts(at: number): boolean {
    const { sourcePort, destinationPort, port } = this.#terms;
    const source = this.#u16(at);
    if (sourcePort !== undefined && source !== sourcePort) return false;
    if (destinationPort !== undefined && this.#u16(at + 2) !== destinationPort) return false;
    return port === undefined || (source >= 0 && (source === port || this.#u16(at + 2) === port));
  }

  /** What is behind the end equals nothing. */
  #u8(at: number): number {
    return at < this.#view.byteLength ? this.#view.getUint8(at) : Number.NaN;
  }

  #u16(at: number): number {
    return at + 2 <= this.#view.byteLength ? this.#view.getUint16(at) : Number.NaN;
  }

  #u32(at: number): number {
    return at + 4 <= this.#view.byteLength ? this.#view.getUint32(at) : Number.NaN;
  }
}
