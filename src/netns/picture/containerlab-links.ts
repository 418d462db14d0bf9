import type { LabPlan, PlannedInterface, PlannedLink, PlannedNode } from '../lab/plan/lab-plan.js';

/** What of a plan no topology of containerlab's can have, with its reason. */
export function findForeignParts(plan: LabPlan): readonly string[] {
  return [
    ...plan.links.flatMap(({ name, kind, ends }) => {
      if (kind.type === 'macvlan')
        return [`link ${name}: a container cannot have a macvlan on another container's interface; use a bridge`];
      const isOwn = kind.type !== 'vxlan' || kind.under.every(({ node }, index) => node === ends[index]?.node);
      return isOwn ? [] : [`link ${name}: a container cannot have a vxlan over another container's network (under)`];
    }),
    ...plan.nodes
      .filter(({ multicastRoutes }) => multicastRoutes.length > 0)
      .map(({ name }) => `router ${name}: multicastRoutes take a program there, such as smcroute; leave them out`),
  ];
}

/** The commands that make those interfaces of a node that stand on others, or on its network. */
export function listUpperCommands(plan: LabPlan, node: PlannedNode): readonly string[] {
  const made = new Set<string>();
  const commands: string[] = [];
  const make = (each: PlannedInterface): void => {
    const link = plan.links.find(({ name }) => name === each.link);
    if (link === undefined || link.kind.type === 'veth' || made.has(each.name)) return;
    made.add(each.name);
    const below = node.interfaces.find(({ name }) => name === each.below);
    if (below !== undefined) make(below);
    commands.push(describeCreation(each, link, node.name), ...(each.up ? [`ip link set dev ${each.name} up`] : []));
  };
  for (const each of node.interfaces) make(each);
  return commands;
}

function describeCreation(each: PlannedInterface, { kind, ends }: PlannedLink, node: string): string {
  const { name, macAddress, mtu, below = '' } = each;
  const settings = `name ${name} address ${macAddress} mtu ${mtu}`;
  if (kind.type === 'vlan') return `ip link add link ${below} ${settings} type vlan id ${kind.id}`;
  if (kind.type !== 'vxlan') return '';
  const [own, other] = ends[0].node === node ? kind.under : [kind.under[1], kind.under[0]];
  return `ip link add ${settings} type vxlan id ${kind.vni} local ${own.address} remote ${other.address} dstport ${kind.port}`;
}
