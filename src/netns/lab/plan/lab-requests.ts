import { encodeAddAddress } from '../../netlink/address-requests.js';
import { encodeCreateBridge } from '../../netlink/bridge.js';
import { encodeSetLink } from '../../netlink/link-requests.js';
import type { NetlinkRequest } from '../../netlink/message.js';
import { encodeAddNeighbour } from '../../netlink/neighbours.js';
import { encodeAddRoute } from '../../netlink/route-requests.js';
import { encodeCreateVeth } from '../../netlink/veth.js';
import { isStacked } from './is-stacked.js';
import type {
  LabPlan,
  PlannedAddress,
  PlannedBridge,
  PlannedInterface,
  PlannedLink,
  PlannedLinkEnd,
  PlannedNode,
} from './lab-plan.js';

const LOOPBACK_INDEX = 1;

/** A link of the plan with both its interfaces, the first in the namespace that creates it. */
export interface PlannedPair {
  readonly link: PlannedLink;
  readonly near: { readonly node: string; readonly interface: PlannedInterface };
  readonly far: { readonly node: string; readonly interface: PlannedInterface };
}

/**
 * Which namespace creates which links: that of the end with more of them, so that the links of a switch go out in one
 * message. Keyed by node. Links whose ends are apart, those that can be impaired, are not among them.
 */
export function groupPairs(plan: LabPlan): ReadonlyMap<string, readonly PlannedPair[]> {
  const nodes = new Map(plan.nodes.map((node) => [node.name, node]));
  const groups = new Map<string, PlannedPair[]>();
  for (const link of plan.links) {
    if (link.wire || link.impairable || link.kind.type !== 'veth') continue;
    const [near, far] = orderEnds(nodes, link);
    const pair = {
      link,
      near: { node: near.node, interface: findInterface(nodes, near) },
      far: { node: far.node, interface: findInterface(nodes, far) },
    };
    const group = groups.get(near.node);
    if (group === undefined) groups.set(near.node, [pair]);
    else group.push(pair);
  }
  return groups;
}

/** Both ends of a link, down; `farFd` is the namespace of the far one. */
export function createPair({ link, near, far }: PlannedPair, farFd: number): NetlinkRequest {
  return encodeCreateVeth({
    ...toEnd(near.interface, link.mtu),
    peer: { ...toEnd(far.interface, link.mtu), netnsFd: farFd },
  });
}

/** An end of a link that can be impaired, down, and its inner end in another namespace. */
export function createWireEnd(
  end: PlannedInterface,
  inner: { readonly name: string; readonly index: number; readonly netnsFd: number },
): NetlinkRequest {
  return encodeCreateVeth({ ...toEnd(end, end.mtu), peer: { ...inner, mtuBytes: end.mtu, queues: 1 } });
}

export function createBridge(bridge: PlannedBridge): NetlinkRequest {
  const { name, ifindex, macAddress, stp, multicastSnooping, multicastQuerier } = bridge;
  return encodeCreateBridge({
    name,
    index: ifindex,
    macAddress,
    stp,
    // A port forwards at once, unless the spanning tree has to be worked out.
    ...(stp ? {} : { forwardDelayMs: 0 }),
    multicastSnooping,
    multicastQuerier,
    // Else its first questions, in older versions, make hosts forget a report that they were about to make, and answer
    // within ten seconds instead: net/ipv4/igmp.c, igmp_heard_query; net/ipv6/mcast.c, mld_process_v1.
    igmpVersion: 3,
    mldVersion: 2,
  });
}

/**
 * All that is done in a node's namespace once its interfaces are there, in order. One with interfaces that stand on
 * others waits for them with what comes last: {@link finishNode}.
 */
