import { NetemLinks } from '../../impair/netem-links.js';
import { Netns } from '../../netns.js';
import { type CreatedWires, createWires } from '../../wire/create-wires.js';
import type { WireSwitch } from '../../wire/wire-switch.js';
import type { LabPlan, PlannedNode } from '../plan/lab-plan.js';
import { createBridge, createPair, groupPairs, setUpNode } from '../plan/lab-requests.js';
import { startMulticastRouter } from '../read/multicast-routes.js';
import { adoptNode } from './adopt-node.js';
import { createOfKind } from './missing-kind.js';
import { buildStackedLinks, createTunnels } from './stacked-links.js';
import { type InitialValues, readInitialValues, writeSysctls } from './write-sysctls.js';

/** A node of a plan and the namespace that was made for it. */
export interface BuiltNode {
  readonly plan: PlannedNode;
  readonly netns: Netns;
}

/** What was built of a plan. */
export interface BuiltLab {
  readonly nodes: readonly BuiltNode[];
  readonly links: BuiltLinks;
}

/** What is between the ends of links that can be impaired. */
export interface BuiltLinks {
  /** What passes frames on, where links are wires. */
  readonly wires: WireSwitch | undefined;
  /** The names of the links that are, in the order of the switch. */
  readonly wireNames: readonly string[];
  /** What the links have that netem impairs. */
  readonly netem: NetemLinks | undefined;
}

/**
 * Makes what a plan says, without a wait: namespaces first, then links, a message for each switch, then what is set up
 * in each namespace, a message for each. When any of it fails, nothing is left.
 *
 * @throws KernelError EPERM without the rights to make namespaces
 * @throws UnsupportedError for a kind of link that the kernel lacks
 */
export function buildLab(plan: LabPlan): BuiltLab {
  const built: BuiltNode[] = [];
  try {
    const hosts = listAddresses(plan);
    let initial: InitialValues | undefined;
    for (const node of plan.nodes) {
      if (node.netns !== undefined) {
        built.push({ plan: node, netns: adoptNode(node, node.netns, { hosts }) });
        continue;
      }
      const netns = Netns.createPrepared({ hosts }, (inside) => {
        initial ??= readInitialValues(plan, inside);
        writeSysctls({ plan: node, netns: inside }, 'before-links', initial);
      });
      built.push({ plan: node, netns });
    }
    return { nodes: built, links: connect(plan, built) };
  } catch (error) {
    for (const { netns } of built) netns.close();
    throw error;
  }
}

/** The first address of each host, of IPv4 if it has one: what its name means inside. */
function listAddresses(plan: LabPlan): Readonly<Record<string, string>> {
  const entries = plan.nodes.flatMap(({ name, interfaces }) => {
    const all = interfaces.flatMap(({ addresses }) => addresses);
    const first = all.find(({ family }) => family === 'ipv4') ?? all[0];
    return first === undefined ? [] : [[name, first.address] as const];
  });
  return Object.fromEntries(entries);
}

function connect(plan: LabPlan, built: readonly BuiltNode[]): BuiltLinks {
  const byName = new Map(built.map((each) => [each.plan.name, each.netns]));
  const find = (name: string): Netns => {
    const netns = byName.get(name);
    if (netns === undefined) throw new TypeError(`the plan has no node ${name}`);
    return netns;
  };
  for (const { plan: node, netns } of built) {
    const { bridge } = node;
    if (bridge !== undefined) createOfKind('bridge', () => netns.netlink.requestAll([createBridge(bridge)]));
  }
  for (const [name, pairs] of groupPairs(plan)) {
    const requests = pairs.map((pair) => createPair(pair, find(pair.far.node).fd));
    createOfKind('veth', () => find(name).netlink.requestAll(requests));
  }
  const netem = plan.links.some(({ impairable, wire }) => impairable && !wire) ? NetemLinks.probe() : undefined;
  let wires: CreatedWires | undefined;
  try {
    const links = plan.links.map((link) => (link.impairable && netem === undefined ? { ...link, wire: true } : link));
    netem?.connect(plan, built);
    wires = createWires({ ...plan, links }, built);
    createTunnels(plan, find);
    for (const node of built) writeSysctls(node, 'after-links');
    for (const { plan: node, netns } of built) netns.netlink.requestAll(setUpNode(node));
    buildStackedLinks(plan, built, find);
    for (const { plan: node, netns } of built) startMulticastRouter(node, netns);
    // Last, for what was started cannot be taken back at once.
    return { wires: wires?.start(), wireNames: links.filter(({ wire }) => wire).map(({ name }) => name), netem };
  } catch (error) {
    wires?.close();
    netem?.[Symbol.dispose]();
    throw error;
  }
}
