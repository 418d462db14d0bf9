import type { NetlinkRequest } from '../../netlink/message.js';
import { encodeCreateMacvlan, encodeCreateVlan } from '../../netlink/stacked-links.js';
import { encodeCreateVxlan } from '../../netlink/vxlan.js';
import type { Netns } from '../../netns.js';
import { isStacked } from '../plan/is-stacked.js';
import type { LabPlan, PlannedInterface, PlannedLink, PlannedNode } from '../plan/lab-plan.js';
import { finishNode, setUpInterface } from '../plan/lab-requests.js';
import { createOfKind } from './missing-kind.js';
import { writeSysctls } from './write-sysctls.js';

/** Creates the vxlans of a plan, down. @throws UnsupportedError where the kernel has none @throws KernelError */
export function createTunnels(plan: LabPlan, find: (node: string) => Netns): void {
  for (const link of plan.links) if (link.kind.type === 'vxlan') create(plan, link, find);
}

/**
 * Creates what stands on other links, each after what it stands on, and finishes their nodes. What is below has a
 * carrier by now, and so has what is made upon it: otherwise the kernel would take a second to see it, for the carrier
 * of a device that is not up yet is of no urgency (net/core/link_watch.c, linkwatch_urgent_event).
 *
 * @throws UnsupportedError for a kind that the kernel lacks @throws KernelError
 */
export function buildStackedLinks(
  plan: LabPlan,
  nodes: readonly { readonly plan: PlannedNode; readonly netns: Netns }[],
  find: (node: string) => Netns,
): void {
  const links = orderByStack(plan.links).filter(({ kind }) => isStacked(kind.type));
  if (links.length === 0) return;
  for (const link of links) create(plan, link, find);
  const upper = nodes.filter(({ plan: node }) => node.interfaces.some(({ kind }) => isStacked(kind)));
  for (const node of upper) writeSysctls(node, 'after-stacked');
  for (const { name } of links) {
    for (const { plan: node, netns } of upper) {
      const own = node.interfaces.filter(({ link }) => link === name);
      netns.netlink.requestAll(own.flatMap((each) => setUpInterface(each, node.bridge)));
    }
  }
  for (const { plan: node, netns } of upper) netns.netlink.requestAll(finishNode(node));
}

function create(plan: LabPlan, link: PlannedLink, find: (node: string) => Netns): void {
  createOfKind(link.kind.type, () => {
    for (const { from, request } of listCreations(plan, link, find)) find(from).netlink.request(request);
  });
}

interface Creation {
  /** The node whose namespace it is made from. */
  readonly from: string;
  readonly request: NetlinkRequest;
}

function listCreations(plan: LabPlan, link: PlannedLink, find: (node: string) => Netns): readonly Creation[] {
  const { kind, ends, mtu } = link;
  const settings = (index: 0 | 1) => {
    const { name, ifindex, macAddress } = findInterface(plan, ends[index].node, link.name);
    return { name, index: ifindex, macAddress, mtuBytes: mtu, netnsFd: find(ends[index].node).fd };
  };
  const indexOn = (node: string, over: string): number => findInterface(plan, node, over).ifindex;
  switch (kind.type) {
    case 'veth':
      return [];
    case 'macvlan': {
      const from = ends[1].node;
      const lowerIndex = indexOn(from, kind.over);
      return [{ from, request: encodeCreateMacvlan({ ...settings(0), lowerIndex, mode: kind.mode }) }];
    }
    case 'vlan':
      return ([0, 1] as const).map((index) => {
        const from = ends[index].node;
        const lowerIndex = indexOn(from, kind.over[index]);
        return { from, request: encodeCreateVlan({ ...settings(index), lowerIndex, vlanId: kind.id }) };
      });
    case 'vxlan':
      return ([0, 1] as const).map((index) => {
        const [own, other] = [kind.under[index], kind.under[index === 0 ? 1 : 0]];
        const { vni: id, port } = kind;
        const tunnel = { id, port, local: own.address, remote: other.address };
        return { from: own.node, request: encodeCreateVxlan({ ...settings(index), ...tunnel }) };
      });
  }
}

/** What stands on nothing first; a spec names links in any order. */
function orderByStack(links: readonly PlannedLink[]): readonly PlannedLink[] {
  const byName = new Map(links.map((link) => [link.name, link]));
  const ordered = new Set<PlannedLink>();
  const add = (link: PlannedLink): void => {
    if (ordered.has(link)) return;
    for (const name of listOvers(link)) {
      const over = byName.get(name);
      if (over !== undefined) add(over);
    }
    ordered.add(link);
  };
  for (const link of links) add(link);
  return [...ordered];
}

function listOvers({ kind }: PlannedLink): readonly string[] {
  if (kind.type === 'macvlan') return [kind.over];
  return kind.type === 'vlan' ? kind.over : [];
}

function findInterface({ nodes }: LabPlan, node: string, link: string): PlannedInterface {
  const found = nodes.find(({ name }) => name === node)?.interfaces.find((each) => each.link === link);
  if (found === undefined) throw new TypeError(`the plan has no interface of ${node} on link ${link}`);
  return found;
}
