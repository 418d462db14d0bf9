import { KernelError } from '../../core/kernel-error.js';
import { decodeNeighbours, encodeListNeighbours } from '../netlink/neighbours.js';
import { decodeRoute } from '../netlink/route.js';
import { encodeFindRoute, type FindRouteOptions } from '../netlink/route-lookup.js';
import type { Case, Suspect } from './diagnosis.js';
import type { ViewedNode } from './lab-view.js';

/** What the kernel says when asked for a route. */
export type RouteAnswer =
  | {
      readonly found: true;
      readonly interface: string;
      readonly ifindex: number;
      readonly gateway: string | undefined;
      readonly words: string;
    }
  | { readonly found: false; readonly code: string; readonly words: string };

/** Asks the kernel of a node which way a packet would go. */
export function askRoute({ plan, netns }: ViewedNode, options: FindRouteOptions): RouteAnswer {
  const question = `route lookup on ${plan.name} for ${options.destination}${options.source === undefined ? '' : ` from ${options.source}`}`;
  try {
    const { ifindex, gateway, type } = decodeRoute(netns.netlink.requestOne(encodeFindRoute(options)));
    const name =
      plan.interfaces.find((each) => each.ifindex === ifindex)?.name ?? (ifindex === 1 ? 'lo' : `interface ${ifindex}`);
    const words = `${question}: ${type === 'unicast' ? '' : `${type} `}dev ${name}${gateway === undefined ? '' : ` via ${gateway}`}`;
    return { found: true, interface: name, ifindex: ifindex ?? 0, gateway, words };
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return { found: false, code: error.code, words: `${question}: ${error.code}` };
  }
}

/** The next hop that nobody answers for, if that is so. */
export function suspectNeighbour(
  { view, flow }: Case,
  node: string,
  name: string,
  gateway: string | undefined,
): readonly Suspect[] {
  const viewed = view.nodes.get(node);
  const device = viewed?.plan.interfaces.find((each) => each.name === name);
  if (viewed === undefined || device === undefined || flow.isGroup) return [];
  const target = gateway ?? flow.destination;
  const neighbours = decodeNeighbours(viewed.netns.netlink.dump(encodeListNeighbours({ ifindex: device.ifindex })));
  const entry = neighbours.find(({ address }) => address === target);
  if (entry === undefined || (entry.state !== 'failed' && entry.state !== 'incomplete')) return [];
  const how = flow.family === 'ipv4' ? 'ARP' : 'neighbour discovery';
  const owners = view.plan.nodes.flatMap((each) =>
    each.interfaces
      .filter(({ addresses }) => addresses.some(({ address }) => address === target))
      .map((owner) => `${each.name}:${owner.name}`),
  );
  const whose =
    owners.length === 0
      ? 'no host of the lab has that address'
      : `it is the address of ${owners.join(', ')}; look at that host and the way to it`;
  return [
    {
      cause: 'neighbour-unresolved',
      message: `nobody answers for ${target}: ${node}:${name} asked by ${how} in vain`,
      evidence: [`neighbour ${target} of ${node}:${name} is ${entry.state}`],
      fix: whose,
    },
  ];
}
