import { quote } from '../../../core/errors.js';
import { suggest } from '../../../core/nearest.js';
import type { MacvlanLinkMode } from '../link-spec.js';
import type { DraftKind, DraftNode } from './draft.js';
import type { Place, SpecReader, Unread } from './place.js';

/** The fields of a link that make it something else than a pair of interfaces. */
export const KIND_FIELDS = ['macvlan', 'vxlan', 'vlan'] as const;

type KindField = (typeof KIND_FIELDS)[number];
export type Nodes = ReadonlyMap<string, DraftNode>;

const MODES: readonly MacvlanLinkMode[] = ['bridge', 'vepa', 'private', 'passthru'];
const VNI_RANGE = [0, 0xff_ffff] as const;
const PORT_RANGE = [1, 65535] as const;
/** 0 and 4095 are kept for other uses: IEEE 802.1Q, table 9-2. */
const VLAN_RANGE = [1, 4094] as const;
/** RFC 7348. */
const VXLAN_PORT = 4789;

/** Which field says what a link is; `undefined` for a pair. Two of them are a mistake. */
export function findKindField(reader: SpecReader, place: Place, settings: Unread): KindField | undefined {
  const [first, ...others] = KIND_FIELDS.filter((field) => settings[field] !== undefined);
  for (const other of others) reader.add(place.at(other), `a link is of one kind, and ${place} has ${first} already`);
  return first;
}

/** What a link is. @returns `undefined` when that could not be read */
export function readKind(
  reader: SpecReader,
  link: Place,
  settings: Unread,
  field: KindField | undefined,
  nodes: Nodes,
): DraftKind | undefined {
  if (field === undefined) return { type: 'veth' };
  const place = link.at(field);
  checkForeignFields(reader, link, settings, field);
  const countBefore = reader.count;
  const kind = { macvlan: readMacvlan, vxlan: readVxlan, vlan: readVlan }[field](reader, place, settings[field], nodes);
  return reader.count > countBefore ? undefined : kind;
}

/** Fields that only other kinds have. */
function checkForeignFields(reader: SpecReader, link: Place, settings: Unread, field: KindField): void {
  for (const own of ['wire', 'impairable']) {
    if (settings[own] !== undefined)
      reader.add(
        link.at(own),
        `is of a pair of interfaces; a ${field} passes through what it stands on, so give it there`,
      );
  }
  if (field === 'macvlan' && settings['subnets'] !== undefined)
    reader.add(link.at('subnets'), 'a macvlan is in the network of the link that it stands on');
}

function readMacvlan(reader: SpecReader, place: Place, value: unknown): DraftKind | undefined {
  const fields = reader.fields(place, value, `an object such as { over: 'uplink' }`);
  if (fields === undefined) return undefined;
  reader.checkFields(place, fields, ['over', 'mode'], 'a macvlan');
  const over = readLinkName(reader, place.at('over'), fields['over']);
  const given = fields['mode'] ?? 'bridge';
  const mode = MODES.find((each) => each === given);
  if (mode === undefined)
    reader.refuse(
      place.at('mode'),
      `must be one of ${MODES.map((each) => quote(each)).join(', ')}`,
      given,
      suggest(given, MODES),
    );
  return over === undefined || mode === undefined ? undefined : { type: 'macvlan', place, over, mode };
}

function readVxlan(reader: SpecReader, place: Place, value: unknown, nodes: Nodes): DraftKind | undefined {
  const fields = reader.fields(place, value, 'an object such as { vni: 42 }');
  if (fields === undefined) return undefined;
  reader.checkFields(place, fields, ['vni', 'port', 'under'], 'a vxlan');
  if (fields['vni'] === undefined) reader.add(place.at('vni'), `must be given: a whole number up to ${VNI_RANGE[1]}`);
  const vni = reader.number(place, fields, 'vni', VNI_RANGE);
  const port = reader.number(place, fields, 'port', PORT_RANGE) ?? VXLAN_PORT;
  const under =
    fields['under'] === undefined ? undefined : readUnder(reader, place.at('under'), fields['under'], nodes);
  return vni === undefined ? undefined : { type: 'vxlan', place, vni, port, under };
}

function readUnder(
  reader: SpecReader,
  place: Place,
  value: unknown,
  nodes: Nodes,
): readonly [DraftNode, DraftNode] | undefined {
  if (!Array.isArray(value) || value.length !== 2) {
    reader.refuse(place, `must be a list of two hosts, such as ['a', 'b']`, value);
    return undefined;
  }
  const machines = [...nodes.values()].filter(({ kind }) => kind !== 'bridge').map(({ name }) => name);
  const [a, b] = value.map((name: unknown, index) => {
    const node = typeof name === 'string' && machines.includes(name) ? nodes.get(name) : undefined;
    if (node === undefined)
      reader.refuse(place.at(index), 'must be the name of a host or router', name, suggest(name, machines));
    return node;
  });
  return a === undefined || b === undefined ? undefined : [a, b];
}

function readVlan(reader: SpecReader, place: Place, value: unknown): DraftKind | undefined {
  const fields = reader.fields(place, value, `an object such as { id: 100, over: 'trunk' }`);
  if (fields === undefined) return undefined;
  reader.checkFields(place, fields, ['id', 'over'], 'a VLAN');
  if (fields['id'] === undefined)
    reader.add(place.at('id'), `must be given: a whole number from 1 to ${VLAN_RANGE[1]}`);
  const id = reader.number(place, fields, 'id', VLAN_RANGE);
  const given = fields['over'];
  const at = place.at('over');
  const list: readonly unknown[] = Array.isArray(given) ? given : [given, given];
  if (list.length !== 2) {
    reader.refuse(at, 'must be a link, or a list of two, one for each end', given);
    return undefined;
  }
  const a = readLinkName(reader, Array.isArray(given) ? at.at(0) : at, list[0]);
  const b = Array.isArray(given) ? readLinkName(reader, at.at(1), list[1]) : a;
  return id === undefined || a === undefined || b === undefined ? undefined : { type: 'vlan', place, id, over: [a, b] };
}

/** Whether there is such a link is seen once all are read. */
function readLinkName(reader: SpecReader, place: Place, value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  reader.refuse(place, 'must be the name of a link', value);
  return undefined;
}
