import type { NetlinkRequest } from '../netlink/message.js';
import { encodeCreateMacvlan, encodeCreateVlan } from '../netlink/stacked-links.js';
import { encodeCreateVxlan } from '../netlink/vxlan.js';
import type { Netns } from '../netns.js';
import type { LabPlan, PlannedInterface, PlannedLink } from './lab-plan.js';
import { createOfKind } from './missing-kind.js';

/**
 * Creates the links of a plan that stand on others, each after what it stands on. Their interfaces are made from the
 * namespace of what is below, in that of their node.
 *
 * @throws UnsupportedError for a kind that the kernel lacks @throws KernelError
 */
export function createStackedLinks(plan: LabPlan, find: (node: string) => Netns): void {
  for (const link of orderByStack(plan.links)) {
    const { kind } = link;
    if (kind.type === 'veth') continue;
    createOfKind(kind.type, () => {
      for (const { from, request } of createStacked(plan, link, find)) find(from).netlink.request(request);
    });
  }
}

interface Creation {
  /** The node whose namespace it is made from. */
  readonly from: string;
  readonly request: NetlinkRequest;
}

function createStacked(plan: LabPlan, link: PlannedLink, find: (node: string) => Netns): readonly Creation[] {
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
