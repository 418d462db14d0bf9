import { quote } from '../../../core/errors.js';
import { suggest } from '../../../core/nearest.js';
import type { IpFamily } from '../../netlink/ip-address.js';
import { EVERYWHERE } from '../../netlink/ip-prefix.js';
import type { DraftAddress, DraftNeighbour, DraftNode, DraftRoute, DraftSysctl } from '../read/draft.js';
import { contains, formatNetwork, numberToAddress } from '../read/ip-network.js';
import type { Place, SpecReader } from '../read/place.js';
import type { PlannedNeighbour, PlannedRoute, PlannedSysctl } from './lab-plan.js';
import { isLinkLocal } from './networks.js';

/** What a route of IPv6 has that says nothing of it: IP6_RT_PRIO_USER of include/uapi/linux/ipv6_route.h. */
const IPV6_METRIC = 1024;

/** An interface as far as routes are concerned. */
export interface AddressedInterface {
  readonly name: string;
  readonly addresses: readonly DraftAddress[];
  /** Whether it stands on another, so that it is made after that. */
  readonly isStacked: boolean;
}

/** What a node's routes, neighbours and settings are checked against. */
export interface NodeView {
  readonly node: DraftNode;
  readonly interfaces: readonly AddressedInterface[];
  /** Also those that have no addresses, such as the device of a bridge. */
  readonly names: readonly string[];
  /** The family of a default route that says nothing of it. */
  readonly family: IpFamily;
}

/** Completes the routes of a node's spec: each gets the interface that leads to its gateway. */
export function resolveRoutes(reader: SpecReader, view: NodeView): readonly PlannedRoute[] {
  const places = new Map<string, Place>();
  return view.node.routes.flatMap((route) => {
    const resolved = resolveRoute(reader, view, route);
    if (resolved === undefined) return [];
    const key = `${resolved.to} ${resolved.metric ?? ''}`;
    const first = places.get(key);
    const metric = resolved.metric ?? { ipv4: 0, ipv6: IPV6_METRIC }[resolved.family];
    if (view.node.occupied?.routes.some((each) => each.to === resolved.to && each.metric === metric))
      reader.add(route.place, `${quote(view.node.name)} has a route to ${resolved.to} of this metric already`);
    if (first === undefined) places.set(key, route.place);
    else reader.add(route.place, `there is a route to ${resolved.to} of this metric already (${first})`);
    return [resolved];
  });
}

function resolveRoute(reader: SpecReader, view: NodeView, route: DraftRoute): PlannedRoute | undefined {
  const { place, to, via, metric } = route;
  const family = to?.family ?? via?.family ?? view.family;
  const text = via && numberToAddress(via.family, via.value);
  if (via !== undefined && via.family !== family) {
    const names = { ipv4: 'IPv4', ipv6: 'IPv6' };
    reader.refuse(place.at('via'), `must be of ${names[family]}, as the destination is`, text);
    return undefined;
  }
  if (via === undefined && route.interface === undefined) {
    reader.add(place, 'must have via (the address of the next router), interface, or both');
    return undefined;
  }
  if (route.interface !== undefined && !checkInterface(reader, view, place.at('interface'), route.interface))
    return undefined;
  const name = via === undefined ? route.interface : findOnLink(reader, view, place.at('via'), via, route.interface);
  if (name === undefined) return undefined;
  const destination = to === undefined ? EVERYWHERE[family] : formatNetwork(to);
  const network = view.interfaces
    .flatMap(({ addresses }) => addresses)
    .find((each) => formatNetwork(each.network) === destination);
  if (family === 'ipv4' && network !== undefined && (metric ?? 0) === 0) {
    reader.refuse(place.at('to'), `is the network of ${network.place}, which needs no route`, destination);
    return undefined;
  }
  return { family, to: destination, via: text, interface: name, metric, computed: false };
}

/** Completes the neighbours of a node's spec. */
export function resolveNeighbours(reader: SpecReader, view: NodeView): readonly PlannedNeighbour[] {
  return view.node.neighbours.flatMap((neighbour) => {
    const { place, family, value, macAddress } = neighbour;
    const name = findNeighbourInterface(reader, view, place, neighbour);
    if (name === undefined) return [];
    return [{ family, address: numberToAddress(family, value), macAddress, interface: name }];
  });
}

function findNeighbourInterface(
  reader: SpecReader,
  view: NodeView,
  place: Place,
  neighbour: DraftNeighbour,
): string | undefined {
  const name = neighbour.interface;
  if (name === undefined) return findOnLink(reader, view, place.at('address'), neighbour, undefined);
  return checkInterface(reader, view, place.at('interface'), name) ? name : undefined;
}

/** Completes the settings of a node's spec: those of an interface wait for it. */
export function resolveSysctls(reader: SpecReader, view: NodeView): readonly PlannedSysctl[] {
  return view.node.sysctls.map(({ place, path, value }: DraftSysctl) => {
    const name = /^ipv[46]\/(?:conf|neigh)\/(.+)\/[^/]+$/.exec(path)?.[1];
    const isOfInterface = name !== undefined && !['all', 'default', 'lo'].includes(name);
    if (isOfInterface) checkInterface(reader, view, place, name);
    const isStacked = view.interfaces.some((each) => each.name === name && each.isStacked);
    const when = isStacked ? 'after-stacked' : 'after-links';
    return { path, value, when: isOfInterface ? when : 'before-links', optional: false };
  });
}

function checkInterface(reader: SpecReader, { node, names }: NodeView, place: Place, name: string): boolean {
  if (name === 'lo' || names.includes(name)) return true;
  const known = ['lo', ...names];
  reader.refuse(place, `must be an interface of ${quote(node.name)}: ${known.join(', ')}`, name, suggest(name, known));
  return false;
}

/** The interface that an address is reached through without a router. */
function findOnLink(
  reader: SpecReader,
  { node, interfaces }: NodeView,
  place: Place,
  { family, value }: { readonly family: IpFamily; readonly value: bigint },
  wanted: string | undefined,
): string | undefined {
  const text = numberToAddress(family, value);
  const own = interfaces.find(({ addresses }) =>
    addresses.some((each) => each.family === family && each.value === value),
  );
  if (own !== undefined) {
    reader.refuse(place, `must not be an address of ${quote(node.name)} itself (${own.name})`, text);
    return undefined;
  }
  if (isLinkLocal({ family, value })) {
    if (wanted === undefined) reader.refuse(place, 'must have interface beside it, for it is of one link', text);
    return wanted;
  }
  const candidates = wanted === undefined ? interfaces : interfaces.filter(({ name }) => name === wanted);
  const found = candidates.find(({ addresses }) => addresses.some(({ network }) => contains(network, family, value)));
  if (found !== undefined) return found.name;
  const networks = candidates.flatMap(({ name, addresses }) =>
    addresses.map(({ network }) => `${formatNetwork(network)} (${name})`),
  );
  const where = `${quote(node.name)}${wanted === undefined ? '' : ` on ${wanted}`}`;
  const known = networks.length === 0 ? 'and it has none' : `which are ${networks.join(', ')}`;
  reader.refuse(place, `must be in a network of ${where}, ${known}`, text);
  return undefined;
}
