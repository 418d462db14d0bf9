import { quote, UsageError } from '../../core/errors.js';
import { bitsOf, familyOf, formatIpAddress, type IpFamily, isIpAddress, parseIpAddress } from './ip-address.js';

/** All addresses of a family: the destination of a default route. */
export const EVERYWHERE: Readonly<Record<IpFamily, string>> = { ipv4: '0.0.0.0/0', ipv6: '::/0' };

/** A prefix such as `192.0.2.0/24`, in parts. */
export interface IpPrefix {
  readonly family: IpFamily;
  /** 4 or 16 bytes in network order. */
  readonly bytes: Uint8Array;
  readonly prefixLength: number;
}

/**
 * Reads `192.0.2.0/24`, or `192.0.2.1`, which is one address.
 *
 * @throws UsageError for what is none, and for one with bits set beyond its length.
 */
export function parseIpPrefix(text: string): IpPrefix {
  const [problem] = findPrefixProblems('prefix', text);
  if (problem !== undefined) throw new UsageError('IP prefix', problem);
  return splitPrefix(text);
}

/** `192.0.2.0/24`, always with its length. @throws KernelError EBADMSG for bytes that are neither 4 nor 16. */
export function formatIpPrefix(bytes: Uint8Array, prefixLength: number): string {
  return `${formatIpAddress(bytes)}/${prefixLength}`;
}

/** The address of the network that an address is in: `192.0.2.0/24` for `192.0.2.7` and 24. @throws UsageError */
export function networkOf(address: string, prefixLength: number): string {
  return formatIpPrefix(mask(parseIpAddress(address), prefixLength), prefixLength);
}

/** What is wrong with a prefix, if it is given. */
export function findPrefixProblems(name: string, value: unknown, family?: IpFamily): readonly string[] {
  if (value === undefined) return [];
  if (typeof value !== 'string' || !isPrefix(value, family)) {
    const example = family === 'ipv6' ? '"2001:db8::/64"' : '"192.0.2.0/24"';
    return [`${name} must be a prefix such as ${example}; received ${quote(value)}`];
  }
  const { bytes, prefixLength } = splitPrefix(value);
  const network = formatIpPrefix(mask(bytes, prefixLength), prefixLength);
  if (network === formatIpPrefix(bytes, prefixLength)) return [];
  return [`${name} must have no bits beyond its length, as ${quote(network)} has none; received ${quote(value)}`];
}

function isPrefix(value: string, family: IpFamily | undefined): boolean {
  const [address, length, ...rest] = value.split('/');
  if (!isIpAddress(address, family) || rest.length > 0) return false;
  return length === undefined || (/^(?:0|[1-9]\d{0,2})$/.test(length) && Number(length) <= bitsOf(familyOf(address)));
}

function splitPrefix(text: string): IpPrefix {
  const [address = '', length] = text.split('/');
  const family = familyOf(address);
  return {
    family,
    bytes: parseIpAddress(address),
    prefixLength: length === undefined ? bitsOf(family) : Number(length),
  };
}

/** The first bits of an address, the others zero. */
function mask(bytes: Uint8Array, prefixLength: number): Uint8Array {
  return bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefixLength - 8 * index));
    return byte & (0xff00 >> kept);
  });
}
