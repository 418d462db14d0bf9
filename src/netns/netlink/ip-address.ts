import { isIPv4, isIPv6 } from 'node:net';
import { quote, UsageError } from '../../core/errors.js';
import { type Attributes, viewOf } from './attributes.js';
import { malformed } from './malformed.js';

/** The two kinds of IP. */
export type IpFamily = 'ipv4' | 'ipv6';

const BITS: Readonly<Record<IpFamily, number>> = { ipv4: 32, ipv6: 128 };
const EXAMPLES: Readonly<Record<IpFamily, string>> = { ipv4: '"192.0.2.1"', ipv6: '"2001:db8::1"' };

/** Whether a value is an IP address as text, without a zone: `192.0.2.1`, `2001:db8::1`. */
export function isIpAddress(value: unknown, family?: IpFamily): value is string {
  if (typeof value !== 'string') return false;
  if (family !== 'ipv6' && isIPv4(value)) return true;
  return family !== 'ipv4' && isIPv6(value) && !value.includes('%');
}

/** The family of an address as text. */
export function familyOf(address: string): IpFamily {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** How many bits an address has: 32 or 128. */
export function bitsOf(family: IpFamily): number {
  return BITS[family];
}

/**
 * The 4 or 16 bytes of an address, in network order.
 *
 * @throws UsageError
 */
export function parseIpAddress(text: string): Uint8Array {
  if (!isIpAddress(text)) {
    throw new UsageError(
      'IP address',
      `expected one such as "192.0.2.1" or "2001:db8::1", without a zone; received ${quote(text)}`,
    );
  }
  return familyOf(text) === 'ipv4' ? parseIpv4(text) : parseIpv6(text);
}

/**
 * An address as text in its canonical form: dotted decimal, or RFC 5952, which writes IPv4 in IPv6 as
 * `::ffff:192.0.2.1`.
 *
 * @throws KernelError EBADMSG for bytes that are neither 4 nor 16.
 */
export function formatIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length === 16) return formatIpv6(bytes);
  throw malformed('an IP address', `It has ${bytes.length} bytes where 4 or 16 were expected`);
}

/** The address in an attribute. @throws KernelError EBADMSG for one that is neither of 4 nor of 16 bytes. */
export function readIpAddress(attributes: Attributes, type: number): string | undefined {
  const bytes = attributes.bytes(type);
  return bytes === undefined ? undefined : formatIpAddress(bytes);
}

/** What is wrong with an address, if it is given. */
export function findIpProblems(name: string, value: unknown, family?: IpFamily): readonly string[] {
  if (value === undefined || isIpAddress(value, family)) return [];
  const kind = family === undefined ? 'IP' : { ipv4: 'IPv4', ipv6: 'IPv6' }[family];
  const example = family === undefined ? `${EXAMPLES.ipv4} or ${EXAMPLES.ipv6}` : EXAMPLES[family];
  return [`${name} must be an ${kind} address such as ${example}; received ${quote(value)}`];
}

function parseIpv4(text: string): Uint8Array {
  return Uint8Array.from(text.split('.'), Number);
}

function parseIpv6(text: string): Uint8Array {
  const [head = '', tail] = text.split('::');
  const first = parseGroups(head);
  const last = tail === undefined ? [] : parseGroups(tail);
  const bytes = new Uint8Array(16);
  bytes.set(first);
  bytes.set(last, 16 - last.length);
  return bytes;
}

/** Groups of four digits, of which the last may be an IPv4 address. */
function parseGroups(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return [...parseIpv4(group)];
    const value = Number.parseInt(group, 16);
    return [value >>> 8, value & 0xff];
  });
}

function formatIpv6(bytes: Uint8Array): string {
  const view = viewOf(bytes);
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(2 * index));
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return `::ffff:${bytes.subarray(12).join('.')}`;
  const [start, length] = findLongestZeros(groups);
  const write = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  return length < 2 ? write(groups) : `${write(groups.slice(0, start))}::${write(groups.slice(start + length))}`;
}

/** The first of the longest runs of zeros, as RFC 5952 section 4.2.3 has it. */
function findLongestZeros(groups: readonly number[]): readonly [start: number, length: number] {
  let best: readonly [number, number] = [0, 0];
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best[1]) best = [index - length + 1, length];
  }
  return best;
}
