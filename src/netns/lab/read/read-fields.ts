import { suggest } from '../../../core/nearest.js';
import { bitsOf, familyOf, type IpFamily, isIpAddress } from '../../netlink/ip-address.js';
import { isMacAddress } from '../../netlink/mac-address.js';
import type { DraftAddress, DraftSubnet } from './draft.js';
import {
  addressToNumber,
  contains,
  formatNetwork,
  hostRange,
  type IpNetwork,
  networkAround,
  networkAroundNumber,
} from './ip-network.js';
import { isFields, type Place, type SpecReader, type Unread } from './place.js';

/** IFNAMSIZ without the NUL. */
const MAX_NAME_BYTES = 15;

const MULTICAST: readonly IpNetwork[] = [networkAround('224.0.0.0', 4), networkAround('ff00::', 8)];
const LOOPBACK: readonly IpNetwork[] = [networkAround('127.0.0.0', 8), networkAround('::1', 128)];

/** Reads addresses with their prefixes, for an interface or for the loopback. */
export function readAddresses(
  reader: SpecReader,
  place: Place,
  value: unknown,
  on: 'interface' | 'loopback',
): readonly DraftAddress[] {
  return reader.list(place, value, 'addresses such as "10.0.0.1/24"').flatMap((entry, index) => {
    const address = readAddress(reader, place.at(index), entry, on);
    return address === undefined ? [] : [address];
  });
}

function readAddress(
  reader: SpecReader,
  place: Place,
  entry: unknown,
  on: 'interface' | 'loopback',
): DraftAddress | undefined {
  let text = entry;
  let label: string | undefined;
  if (isFields(entry)) {
    reader.checkFields(place, entry, ['address', 'label'], 'an address');
    text = entry['address'];
    label = readLabel(reader, place.at('label'), entry['label']);
  }
  const textPlace = isFields(entry) ? place.at('address') : place;
  const parsed = splitPrefix(text);
  if (parsed === undefined) {
    const example = isIpAddress(text) ? `${text}/${usualLength(familyOf(text), on)}` : '10.0.0.1/24';
    reader.refuse(textPlace, `must be an address with its prefix length, such as "${example}"`, text);
    return undefined;
  }
  const { address, family, prefixLength } = parsed;
  if (!checkPrefixLength(reader, textPlace, text, family, prefixLength)) return undefined;
  if (label !== undefined && family === 'ipv6') {
    reader.refuse(place.at('label'), `must not be given to ${address}, for labels are of IPv4`, label);
    return undefined;
  }
  const value = addressToNumber(address);
  const network = networkAroundNumber(family, value, prefixLength);
  if (!checkUse(reader, textPlace, text, value, network, on)) return undefined;
  return { place: textPlace, family, value, network, label };
}

function usualLength(family: IpFamily, on: 'interface' | 'loopback'): number {
  return on === 'loopback' ? bitsOf(family) : { ipv4: 24, ipv6: 64 }[family];
}

/** Refuses addresses that no interface can have. */
function checkUse(
  reader: SpecReader,
  place: Place,
  text: unknown,
  value: bigint,
  network: IpNetwork,
  on: 'interface' | 'loopback',
): boolean {
  const { family } = network;
  const isIn = (list: readonly IpNetwork[]) => list.some((each) => contains(each, family, value));
  if (value === 0n) reader.refuse(place, 'must be an address of one machine, not the unspecified one', text);
  else if (isIn(MULTICAST)) reader.refuse(place, 'must be an address of one machine, not of a multicast group', text);
  else if (on === 'loopback') return true;
  else if (isIn(LOOPBACK)) reader.refuse(place, 'must not be of the loopback, which is a field of the node', text);
  else {
    const [first, last] = hostRange(network);
    if (value >= first && value <= last) return true;
    const kind = value < first ? 'network' : 'broadcast';
    reader.refuse(place, `must not be the ${kind} address of ${formatNetwork(network)}`, text);
  }
  return false;
}

