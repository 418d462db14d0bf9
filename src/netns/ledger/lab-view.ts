import type { Lab } from '../lab/create-lab.js';
import type { LabLink } from '../lab/lab-link.js';
import type { LabPlan, PlannedNode } from '../lab/plan/lab-plan.js';
import type { Netns } from '../netns.js';

/** What of a lab is counted. */
export interface LabView {
  readonly plan: LabPlan;
  readonly nodes: ReadonlyMap<string, ViewedNode>;
  readonly links: ReadonlyMap<string, LabLink>;
  readonly partitions: () => readonly ViewedPartition[];
}

export interface ViewedNode {
  readonly plan: PlannedNode;
  readonly netns: Netns;
}

/** A partition that is in force. */
export interface ViewedPartition {
  readonly dropped: number;
  /** Whom each host does not hear, by its name. */
  readonly unheard: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A lab of whatever names. */
export type AnyLab = Pick<Lab, 'plan' | 'partitions'> & {
  readonly hosts: Readonly<Record<string, { readonly name: string; readonly netns: Netns }>>;
  readonly routers: Readonly<Record<string, { readonly name: string; readonly netns: Netns }>>;
  readonly bridges: Readonly<Record<string, { readonly name: string; readonly netns: Netns }>>;
  readonly links: Readonly<Record<string, LabLink>>;
};

export function viewLab(lab: AnyLab): LabView {
  const places = new Map(
    [lab.hosts, lab.routers, lab.bridges]
      .flatMap((group) => Object.values(group))
      .map((each) => [each.name, each.netns]),
  );
  const nodes = lab.plan.nodes.flatMap((plan) => {
    const netns = places.get(plan.name);
    return netns === undefined ? [] : [[plan.name, { plan, netns }] as const];
  });
  return {
    plan: lab.plan,
    nodes: new Map(nodes),
    links: new Map(Object.entries(lab.links)),
    partitions: () => lab.partitions,
  };
}
