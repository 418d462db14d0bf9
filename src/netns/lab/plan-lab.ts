import { quote, UsageError } from '../../core/errors.js';
import { Mistakes } from '../../core/mistakes.js';
import { type AddressesOf, checkAddresses, chooseAddresses } from './addresses.js';
import { computeRoutes } from './computed-routes.js';
import type { DraftAddress, DraftEnd, DraftNode, LabDraft } from './draft.js';
import { type NodeView, resolveNeighbours, resolveRoutes, resolveSysctls } from './given-routes.js';
import { chooseInterfaces, type Interfaces } from './interfaces.js';
import { broadcastOf, formatNetwork, type IpNetwork, numberToAddress } from './ip-network.js';
import type { LabPlan, PlannedAddress, PlannedInterface, PlannedLink, PlannedNode, PlannedRoute } from './lab-plan.js';
import type { LabSpec } from './lab-spec.js';
import { planSysctls } from './lab-sysctls.js';
import { chooseNetworks } from './networks.js';
import { isFields, SpecReader } from './place.js';
import { readSpec } from './read-spec.js';
import { createRouteGraph, type RouteGraph } from './route-graph.js';
import { checkLoops, findSegments, type Segment } from './segments.js';

/**
 * Decides everything of a lab that the spec leaves open, and touches nothing: interfaces are named and numbered in the
 * order of the links, networks are 10.x.y.0/24 and fd00:x:y::/64, addresses begin with the routers', and routes go the
 * fewest hops. The same spec always gives the same plan.
 *
 * @throws UsageError with every mistake of the spec, each with its place: `links.a.ends[1].interface`.
 *
 * @example
 * ```ts
 * const plan = planLab({ hosts: { a: {}, b: {} }, links: { wire: ['a', 'b'] } });
 * plan.nodes[0]?.interfaces[0]?.addresses[0]?.address; // '10.0.0.1'
 * ```
 */
export function planLab(spec: LabSpec): LabPlan {
  if (!isFields(spec)) {
    throw new UsageError('lab', `expected an object such as { hosts: { a: {} } }; received ${quote(spec)}`);
  }
  const mistakes = new Mistakes();
  const reader = new SpecReader(mistakes);
  const draft = readSpec(reader, spec);
  checkLoops(reader, draft.links);
  const interfaces = chooseInterfaces(reader, draft);
  const segments = findSegments(draft);
  const networks = chooseNetworks(reader, draft, segments);
  const addresses = chooseAddresses(reader, draft, networks);
  checkAddresses(reader, draft, interfaces, addresses);
  const given = resolveGiven(reader, draft, segments, interfaces, addresses);
  mistakes.throwIfAny('lab');
  return assemble({ draft, interfaces, segments, networks, addresses, given });
}

type Given = ReadonlyMap<DraftNode, Pick<PlannedNode, 'routes' | 'neighbours' | 'sysctls'>>;

interface Choices {
  readonly draft: LabDraft;
  readonly interfaces: Interfaces;
  readonly segments: readonly Segment[];
  readonly networks: ReadonlyMap<Segment, readonly IpNetwork[]>;
  readonly addresses: AddressesOf;
  readonly given: Given;
}

/** Routes and the like of nodes whose interfaces could be read; those of others would be blamed for others' mistakes. */
function resolveGiven(
  reader: SpecReader,
  draft: LabDraft,
  segments: readonly Segment[],
  interfaces: Interfaces,
  addresses: AddressesOf,
): Given {
  const doubtful = new Set<DraftEnd>();
  for (const { bridges, links, ends } of segments) {
    if ([...bridges, ...links].some((each) => each.isDoubtful)) for (const end of ends) doubtful.add(end);
  }
  const given = new Map<DraftNode, Pick<PlannedNode, 'routes' | 'neighbours' | 'sysctls'>>();
  for (const node of draft.nodes.values()) {
    if (node.routes.length + node.neighbours.length + node.sysctls.length === 0) continue;
    if (draft.isDoubtful || node.ends.some((end) => end.isDoubtful || doubtful.has(end))) continue;
    const named = node.ends.map((end) => ({
      name: interfaces.ofEnd.get(end)?.name ?? '',
      addresses: addresses.get(end) ?? [],
    }));
    const bridge = interfaces.ofBridge.get(node);
    const view: NodeView = {
      node,
      interfaces: named,
      names: [...(bridge === undefined ? [] : [bridge.name]), ...named.map(({ name }) => name)],
      family: draft.families[0] ?? 'ipv4',
    };
    given.set(node, {
      routes: resolveRoutes(reader, view),
      neighbours: resolveNeighbours(reader, view),
      sysctls: resolveSysctls(reader, view),
    });
  }
  return given;
}

