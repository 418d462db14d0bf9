import { errnoOf } from '../../core/kernel-error.js';
import { NetemLinks } from '../impair/netem-links.js';
import { Netns } from '../netns.js';
import { type CreatedWires, createWires } from '../wire/create-wires.js';
import type { WireSwitch } from '../wire/wire-switch.js';
import type { LabPlan, PlannedNode } from './lab-plan.js';
import { createBridge, createPair, groupPairs, setUpNode } from './lab-requests.js';

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
 * @throws KernelError EPERM without the rights to make namespaces, EOPNOTSUPP for what the kernel lacks
 */
export function buildLab(plan: LabPlan): BuiltLab {
  const built: BuiltNode[] = [];
  try {
    const hosts = listAddresses(plan);
    for (const node of plan.nodes) built.push({ plan: node, netns: Netns.create({ hosts }) });
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
  const initial = readInitialValues(built);
  for (const node of built) writeSysctls(node, 'before-links', initial);
  for (const { plan: node, netns } of built) {
    if (node.bridge !== undefined) netns.netlink.requestAll([createBridge(node.bridge)]);
  }
  for (const [name, pairs] of groupPairs(plan)) {
    find(name).netlink.requestAll(pairs.map((pair) => createPair(pair, find(pair.far.node).fd)));
  }
  const netem = plan.links.some(({ impairable, wire }) => impairable && !wire) ? NetemLinks.probe() : undefined;
  let wires: CreatedWires | undefined;
  try {
    const links = plan.links.map((link) => (link.impairable && netem === undefined ? { ...link, wire: true } : link));
    netem?.connect(plan, built);
    wires = createWires({ ...plan, links }, built);
    for (const node of built) writeSysctls(node, 'after-links');
    for (const { plan: node, netns } of built) netns.netlink.requestAll(setUpNode(node));
    // Last, for what was started cannot be taken back at once.
    return { wires: wires?.start(), wireNames: links.filter(({ wire }) => wire).map(({ name }) => name), netem };
  } catch (error) {
    wires?.close();
    netem?.[Symbol.dispose]();
    throw error;
  }
}

/** What a setting is in a namespace in which nothing was set yet; `undefined` where it cannot be read. */
type InitialValues = ReadonlyMap<string, string | undefined>;

/** All new namespaces begin with the same values: those of the first are those of all. */
function readInitialValues(built: readonly BuiltNode[]): InitialValues {
  const sysctl = built[0]?.netns.sysctl;
  const paths = new Set(built.flatMap(({ plan }) => plan.sysctls.map(({ path }) => path)));
  const read = (path: string): string | undefined => {
    try {
      return sysctl?.read(`net/${path}`);
    } catch {
      // Writing will say why.
      return undefined;
    }
  };
  return new Map([...paths].map((path) => [path, read(path)]));
}

/** What is so from the start is not written; from the first write on everything is, for some settings change others. */
function writeSysctls({ plan, netns }: BuiltNode, when: 'before-links' | 'after-links', initial?: InitialValues): void {
  const settings = plan.sysctls.filter((setting) => setting.when === when);
  const first = settings.findIndex(({ path, value }) => initial?.get(path) !== value);
  if (first < 0) return;
  for (const { path, value, optional } of settings.slice(first)) {
    try {
      netns.sysctl.write(`net/${path}`, value);
    } catch (error) {
      if (!optional || errnoOf(error) !== 'ENOENT') throw error;
    }
  }
}
