import type { IpFamily } from '../../netlink/ip-address.js';
import { EVERYWHERE } from '../../netlink/ip-prefix.js';
import { formatNetwork, numberToAddress } from '../read/ip-network.js';
import type { PlannedRoute } from './lab-plan.js';
import type { Machine, Membership, NetworkVertex, RouteGraph } from './route-graph.js';

/** The first step of a way: through which interface to which address. */
interface FirstHop {
  readonly via: bigint;
  readonly interface: string;
}

/**
 * Routes of one machine to every network of the lab that can be reached through machines that forward: by the fewest
 * hops, and of several such ways by the first, in the order of its interfaces and of the links. Ways over tunnels, and then
 * over links that are down, are taken only where there is no other. A machine that does not forward and has one gateway for all gets a
 * default route instead. What the spec gives a route to gets no other.
 */
export function computeRoutes(
  graph: RouteGraph,
  machine: Machine,
  given: readonly Pick<PlannedRoute, 'to'>[],
): readonly PlannedRoute[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    if (!machine.memberships.some((each) => each.family === family)) return [];
    const routes = findHops(graph, machine, family, 0);
    for (const rank of graph.ranks) {
      for (const [to, hop] of findHops(graph, machine, family, rank)) if (!routes.has(to)) routes.set(to, hop);
    }
    return collapse(machine, family, routes, given);
  });
}

/** A search over networks, nearest first; destinations are texts, for a loopback's may be the same on two machines. */
function findHops({ deaf }: RouteGraph, start: Machine, family: IpFamily, worst: number): Map<string, FirstHop> {
  const routes = new Map<string, FirstHop>();
  const visited = new Set<Machine>([start]);
  const reached = new Set<NetworkVertex>();
  const queue: { readonly machine: Machine; readonly hop: FirstHop }[] = [];
  const isUsable = (each: Membership) => each.family === family && each.rank <= worst;
  const local = new Set(start.ownNetworks.map(formatNetwork));

  const visit = ({ vertex, end }: Membership, hopTo: (gateway: Membership) => FirstHop) => {
    const unheard = deaf.get(end);
    for (const gateway of vertex.gateways) {
      if (!isUsable(gateway) || visited.has(gateway.machine) || unheard?.has(gateway.end)) continue;
      visited.add(gateway.machine);
      const hop = hopTo(gateway);
      for (const network of gateway.machine.ownNetworks) {
        const to = formatNetwork(network);
        if (network.family === family && !routes.has(to) && !local.has(to)) routes.set(to, hop);
      }
      if (gateway.machine.node.forwarding) queue.push({ machine: gateway.machine, hop });
    }
  };

  // The kernel itself routes to the networks of a machine's own addresses, also of those that are not up yet.
  for (const { family: each, vertex } of start.memberships) if (each === family) reached.add(vertex);
  for (const membership of start.memberships) {
    if (!isUsable(membership)) continue;
    visit(membership, ({ value }) => ({ via: value, interface: membership.interface }));
  }
  for (const { machine, hop } of queue) {
    for (const membership of machine.memberships) {
      const { vertex } = membership;
      if (!isUsable(membership) || reached.has(vertex)) continue;
      reached.add(vertex);
      routes.set(formatNetwork(vertex.network), hop);
      visit(membership, () => hop);
    }
  }
  return routes;
}

function collapse(
  machine: Machine,
  family: IpFamily,
  routes: ReadonlyMap<string, FirstHop>,
  given: readonly Pick<PlannedRoute, 'to'>[],
): readonly PlannedRoute[] {
  const complete = (to: string, hop: FirstHop): PlannedRoute => ({
    family,
    to,
    via: numberToAddress(family, hop.via),
    interface: hop.interface,
    metric: undefined,
    computed: true,
  });
  const open = [...routes].filter(([to]) => !given.some((each) => each.to === to));
  const [first] = open;
  const isOne =
    first !== undefined && open.every(([, hop]) => hop.via === first[1].via && hop.interface === first[1].interface);
  const hasDefault = given.some(({ to }) => to === EVERYWHERE[family]);
  if (isOne && !machine.node.forwarding && !hasDefault) return [complete(EVERYWHERE[family], first[1])];
  return open.map(([to, hop]) => complete(to, hop));
}
