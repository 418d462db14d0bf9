import { quote } from '../../../core/errors.js';
import { suggest } from '../../../core/nearest.js';
import { createMulticastRouter } from '../../multicast/multicast-router.js';
import { familyOf, isIpAddress } from '../../netlink/ip-address.js';
import type { Netns } from '../../netns.js';
import type { PlannedMulticastRoute, PlannedNode } from '../plan/lab-plan.js';
import type { DraftMulticastRoute, DraftNode } from './draft.js';
import { addressToNumber, contains, networkAround } from './ip-network.js';
import type { Place, SpecReader } from './place.js';

const GROUPS = networkAround('224.0.0.0', 4);
/** Groups that no router passes on: RFC 5771, section 4. */
const LOCAL_GROUPS = networkAround('224.0.0.0', 24);
const EXAMPLE = `{ group: '239.1.1.1', from: 'input', to: ['output'] }`;

/** Reads the ways of multicast through a router. */
export function readMulticastRoutes(reader: SpecReader, list: Place, value: unknown): readonly DraftMulticastRoute[] {
  return reader.list(list, value, `ways of multicast such as ${EXAMPLE}`).flatMap((entry, index) => {
    const place = list.at(index);
    const fields = reader.fields(place, entry, `an object such as ${EXAMPLE}`);
    if (fields === undefined) return [];
    const countBefore = reader.count;
    reader.checkFields(place, fields, ['group', 'source', 'from', 'to', 'ttl'], 'a way of multicast');
    const { group, source, from, to } = fields;
    checkGroup(reader, place.at('group'), group);
    const isHost = isIpAddress(source) && familyOf(source) === 'ipv4' && !isGroup(source);
    if (source !== undefined && !isHost)
      reader.refuse(place.at('source'), 'must be an address of IPv4, of one machine', source);
    if (typeof from !== 'string') reader.refuse(place.at('from'), 'must be the name of a link', from);
    const ways = Array.isArray(to) ? to.filter((each) => typeof each === 'string') : [];
    if (!Array.isArray(to) || to.length === 0 || ways.length < to.length)
      reader.refuse(place.at('to'), 'must be a list of names of links', to);
    const ttl = reader.number(place, fields, 'ttl', [1, 254]);
    if (reader.count > countBefore || typeof group !== 'string' || typeof from !== 'string') return [];
    return [{ place, group, source: typeof source === 'string' ? source : undefined, from, to: ways, ttl }];
  });
}

function checkGroup(reader: SpecReader, place: Place, group: unknown): void {
  if (!isGroup(group)) reader.refuse(place, 'must be a group of IPv4, such as "239.1.1.1"', group);
  else if (contains(LOCAL_GROUPS, 'ipv4', addressToNumber(group)))
    reader.refuse(place, 'must not be of 224.0.0.0/24, which no router passes on', group);
}

function isGroup(value: unknown): value is string {
  return isIpAddress(value) && familyOf(value) === 'ipv4' && contains(GROUPS, 'ipv4', addressToNumber(value));
}

/** Completes the ways of multicast of a router: links become its interfaces. */
export function resolveMulticastRoutes(
  reader: SpecReader,
  node: DraftNode,
  interfaces: ReadonlyMap<string, string>,
): readonly PlannedMulticastRoute[] {
  const places = new Map<string, Place>();
  return node.multicastRoutes.flatMap(({ place, group, source, from, to, ttl }) => {
    const countBefore = reader.count;
    const find = (at: Place, link: string): string => {
      const name = interfaces.get(link);
      const links = [...interfaces.keys()];
      const known = links.length === 0 ? 'and it is on none' : links.join(', ');
      if (name === undefined)
        reader.refuse(at, `must be a link that ${quote(node.name)} is on: ${known}`, link, suggest(link, links));
      return name ?? '';
    };
    const input = find(place.at('from'), from);
    const outputs = to.map((link, index) => {
      const at = place.at('to').at(index);
      if (link === from) reader.refuse(at, 'must not be the link that the packets come from', link);
      else if (to.indexOf(link) < index) reader.refuse(at, 'must be there once', link);
      return find(at, link);
    });
    const key = `${group} ${source ?? ''}`;
    const first = places.get(key);
    if (first === undefined) places.set(key, place);
    else
      reader.add(
        place,
        `there is a way for ${group}${source === undefined ? '' : ` from ${source}`} already (${first})`,
      );
    return reader.count > countBefore ? [] : [{ group, source, from: input, to: outputs, ttl }];
  });
}

/** Puts a router's ways of multicast in force; they are for as long as its namespace is open. @throws KernelError */
export function startMulticastRouter({ multicastRoutes }: PlannedNode, netns: Netns): void {
  if (multicastRoutes.length === 0) return;
  const routes = multicastRoutes.map(({ group, source, from, to, ttl }) => ({
    group,
    from,
    to,
    ...(source === undefined ? {} : { source }),
    ...(ttl === undefined ? {} : { ttl }),
  }));
  createMulticastRouter({ netns }, routes);
}