export function setUpNode(node: PlannedNode): readonly NetlinkRequest[] {
  return [
    encodeSetLink({ index: LOOPBACK_INDEX, isUp: true }),
    ...node.loopback.map((address) => addAddress(LOOPBACK_INDEX, address)),
    ...node.interfaces.flatMap((each) => (isStacked(each.kind) ? [] : setUpInterface(each, node.bridge))),
    ...(node.bridge === undefined ? [] : [encodeSetLink({ index: node.bridge.ifindex, isUp: true })]),
    ...(node.interfaces.some(({ kind }) => isStacked(kind)) ? [] : finishNode(node)),
  ];
}

/** What takes all interfaces of a node to be there. */
export function finishNode(node: PlannedNode): readonly NetlinkRequest[] {
  const indexOf = indexesOf(node);
  const up = new Set(['lo', ...node.interfaces.filter((each) => each.up).map((each) => each.name)]);
  return [
    ...node.neighbours.map(({ address, macAddress, interface: name }) =>
      encodeAddNeighbour({ ifindex: indexOf(name), address, macAddress, exclusive: false }),
    ),
    ...setUpRoutes(node, up),
  ];
}

/** The routes through some interfaces, which must be up. */
export function setUpRoutes(node: PlannedNode, interfaces: ReadonlySet<string>): readonly NetlinkRequest[] {
  const indexOf = indexesOf(node);
  return node.routes
    .filter((route) => interfaces.has(route.interface))
    .map(({ to, via, interface: name, metric }) =>
      encodeAddRoute({
        destination: to,
        ifindex: indexOf(name),
        ...(via === undefined ? {} : { gateway: via }),
        ...(metric === undefined ? {} : { metric }),
      }),
    );
}

function indexesOf(node: PlannedNode): (name: string) => number {
  const indexes = new Map(node.interfaces.map(({ name, ifindex }) => [name, ifindex]));
  return (name) => indexes.get(name) ?? LOOPBACK_INDEX;
}

/** Its addresses, its bridge, and that it is up. */
export function setUpInterface(each: PlannedInterface, bridge: PlannedBridge | undefined): readonly NetlinkRequest[] {
  const master = each.isBridgePort && bridge !== undefined ? { masterIndex: bridge.ifindex } : {};
  return [
    ...each.addresses.map((address) => addAddress(each.ifindex, address)),
    // The kernel sets a VLAN up with what it stands on (net/8021q/vlan.c, vlan_device_event).
    ...(each.up || each.isBridgePort || each.kind === 'vlan'
      ? [
          encodeSetLink({
            index: each.ifindex,
            ...(each.up || each.kind === 'vlan' ? { isUp: each.up } : {}),
            ...master,
          }),
        ]
      : []),
  ];
}

function addAddress(
  ifindex: number,
  { address, prefixLength, label, broadcast, family }: PlannedAddress,
): NetlinkRequest {
  return encodeAddAddress({
    ifindex,
    address,
    prefixLength,
    ...(label === undefined ? {} : { label }),
    ...(broadcast === undefined ? {} : { broadcast }),
    // Addresses of a lab are known to be unique, and looking for duplicates takes two seconds.
    ...(family === 'ipv6' ? { noDad: true } : {}),
  });
}

function toEnd({ name, ifindex, macAddress }: PlannedInterface, mtuBytes: number) {
  // A queue for each processor, the default, makes a pair a third slower to create: every queue has files of its own.
  return { name, index: ifindex, macAddress, mtuBytes, queues: 1 };
}

function orderEnds(
  nodes: ReadonlyMap<string, PlannedNode>,
  { ends: [a, b] }: PlannedLink,
): readonly [PlannedLinkEnd, PlannedLinkEnd] {
  const degree = (end: PlannedLinkEnd): number => nodes.get(end.node)?.interfaces.length ?? 0;
  return degree(b) > degree(a) ? [b, a] : [a, b];
}

function findInterface(
  nodes: ReadonlyMap<string, PlannedNode>,
  { node, interface: name }: PlannedLinkEnd,
): PlannedInterface {
  const found = nodes.get(node)?.interfaces.find((each) => each.name === name);
  if (found === undefined) throw new TypeError(`the plan has no interface ${name} on ${node}`);
  return found;
}
