import { errnoOf } from '../../../core/kernel-error.js';
import type { Netns } from '../../netns.js';
import type { LabPlan, PlannedNode, PlannedSysctl } from '../plan/lab-plan.js';

/** What a setting is in a namespace in which nothing was set yet; `undefined` where it cannot be read. */
export type InitialValues = ReadonlyMap<string, string | undefined>;

/** The values that all new namespaces begin with, read in one of them. */
export function readInitialValues(plan: LabPlan, { sysctl }: Netns): InitialValues {
  const paths = new Set(plan.nodes.flatMap(({ sysctls }) => sysctls.map(({ path }) => path)));
  const read = (path: string): string | undefined => {
    try {
      return sysctl.read(`net/${path}`);
    } catch {
      // Writing will say why.
      return undefined;
    }
  };
  return new Map([...paths].map((path) => [path, read(path)]));
}

/** What is so from the start is not written; from the first write on everything is, for some settings change others. */
export function writeSysctls(
  { plan, netns }: { readonly plan: PlannedNode; readonly netns: Netns },
  when: PlannedSysctl['when'],
  initial?: InitialValues,
): void {
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
