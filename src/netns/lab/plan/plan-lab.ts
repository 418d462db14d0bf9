import { quote, UsageError } from '../../../core/errors.js';
import { Mistakes } from '../../../core/mistakes.js';
import type { LabSpec } from '../lab-spec.js';
import type { DraftAddress, DraftEnd, DraftLink, DraftNode, LabDraft } from '../read/draft.js';
import { broadcastOf, formatNetwork, type IpNetwork, numberToAddress } from '../read/ip-network.js';
import { resolveMulticastRoutes } from '../read/multicast-routes.js';
import { NOTHING_SURVEYED, type Survey } from '../read/occupied.js';
import { isFields, SpecReader } from '../read/place.js';
import { readSpec } from '../read/read-spec.js';
import { type AddressesOf, checkAddresses, chooseAddresses } from './addresses.js';
import { checkLasting } from './adopted-links.js';
import { computeRoutes } from './computed-routes.js';
import { type NodeView, resolveNeighbours, resolveRoutes, resolveSysctls } from './given-routes.js';
import { chooseInterfaces, type Interfaces } from './interfaces.js';
import type {
  LabPlan,
  PlannedAddress,
  PlannedInterface,
  PlannedKind,
  PlannedLink,
  PlannedNode,
  PlannedRoute,
} from './lab-plan.js';
import { planSysctls } from './lab-sysctls.js';
import { chooseNetworks } from './networks.js';
import { createRouteGraph, type RouteGraph } from './route-graph.js';
import { checkLoops, checkTrunks, findSegments, type Segment } from './segments.js';
import { chooseUnderlays, type UnderlaysOf } from './underlays.js';

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
  return planAround(spec, NOTHING_SURVEYED);
}

/** Plans a lab around what is in the namespaces that it adopts. @throws UsageError as `planLab` */
export function planAround(spec: LabSpec, survey: Survey): LabPlan {
  if (!isFields(spec)) {
    throw new UsageError('lab', `expected an object such as { hosts: { a: {} } }; received ${quote(spec)}`);
  }
  const mistakes = new Mistakes();
  const reader = new SpecReader(mistakes);
  const draft = readSpec(reader, spec, survey);
  checkLoops(reader, draft.links);
  checkLasting(reader, draft.links);
  const interfaces = chooseInterfaces(reader, draft);
  const segments = findSegments(draft);
  checkTrunks(reader, draft, segments);
  const networks = chooseNetworks(reader, draft, segments);
  const addresses = chooseAddresses(reader, draft, networks);
  checkAddresses(reader, draft, interfaces, addresses);
  const underlays = chooseUnderlays(reader, draft, segments, addresses);
  const given = resolveGiven(reader, draft, segments, interfaces, addresses);
  mistakes.throwIfAny('lab');
  return assemble({ draft, interfaces, segments, networks, addresses, underlays, given });
}

type GivenParts = Pick<PlannedNode, 'routes' | 'neighbours' | 'sysctls' | 'multicastRoutes'>;
type Given = ReadonlyMap<DraftNode, GivenParts>;

interface Choices {
  readonly draft: LabDraft;
  readonly interfaces: Interfaces;
  readonly segments: readonly Segment[];
  readonly networks: ReadonlyMap<Segment, readonly IpNetwork[]>;
  readonly addresses: AddressesOf;
  readonly underlays: UnderlaysOf;
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
  const given = new Map<DraftNode, GivenParts>();
  const linkOf = new Map(draft.links.flatMap(({ name, ends }) => ends.map((end) => [end, name] as const)));
  for (const node of draft.nodes.values()) {
    const { routes, neighbours, sysctls, multicastRoutes } = node;
    if (routes.length + neighbours.length + sysctls.length + multicastRoutes.length === 0) continue;
    if (draft.isDoubtful || node.ends.some((end) => end.isDoubtful || doubtful.has(end))) continue;
    const named = node.ends.map((end) => ({
      name: interfaces.ofEnd.get(end)?.name ?? '',
      addresses: addresses.get(end) ?? [],
      isStacked: draft.lowers.has(end),
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
      multicastRoutes: resolveMulticastRoutes(
        reader,
        node,
        new Map(node.ends.map((end, index) => [linkOf.get(end) ?? '', named[index]?.name ?? ''])),
      ),
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
    const { routes = [], neighbours = [], sysctls = [], multicastRoutes = [] } = given.get(node) ?? {};
    const bridge = interfaces.ofBridge.get(node);
    const { stp, multicastSnooping, multicastQuerier } = node;
    const own = node.ends.flatMap((end) => ofEnd.get(end) ?? []);
    return {
      name: node.name,
      kind: node.kind,
      netns: node.netns,
      forwarding: node.forwarding,
      sysctls: [...planSysctls(node, usesIpv6, own), ...sysctls],
      bridge: bridge && { ...bridge, stp, multicastSnooping, multicastQuerier },
      interfaces: own,
      loopback: node.loopback.map(planAddress),
      neighbours,
      routes: [...routes, ...planRoutes(graph, node, [...routes, ...(node.occupied?.routes ?? [])])],
      multicastRoutes,
    };
  });
  return {
    nodes,
    links: draft.links.flatMap((link) => planLink(choices, link)),
    segments: segments.map((segment) => ({
      name: segment.name,
      bridges: segment.bridges.map(({ name }) => name),
      links: segment.links.map(({ name }) => name),
      networks: (networks.get(segment) ?? []).map(formatNetwork),
    })),
    usesIpv6,
  };
}

function planLink({ draft, interfaces, underlays }: Choices, link: DraftLink): readonly PlannedLink[] {
  const [a, second] = link.ends;
  const b = second ?? (a && draft.lowers.get(a));
  const kind = planKind(link, underlays);
  if (a === undefined || b === undefined || kind === undefined) return [];
  const endOf = (end: DraftEnd) => ({ node: end.node.name, interface: interfaces.ofEnd.get(end)?.name ?? '' });
  const { name, mtu, up, wire, impairable } = link;
  return [{ name, kind, ends: [endOf(a), endOf(b)], mtu, up, wire, impairable }];
}

function planKind(link: DraftLink, underlays: UnderlaysOf): PlannedKind | undefined {
  const { kind } = link;
  if (kind.type === 'veth') return kind;
  if (kind.type === 'macvlan') return { type: kind.type, over: kind.over, mode: kind.mode };
  if (kind.type === 'vlan') return { type: kind.type, id: kind.id, over: kind.over };
  const under = underlays.get(link);
  return under && { type: kind.type, vni: kind.vni, port: kind.port, under };
}

function planInterfaces({ draft, interfaces, segments, addresses }: Choices): ReadonlyMap<DraftEnd, PlannedInterface> {
  const planned = new Map<DraftEnd, PlannedInterface>();
  for (const segment of segments) {
    for (const link of segment.links) {
      for (const end of link.ends) {
        const chosen = end && interfaces.ofEnd.get(end);
        if (end === undefined || chosen === undefined) continue;
        const lower = link.kind.type === 'vlan' ? draft.lowers.get(end) : undefined;
        planned.set(end, {
          link: link.name,
          name: chosen.name,
          ifindex: chosen.ifindex,
          macAddress: chosen.macAddress,
          kind: link.kind.type,
          below: lower && interfaces.ofEnd.get(lower)?.name,
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
  given: readonly Pick<PlannedRoute, 'to'>[],
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
