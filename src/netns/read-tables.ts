import { type AddressState, decodeAddresses } from './netlink/address.js';
import { encodeListAddresses } from './netlink/address-requests.js';
import { decodeLinks, type LinkState } from './netlink/link.js';
import { encodeListLinks } from './netlink/link-requests.js';
import { decodeNeighbours, encodeListNeighbours, type NeighbourState } from './netlink/neighbours.js';
import { decodeRoutes, type RouteState } from './netlink/route.js';
import { encodeListRoutes } from './netlink/route-requests.js';
import type { Netns } from './netns.js';

/** An address that a namespace has now, whoever gave it. */
export interface NetnsAddress extends AddressState {
  /** The name of the interface that has it. */
  readonly interface: string;
}

/** A route that a namespace has now, whoever added it. */
export interface NetnsRoute extends RouteState {
  /** The name of the interface that it leads out of, the first of several; `undefined` for one that leads nowhere. */
  readonly interface: string | undefined;
}

/** A neighbour that a namespace knows now. */
export interface NetnsNeighbour extends NeighbourState {
  /** The name of the interface that it is at. */
  readonly interface: string;
}

/** RT_TABLE_LOCAL: what the kernel keeps of its own addresses. */
const LOCAL_TABLE = 255;

/** @internal The addresses of a namespace, in the order of the kernel. */
export function readAddresses(netns: Netns): readonly NetnsAddress[] {
  const nameOf = nameLinks(netns);
  return decodeAddresses(netns.netlink.dump(encodeListAddresses())).map((each) => ({
    ...each,
    interface: nameOf(each.ifindex),
  }));
}

/** @internal The routes of every table but the local one. */
export function readRoutes(netns: Netns): readonly NetnsRoute[] {
  const nameOf = nameLinks(netns);
  return decodeRoutes(netns.netlink.dump(encodeListRoutes()))
    .filter((each) => each.table !== LOCAL_TABLE && !each.isCloned)
    .map((each) => ({ ...each, interface: each.ifindex === undefined ? undefined : nameOf(each.ifindex) }));
}

/** @internal The neighbours of both families, those left out that no frame goes to: `noarp`, as groups are. */
export function readNeighbours(netns: Netns): readonly NetnsNeighbour[] {
  const nameOf = nameLinks(netns);
  return decodeNeighbours(netns.netlink.dump(encodeListNeighbours()))
    .filter((each) => each.state !== 'noarp')
    .map((each) => ({ ...each, interface: nameOf(each.ifindex) }));
}

/** @internal The links of a namespace. */
export function readLinks(netns: Netns): readonly LinkState[] {
  return decodeLinks(netns.netlink.dump(encodeListLinks()));
}

function nameLinks(netns: Netns): (index: number) => string {
  const names = new Map(readLinks(netns).map(({ index, name }) => [index, name]));
  return (index) => names.get(index) ?? `interface ${index}`;
}
