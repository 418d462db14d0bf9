import { quote } from '../../../core/errors.js';
import { familyOf, isIpAddress } from '../../netlink/ip-address.js';
import type { NodeKind } from '../plan/lab-plan.js';
import type { DraftNeighbour, DraftNode, DraftRoute, DraftSysctl } from './draft.js';
import { addressToNumber } from './ip-network.js';
import { readMulticastRoutes } from './multicast-routes.js';
import type { Survey } from './occupied.js';
import { Place, type SpecReader, type Unread } from './place.js';
import { readAddresses, readInterfaceName, readMacAddress, readNetwork, readSubnets } from './read-fields.js';
import { readNetns } from './read-netns.js';

const HOST_FIELDS = ['sysctls', 'forwarding', 'routes', 'loopback', 'neighbours', 'netns'];
const ROUTER_FIELDS = [...HOST_FIELDS, 'multicastRoutes'];
const BRIDGE_FIELDS = ['sysctls', 'stp', 'multicastSnooping', 'multicastQuerier', 'subnets'];

/** The fields of a spec that hold nodes, in the order of a plan. */
export const KINDS: readonly (readonly [field: string, kind: NodeKind])[] = [
  ['hosts', 'host'],
  ['routers', 'router'],
  ['bridges', 'bridge'],
];

/** Reads all nodes of a spec. */
export function readNodes(reader: SpecReader, spec: Unread, survey: Survey): ReadonlyMap<string, DraftNode> {
  const nodes = new Map<string, DraftNode>();
  for (const [field, kind] of KINDS) {
    for (const [name, value] of readEntries(reader, new Place(field), spec[field])) {
      const place = new Place(name, new Place(field));
      const fields = reader.fields(place, value, `an object of settings, {} for none`);
      const first = nodes.get(name);
      if (first !== undefined) {
        reader.add(place, `there is a node of this name already (${first.place})`);
        continue;
      }
      nodes.set(name, readNode(reader, place, name, kind, fields ?? {}, survey));
    }
  }
  return nodes;
}

/** The entries of a record; their names can be shown, put into files, and looked up on an object. */
export function readEntries(reader: SpecReader, place: Place, value: unknown): readonly (readonly [string, unknown])[] {
  if (value === undefined) return [];
  const fields = reader.fields(place, value, 'an object with a field for each name') ?? {};
  for (const name of Object.keys(fields)) {
    if (/^[A-Za-z][\w.-]{0,62}$/.test(name)) continue;
    reader.add(
      place,
      `a name must begin with a letter and have up to 63 letters, digits, "_", "-" and "."; received ${quote(name)}`,
    );
  }
  return Object.entries(fields);
}

function readNode(
  reader: SpecReader,
  place: Place,
  name: string,
  kind: NodeKind,
  fields: Unread,
  survey: Survey,
): DraftNode {
  const isBridge = kind === 'bridge';
  reader.checkFields(
    place,
    fields,
    { host: HOST_FIELDS, router: ROUTER_FIELDS, bridge: BRIDGE_FIELDS }[kind],
    `a ${kind}`,
  );
  const machine = isBridge ? {} : fields;
  const bridge = isBridge ? fields : {};
  const countBefore = reader.count;
  const subnets = readSubnets(reader, place, bridge);
  const isDoubtful = reader.count > countBefore;
  const netns = isBridge ? undefined : readNetns(reader, place.at('netns'), fields['netns']);
  const surveyed = netns === undefined ? undefined : survey.get(name);
  if (surveyed !== undefined && 'refusal' in surveyed) reader.add(place.at('netns'), surveyed.refusal);
  return {
    name,
    kind,
    place,
    netns,
    occupied: surveyed !== undefined && 'names' in surveyed ? surveyed : undefined,
    forwarding: reader.flag(place, machine, 'forwarding', kind === 'router'),
    sysctls: readSysctls(reader, place.at('sysctls'), fields['sysctls']),
    routes: readRoutes(reader, place.at('routes'), machine['routes']),
    loopback: readAddresses(reader, place.at('loopback'), machine['loopback'], 'loopback'),
    neighbours: readNeighbours(reader, place.at('neighbours'), machine['neighbours']),
    multicastRoutes:
      kind === 'router' ? readMulticastRoutes(reader, place.at('multicastRoutes'), fields['multicastRoutes']) : [],
    stp: reader.flag(place, bridge, 'stp', false),
    multicastSnooping: reader.flag(place, bridge, 'multicastSnooping', true),
    multicastQuerier: reader.flag(place, bridge, 'multicastQuerier', false),
    subnets,
    isDoubtful,
    ends: [],
  };
}

