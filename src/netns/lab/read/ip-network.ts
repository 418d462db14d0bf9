import { bitsOf, familyOf, formatIpAddress, type IpFamily, parseIpAddress } from '../../netlink/ip-address.js';

/** A network: all addresses with the same first bits. */
export interface IpNetwork {
  readonly family: IpFamily;
  /** Its first address, as a number. */
  readonly base: bigint;
  readonly prefixLength: number;
}

/** An address as a number. @throws UsageError */
export function addressToNumber(address: string): bigint {
  const bytes = parseIpAddress(address);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.length === 4 ? BigInt(view.getUint32(0)) : (view.getBigUint64(0) << 64n) | view.getBigUint64(8);
}

/** A number as an address. */
export function numberToAddress(family: IpFamily, value: bigint): string {
  if (family === 'ipv4') {
    const bits = Number(value);
    return formatIpAddress(Uint8Array.of(bits >>> 24, bits >>> 16, bits >>> 8, bits));
  }
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, value >> 64n);
  view.setBigUint64(8, value & 0xffff_ffff_ffff_ffffn);
  return formatIpAddress(bytes);
}

/** The network that an address with a prefix length is in. @throws UsageError */
export function networkAround(address: string, prefixLength: number): IpNetwork {
  return networkAroundNumber(familyOf(address), addressToNumber(address), prefixLength);
}

/** The same, of an address that is a number already. */
export function networkAroundNumber(family: IpFamily, address: bigint, prefixLength: number): IpNetwork {
  const hostBits = BigInt(bitsOf(family) - prefixLength);
  return { family, base: (address >> hostBits) << hostBits, prefixLength };
}

/** `10.0.0.0/24` */
export function formatNetwork({ family, base, prefixLength }: IpNetwork): string {
  return `${numberToAddress(family, base)}/${prefixLength}`;
}

/** How many addresses a network has. */
export function sizeOf({ family, prefixLength }: IpNetwork): bigint {
  return 1n << BigInt(bitsOf(family) - prefixLength);
}

/** Whether an address is in a network. */
export function contains(network: IpNetwork, family: IpFamily, address: bigint): boolean {
  return network.family === family && address >= network.base && address < network.base + sizeOf(network);
}

/** Whether two networks have an address in common: one of them then contains the other. */
export function overlaps(a: IpNetwork, b: IpNetwork): boolean {
  return contains(a, b.family, b.base) || contains(b, a.family, a.base);
}

/** The address with a number in a network, from 0. @throws RangeError for one that is not in it */
export function addressAt(network: IpNetwork, index: bigint): string {
  if (index < 0n || index >= sizeOf(network)) {
    throw new RangeError(`${formatNetwork(network)} has ${sizeOf(network)} addresses, and none with number ${index}`);
  }
  return numberToAddress(network.family, network.base + index);
}

/**
 * The numbers of the first and the last address that a host may have. The first address of a network names it, and the
 * last one of IPv4 is the broadcast; a link of two (RFC 3021, RFC 6164) and a single address have neither.
 */
export function hostRange(network: IpNetwork): readonly [first: bigint, last: bigint] {
  const hostBits = bitsOf(network.family) - network.prefixLength;
  const last = network.base + sizeOf(network) - 1n;
  if (hostBits < 2) return [network.base, last];
  return [network.base + 1n, network.family === 'ipv4' ? last - 1n : last];
}

/** The broadcast address of a network of IPv4 that is wide enough to have one. */
export function broadcastOf(network: IpNetwork): string | undefined {
  if (network.family !== 'ipv4' || network.prefixLength > 30) return undefined;
  return numberToAddress('ipv4', network.base + sizeOf(network) - 1n);
}
