import { quote } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';
import type { DraftEnd, DraftLink, DraftNode } from './draft.js';
import { isFields, Place, type SpecReader, type Unread } from './place.js';
import { readAddresses, readInterfaceName, readMacAddress, readSubnets } from './read-fields.js';
import { readEntries } from './read-nodes.js';

/** The smallest MTU of IPv4 (RFC 791) and the largest that a veth takes: ETH_MIN_MTU, ETH_MAX_MTU of if_ether.h. */
const MTU_RANGE = [68, 65535] as const;
const DEFAULT_MTU = 1500;
const FIELDS = ['ends', 'mtu', 'subnets', 'up', 'wire', 'impairable'];
const NO_SETTINGS: Unread = {};

type Nodes = ReadonlyMap<string, DraftNode>;

/** Reads all links of a spec, and tells the nodes of their ends. */
export function readLinks(reader: SpecReader, spec: Unread, nodes: Nodes): readonly DraftLink[] {
  const root = new Place('links');
  return readEntries(reader, root, spec['links']).flatMap(([name, value]) => {
    const link = readLink(reader, root.at(name), name, value, nodes);
    if (link === undefined) return [];
    for (const end of link.ends) end?.node.ends.push(end);
    return [link];
  });
}

function readLink(reader: SpecReader, place: Place, name: string, value: unknown, nodes: Nodes): DraftLink | undefined {
  const fields = Array.isArray(value) ? undefined : value;
  const isNeither = fields !== undefined && !isFields(fields);
  if (isNeither || value === undefined) {
    reader.refuse(place, `must be two nodes, such as ['a', 'b'], or { ends: ['a', 'b'] } and settings`, value);
    return undefined;
  }
  const settings = fields ?? NO_SETTINGS;
  reader.checkFields(place, settings, FIELDS, 'a link');
  const ends = readEnds(
    reader,
    fields === undefined ? place : place.at('ends'),
    fields === undefined ? value : settings['ends'],
    nodes,
  );
  const countBefore = reader.count;
  const subnets = readSubnets(reader, place, settings);
  const isDoubtful = reader.count > countBefore;
  const bridge = ends.find((end) => end?.node.kind === 'bridge')?.node;
  if (bridge !== undefined && subnets.length > 0) {
    reader.add(
      place.at('subnets'),
      `a link to a bridge has the networks of the bridge; give them to ${bridge.place.at('subnets')}`,
    );
  }
  return {
    name,
    place,
    ends,
    mtu: reader.number(place, settings, 'mtu', MTU_RANGE) ?? DEFAULT_MTU,
    up: reader.flag(place, settings, 'up', true),
    wire: reader.flag(place, settings, 'wire', false),
    impairable: reader.flag(place, settings, 'impairable', false),
    subnets: bridge === undefined ? subnets : [],
    isDoubtful,
  };
}

function readEnds(reader: SpecReader, place: Place, value: unknown, nodes: Nodes): DraftLink['ends'] {
  if (!Array.isArray(value) || value.length !== 2) {
    reader.refuse(place, `must be a list of two nodes, such as ['a', 'b']`, value);
    return [undefined, undefined];
  }
  const [first, second] = [
    readEnd(reader, place.at(0), value[0], nodes),
    readEnd(reader, place.at(1), value[1], nodes),
  ];
  if (first !== undefined && first.node === second?.node) {
    reader.add(place, `must link two nodes; both ends are ${quote(first.node.name)}`);
  }
  return [first, second];
}

function readEnd(reader: SpecReader, place: Place, value: unknown, nodes: Nodes): DraftEnd | undefined {
  if (typeof value === 'string') {
    const node = findNode(reader, place, value, nodes);
    return (
      node && { place, node, interface: undefined, addresses: undefined, macAddress: undefined, isDoubtful: false }
    );
  }
  const fields = reader.fields(
    place,
    value,
    `the name of a node, or an object such as { node: 'a', interface: 'eth0' }`,
  );
  if (fields === undefined) return undefined;
  const countBefore = reader.count;
  reader.checkFields(place, fields, ['node', 'interface', 'addresses', 'macAddress'], 'an end of a link');
  const node = findNode(reader, place.at('node'), fields['node'], nodes);
  const name = readInterfaceName(reader, place.at('interface'), fields['interface']);
  const given = fields['addresses'];
  const addresses = given === undefined ? undefined : readAddresses(reader, place.at('addresses'), given, 'interface');
  const macAddress = readUnicastMac(reader, place.at('macAddress'), fields['macAddress']);
  if (node?.kind === 'bridge' && addresses !== undefined && addresses.length > 0) {
    reader.refuse(place.at('addresses'), 'must not be given to a port of a bridge; link a host to the bridge', given);
  }
  return node && { place, node, interface: name, addresses, macAddress, isDoubtful: reader.count > countBefore };
}

function findNode(reader: SpecReader, place: Place, value: unknown, nodes: Nodes): DraftNode | undefined {
  const node = typeof value === 'string' ? nodes.get(value) : undefined;
  if (node !== undefined) return node;
  const names = [...nodes.keys()];
  const known = names.length === 0 ? 'and there is none' : `which are ${listSome(names)}`;
  reader.refuse(place, `must be the name of a node, ${known}`, value, suggest(value, names));
  return undefined;
}

/** Ten names say what is there; a hundred would bury the mistake. */
function listSome(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

function readUnicastMac(reader: SpecReader, place: Place, value: unknown): string | undefined {
  const macAddress = value === undefined ? undefined : readMacAddress(reader, place, value);
  if (macAddress === undefined) return undefined;
  const isGroup = (Number.parseInt(macAddress.slice(0, 2), 16) & 1) === 1;
  if (!isGroup && macAddress !== '00:00:00:00:00:00') return macAddress;
  reader.refuse(place, 'must be an address of one interface, with an even first byte, and not all zero', value);
  return undefined;
}