/** Paths as sysctl(8) has them: dots or slashes; with slashes, a dot is part of a name. */
function readSysctls(reader: SpecReader, place: Place, value: unknown): readonly DraftSysctl[] {
  if (value === undefined) return [];
  const fields = reader.fields(place, value, `an object such as { 'ipv4.ip_forward': 1 }`) ?? {};
  return Object.entries(fields).flatMap(([name, setting]) => {
    const path = name.includes('/') ? name : name.replaceAll('.', '/');
    const parts = path.split('/');
    const mistakes: string[] = [];
    if (parts[0] === 'net') mistakes.push(`names begin below net: ${quote(name.slice(4))}`);
    else if (parts.length < 2 || parts.some((part) => !/^[\w.@-]+$/.test(part) || /^\.+$/.test(part)))
      mistakes.push('is no setting of a network namespace; they are such as "ipv4.ip_forward"');
    if (typeof setting !== 'string' && !Number.isSafeInteger(setting))
      mistakes.push(`must be a string or a whole number; received ${quote(setting)}`);
    for (const mistake of mistakes) reader.add(place.at(name), `${mistake}`);
    return mistakes.length > 0 ? [] : [{ place: place.at(name), path, value: String(setting) }];
  });
}

function readRoutes(reader: SpecReader, list: Place, value: unknown): readonly DraftRoute[] {
  return reader.list(list, value, `routes such as { to: '10.1.0.0/24', via: '10.0.0.1' }`).flatMap((entry, index) => {
    const place = list.at(index);
    const fields = reader.fields(place, entry, `an object such as { to: '10.1.0.0/24', via: '10.0.0.1' }`);
    if (fields === undefined) return [];
    reader.checkFields(place, fields, ['to', 'via', 'interface', 'metric'], 'a route');
    const name = readInterfaceName(reader, place.at('interface'), fields['interface']);
    const via = fields['via'] === undefined ? undefined : readAddress(reader, place.at('via'), fields['via']);
    const metric = reader.number(place, fields, 'metric', [0, 0xffff_ffff]);
    const isDefault = fields['to'] === 'default';
    const expected = '"default" or a network such as "10.1.0.0/24"';
    const to = isDefault ? undefined : readNetwork(reader, place.at('to'), fields['to'], expected);
    const isRead =
      (isDefault || to !== undefined) &&
      (via === undefined) === (fields['via'] === undefined) &&
      (name === undefined) === (fields['interface'] === undefined);
    return isRead ? [{ place, to, via, interface: name, metric }] : [];
  });
}

function readNeighbours(reader: SpecReader, list: Place, value: unknown): readonly DraftNeighbour[] {
  const example = `{ address: '10.0.0.2', macAddress: '02:00:00:00:00:02' }`;
  return reader.list(list, value, `neighbours such as ${example}`).flatMap((entry, index) => {
    const place = list.at(index);
    const fields = reader.fields(place, entry, `an object such as ${example}`);
    if (fields === undefined) return [];
    reader.checkFields(place, fields, ['address', 'macAddress', 'interface'], 'a neighbour');
    const address = readAddress(reader, place.at('address'), fields['address']);
    const macAddress = readMacAddress(reader, place.at('macAddress'), fields['macAddress']);
    const name = readInterfaceName(reader, place.at('interface'), fields['interface']);
    if (address === undefined || macAddress === undefined) return [];
    if (name === undefined && fields['interface'] !== undefined) return [];
    return [{ place, ...address, macAddress, interface: name }];
  });
}

function readAddress(reader: SpecReader, place: Place, value: unknown): DraftRoute['via'] {
  if (isIpAddress(value)) return { family: familyOf(value), value: addressToNumber(value) };
  reader.refuse(place, 'must be an address such as "10.0.0.1", without a prefix length', value);
  return undefined;
}
