import { quote } from '../../../core/errors.js';
import { suggest } from '../../../core/nearest.js';
import type { DraftEnd, DraftKind, DraftLink, DraftNode } from './draft.js';
import { isFields, Place, type SpecReader, type Unread } from './place.js';
import { readAddresses, readInterfaceName, readMacAddress, readSubnets } from './read-fields.js';
import { findKindField, KIND_FIELDS, type Nodes, readKind } from './read-kinds.js';
import { readEntries } from './read-nodes.js';

/** The smallest MTU of IPv4 (RFC 791) and the largest that a veth takes: ETH_MIN_MTU, ETH_MAX_MTU of if_ether.h. */
const MTU_RANGE = [68, 65535] as const;
const FIELDS = ['ends', 'mtu', 'subnets', 'up', 'wire', 'impairable', ...KIND_FIELDS];
export const DEFAULT_MTU = 1500;
const NO_SETTINGS: Unread = {};

/** A link whose MTU may depend on links that are not read yet. */
export type ReadLink = Omit<DraftLink, 'mtu'> & { readonly mtu: number | undefined };

/** Reads all links of a spec, and tells the nodes of their ends. */
export function readLinks(reader: SpecReader, spec: Unread, nodes: Nodes): readonly ReadLink[] {
  const root = new Place('links');
  return readEntries(reader, root, spec['links']).flatMap(([name, value]) => {
    const link = readLink(reader, root.at(name), name, value, nodes);
    if (link === undefined) return [];
    for (const end of link.ends) end?.node.ends.push(end);
    return [link];
  });
}

function readLink(reader: SpecReader, place: Place, name: string, value: unknown, nodes: Nodes): ReadLink | undefined {
  const fields = Array.isArray(value) ? undefined : value;
  const isNeither = fields !== undefined && !isFields(fields);
  if (isNeither || value === undefined) {
    reader.refuse(place, `must be two nodes, such as ['a', 'b'], or { ends: ['a', 'b'] } and settings`, value);
    return undefined;
  }
  const settings = fields ?? NO_SETTINGS;
  reader.checkFields(place, settings, FIELDS, 'a link');
  const field = findKindField(reader, place, settings);
  const kind = readKind(reader, place, settings, field, nodes);
  const endsPlace = fields === undefined ? place : place.at('ends');
  const given = fields === undefined ? value : settings['ends'];
  const ends = readEnds(reader, endsPlace, given, nodes, field === 'macvlan');
  if (kind !== undefined) checkEndKinds(reader, endsPlace, kind, ends);
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
  const mtu = reader.number(place, settings, 'mtu', MTU_RANGE);
  if (kind === undefined) return undefined;
  const fallback = kind.type === 'veth' ? DEFAULT_MTU : undefined;
  const parent = kind.type === 'macvlan' ? ends[1]?.node : undefined;
  return {
    name,
    place,
    kind,
    ends: kind.type === 'macvlan' ? [ends[0], undefined] : ends,
    parent,
    mtu: mtu ?? fallback,
    up: reader.flag(place, settings, 'up', true),
    wire: reader.flag(place, settings, 'wire', false),
    impairable: reader.flag(place, settings, 'impairable', false),
    subnets: bridge === undefined && kind.type !== 'macvlan' ? subnets : [],
    isDoubtful,
  };
}

/** Bridges have no interface that something could stand on, and no addresses for a tunnel. */
function checkEndKinds(reader: SpecReader, place: Place, kind: DraftKind, ends: DraftLink['ends']): void {
  if (kind.type === 'veth') return;
  for (const [index, end] of ends.entries()) {
    if (end?.node.kind !== 'bridge') continue;
    if (kind.type === 'macvlan' || kind.type === 'vlan')
      reader.refuse(place.at(index), `must be a host or router, for the end of a ${kind.type}`, end.node.name);
    else if (kind.under === undefined)
      reader.add(
        kind.place.at('under'),
        `must be given, for ${quote(end.node.name)} is a bridge, which has no address: two hosts whose addresses the packets go between`,
      );
  }
}

/** @param isParent - Whether the second is an interface that is there for another link, so that nothing is said of it. */
function readEnds(
  reader: SpecReader,
  place: Place,
  value: unknown,
  nodes: Nodes,
  isParent: boolean,
): DraftLink['ends'] {
  if (!Array.isArray(value) || value.length !== 2) {
    reader.refuse(place, `must be a list of two nodes, such as ['a', 'b']`, value);
    return [undefined, undefined];
  }
  if (isParent && isFields(value[1])) {
    const expected = 'must be the name of a node alone: its interface is that of link macvlan.over';
    reader.refuse(place.at(1), expected, value[1]);
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