/** Reads the networks of a link or bridge. */
export function readSubnets(reader: SpecReader, owner: Place, fields: Unread): readonly DraftSubnet[] {
  const value = fields['subnets'];
  if (value === undefined) return [];
  const place = owner.at('subnets');
  return reader.list(place, value, 'networks such as "10.0.0.0/24"').flatMap((entry, index) => {
    const expected = 'a network such as "10.0.0.0/24", with its prefix length';
    if (isIpAddress(entry)) {
      reader.refuse(place.at(index), `must be ${expected}`, entry);
      return [];
    }
    const network = readNetwork(reader, place.at(index), entry, expected);
    if (network === undefined) return [];
    if (
      network.prefixLength < 8 ||
      MULTICAST.concat(LOOPBACK).some((each) => contains(each, network.family, network.base))
    ) {
      reader.refuse(place.at(index), 'must be a network that machines can be in, of length 8 or more', entry);
      return [];
    }
    return [{ place: place.at(index), network }];
  });
}

/** Reads a network; one without a prefix length is one address. */
export function readNetwork(reader: SpecReader, place: Place, value: unknown, expected: string): IpNetwork | undefined {
  const parsed = isIpAddress(value)
    ? { address: value, family: familyOf(value), prefixLength: bitsOf(familyOf(value)) }
    : splitPrefix(value);
  if (parsed === undefined) {
    reader.refuse(place, `must be ${expected}`, value);
    return undefined;
  }
  const { address, family, prefixLength } = parsed;
  if (!checkPrefixLength(reader, place, value, family, prefixLength)) return undefined;
  const network = networkAround(address, prefixLength);
  if (network.base === addressToNumber(address)) return network;
  reader.refuse(place, 'must have no bits beyond its length', value, `. Did you mean "${formatNetwork(network)}"?`);
  return undefined;
}

/** Reads the name of an interface: net/core/dev.c, dev_valid_name; and `%`, with which the kernel would choose itself. */
export function readInterfaceName(reader: SpecReader, place: Place, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^[^\0/:%\s]+$/.test(value) && value !== '.' && value !== '..') {
    const bytes = new TextEncoder().encode(value).length;
    if (bytes <= MAX_NAME_BYTES) return value;
    reader.refuse(place, `must have at most ${MAX_NAME_BYTES} bytes, not ${bytes}`, value);
    return undefined;
  }
  reader.refuse(place, 'must be a name without "/", ":", "%" or spaces, and neither "." nor ".."', value);
  return undefined;
}

function readLabel(reader: SpecReader, place: Place, value: unknown): string | undefined {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value).length : 0;
  if (typeof value === 'string' && bytes >= 1 && bytes <= MAX_NAME_BYTES && !/[\0\s]/.test(value)) return value;
  reader.refuse(place, `must have 1 to ${MAX_NAME_BYTES} bytes and no spaces, as "lo:faas" has`, value);
  return undefined;
}

/** Reads an Ethernet address, in lower case. */
export function readMacAddress(reader: SpecReader, place: Place, value: unknown): string | undefined {
  if (isMacAddress(value)) return value.toLowerCase();
  reader.refuse(place, 'must be an Ethernet address such as "02:00:00:00:00:01"', value);
  return undefined;
}

/** Reads the families that addresses are chosen for. */
export function readFamilies(reader: SpecReader, place: Place, value: unknown): readonly IpFamily[] {
  if (value === undefined) return ['ipv4'];
  const known = ['ipv4', 'ipv6'] as const;
  const list = reader.list(place, value, '"ipv4" and "ipv6"');
  for (const [index, each] of list.entries()) {
    if (!known.some((family) => family === each))
      reader.refuse(place.at(index), 'must be "ipv4" or "ipv6"', each, suggest(each, known));
    else if (list.indexOf(each) < index) reader.refuse(place.at(index), 'must be there once', each);
  }
  return known.filter((family) => list.includes(family));
}

function splitPrefix(
  value: unknown,
): { readonly address: string; readonly family: IpFamily; readonly prefixLength: number } | undefined {
  if (typeof value !== 'string') return undefined;
  const [address, length, ...rest] = value.split('/');
  if (rest.length > 0 || !isIpAddress(address) || length === undefined || !/^(?:0|[1-9]\d*)$/.test(length))
    return undefined;
  return { address, family: familyOf(address), prefixLength: Number(length) };
}

function checkPrefixLength(
  reader: SpecReader,
  place: Place,
  text: unknown,
  family: IpFamily,
  prefixLength: number,
): boolean {
  if (prefixLength <= bitsOf(family)) return true;
  const name = { ipv4: 'IPv4', ipv6: 'IPv6' }[family];
  reader.refuse(place, `must have a prefix length of at most ${bitsOf(family)}, for it is of ${name}`, text);
  return false;
}
