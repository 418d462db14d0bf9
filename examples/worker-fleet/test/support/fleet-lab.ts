import type { Lab, LabHost, LabLink, LabSpec } from 'glovebox/netns';

export const PORT = 7400;

/** Names of workers: `worker-1`, `worker-2`… */
export function workerNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `worker-${index + 1}`);
}

/** How the links of workers can be damaged: `impairable` as people do, `wire` frame by frame. */
export type Damage = 'impairable' | 'wire';

/**
 * A coordinator, a client and workers around one switch. A link has the name of what it leads to, and that is its first
 * end: `aToB` is from there.
 */
export function fleetLab(workers: number, damage: Damage = 'impairable'): LabSpec<string, never, string, string> {
  const damaged = ['coordinator', ...workerNames(workers)];
  const all = [...damaged, 'client'];
  return {
    hosts: Object.fromEntries(all.map((name) => [name, {}])),
    bridges: { lan: {} },
    links: Object.fromEntries(
      all.map((name) => [name, { ends: [name, 'lan'], ...(damaged.includes(name) ? { [damage]: true } : {}) }]),
    ),
  };
}

export type FleetLab = Lab<{ host: string; router: never; bridge: string; link: string }>;

export function hostOf(lab: FleetLab, name: string): LabHost {
  const host = lab.hosts[name];
  if (host === undefined) throw new TypeError(`there is no host ${name}`);
  return host;
}

export function linkOf(lab: FleetLab, name: string): LabLink {
  const link = lab.links[name];
  if (link === undefined) throw new TypeError(`there is no link ${name}`);
  return link;
}
