import type { LabPlan, PlannedInterface, PlannedLink, PlannedNode } from '../lab/plan/lab-plan.js';

/** A node on a way: by which interface packets come in, and by which they leave. */
export interface WayStep {
  readonly node: PlannedNode;
  readonly input: PlannedInterface | undefined;
  readonly output: PlannedInterface | undefined;
}

interface Reached {
  readonly cost: number;
  readonly node: PlannedNode;
  readonly from: Reached | undefined;
  readonly link: PlannedLink | undefined;
}

/** Costs: a link, a router to pass, one that does not forward, a link that is down. */
const COST = { link: 1, router: 1000, silent: 1_000_000, down: 1_000_000_000 } as const;

/**
 * The way that packets are to take, by the plan: the fewest routers, then the fewest links; over links that are down and
 * hosts that do not forward only where there is no other. It ends at the interface that has the address, if one does.
 */
export function findWay(
  plan: LabPlan,
  from: PlannedNode,
  to: PlannedNode,
  address?: string,
): readonly WayStep[] | undefined {
  const owner = to.interfaces.find(({ addresses }) => addresses.some((each) => each.address === address));
  return search(plan, from, to, owner?.link) ?? search(plan, from, to, undefined);
}

function search(
  plan: LabPlan,
  from: PlannedNode,
  to: PlannedNode,
  lastLink: string | undefined,
): readonly WayStep[] | undefined {
  const nodes = new Map(plan.nodes.map((node) => [node.name, node]));
  const best = new Map<PlannedNode, number>([[from, 0]]);
  const open: Reached[] = [{ cost: 0, node: from, from: undefined, link: undefined }];
  for (;;) {
    const next = open.reduce<Reached | undefined>(
      (least, each) => (least === undefined || each.cost < least.cost ? each : least),
      undefined,
    );
    if (next === undefined) return undefined;
    open.splice(open.indexOf(next), 1);
    if (next.node === to) return toSteps(next);
    if ((best.get(next.node) ?? 0) < next.cost) continue;
    const passing = next.node === from ? 0 : costOfPassing(next.node);
    for (const link of plan.links) {
      const [a, b] = link.ends;
      if (a.node !== next.node.name && b.node !== next.node.name) continue;
      const node = nodes.get(a.node === next.node.name ? b.node : a.node);
      if (node === undefined || (node === to && lastLink !== undefined && link.name !== lastLink)) continue;
      const cost = next.cost + passing + COST.link + (link.up ? 0 : COST.down);
      if (cost >= (best.get(node) ?? Number.POSITIVE_INFINITY)) continue;
      best.set(node, cost);
      open.push({ cost, node, from: next, link });
    }
  }
}

function costOfPassing({ kind, forwarding }: PlannedNode): number {
  if (kind === 'bridge') return 0;
  return forwarding ? COST.router : COST.silent;
}

function toSteps(last: Reached): readonly WayStep[] {
  const chain: Reached[] = [];
  for (let at: Reached | undefined = last; at !== undefined; at = at.from) chain.unshift(at);
  return chain.map(({ node, link }, index) => ({
    node,
    input: findEnd(node, link),
    output: findEnd(node, chain[index + 1]?.link),
  }));
}

function findEnd(node: PlannedNode, link: PlannedLink | undefined): PlannedInterface | undefined {
  const end = link?.ends.find((each) => each.node === node.name);
  return end === undefined ? undefined : node.interfaces.find(({ name }) => name === end.interface);
}