function assemble(choices: Choices): LabPlan {
  const { draft, interfaces, segments, networks, addresses, given } = choices;
  const graph = draft.computeRoutes ? createRouteGraph(draft, networks, addresses, interfaces) : undefined;
  const usesIpv6 = findsIpv6(choices);
  const ofEnd = planInterfaces(choices);
  const nodes = [...draft.nodes.values()].map((node): PlannedNode => {
    const { routes = [], neighbours = [], sysctls = [] } = given.get(node) ?? {};
    const bridge = interfaces.ofBridge.get(node);
    const { stp, multicastSnooping, multicastQuerier } = node;
    return {
      name: node.name,
      kind: node.kind,
      forwarding: node.forwarding,
      sysctls: [...planSysctls(node, usesIpv6), ...sysctls],
      bridge: bridge && { ...bridge, stp, multicastSnooping, multicastQuerier },
      interfaces: node.ends.flatMap((end) => ofEnd.get(end) ?? []),
      loopback: node.loopback.map(planAddress),
      neighbours,
      routes: [...routes, ...planRoutes(graph, node, routes)],
    };
  });
  return {
    nodes,
    links: draft.links.flatMap(({ name, ends: [a, b], mtu, up, wire, impairable }): readonly PlannedLink[] => {
      if (a === undefined || b === undefined) return [];
      const endOf = (end: DraftEnd) => ({ node: end.node.name, interface: interfaces.ofEnd.get(end)?.name ?? '' });
      return [{ name, ends: [endOf(a), endOf(b)], mtu, up, wire, impairable }];
    }),
    segments: segments.map((segment) => ({
      name: segment.name,
      bridges: segment.bridges.map(({ name }) => name),
      links: segment.links.map(({ name }) => name),
      networks: (networks.get(segment) ?? []).map(formatNetwork),
    })),
    usesIpv6,
  };
}

function planInterfaces({ interfaces, segments, addresses }: Choices): ReadonlyMap<DraftEnd, PlannedInterface> {
  const planned = new Map<DraftEnd, PlannedInterface>();
  for (const segment of segments) {
    for (const link of segment.links) {
      for (const end of link.ends) {
        const chosen = end && interfaces.ofEnd.get(end);
        if (end === undefined || chosen === undefined) continue;
        planned.set(end, {
          link: link.name,
          name: chosen.name,
          ifindex: chosen.ifindex,
          macAddress: chosen.macAddress,
          mtu: link.mtu,
          up: link.up,
          isBridgePort: end.node.kind === 'bridge',
          addresses: (addresses.get(end) ?? []).map(planAddress),
          segment: segment.name,
        });
      }
    }
  }
  return planned;
}

function planAddress({ family, value, network, label }: DraftAddress): PlannedAddress {
  return {
    family,
    address: numberToAddress(family, value),
    prefixLength: network.prefixLength,
    label,
    broadcast: broadcastOf(network),
  };
}

function planRoutes(
  graph: RouteGraph | undefined,
  node: DraftNode,
  given: readonly PlannedRoute[],
): readonly PlannedRoute[] {
  const machine = graph?.machines.get(node);
  return graph === undefined || machine === undefined ? [] : computeRoutes(graph, machine, given);
}

function findsIpv6({ draft, addresses, given }: Choices): boolean {
  const isIpv6 = ({ family }: { readonly family: string }) => family === 'ipv6';
  for (const list of addresses.values()) if (list.some(isIpv6)) return true;
  if ([...given.values()].some(({ routes }) => routes.some(isIpv6))) return true;
  return draft.families.includes('ipv6') || [...draft.nodes.values()].some(({ loopback }) => loopback.some(isIpv6));
}
