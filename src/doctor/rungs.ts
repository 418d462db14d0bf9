import type { RungId, Status } from './probe.js';

/** A rung: what it is, and what it stands or falls with. */
export interface Rung {
  readonly id: RungId;
  /** What is real there. */
  readonly title: string;
  /** Ids of probes. The rung is as good as the worst of these, and of a list as good as its best. */
  readonly needs: readonly (string | readonly string[])[];
}

/** The ladder, from the bottom. */
export const RUNGS: readonly Rung[] = [
  { id: 'fake', title: 'a model of the kernel in memory; nothing is real', needs: ['node'] },
  {
    id: 'netns',
    title: "this machine's kernel, in private namespaces",
    needs: ['ffi', 'network-namespace', 'veth'],
  },
  { id: 'container', title: 'the same, with an image', needs: ['docker'] },
  { id: 'vm', title: 'a kernel of its own', needs: ['qemu', ['kvm', 'emulation']] },
];

const ORDER: readonly Status[] = ['ok', 'limited', 'missing'];

/**
 * How good a rung is, from what its needs are.
 *
 * @param statusOf - What a probe found; `undefined` when it was not asked, which decides nothing.
 */
export function judgeRung(rung: Rung, statusOf: (id: string) => Status | undefined): Status | undefined {
  const rank = (status: Status | undefined) => (status === undefined ? [] : [ORDER.indexOf(status)]);
  const ranks = rung.needs.flatMap((need) => {
    if (typeof need === 'string') return rank(statusOf(need));
    const choices = need.flatMap((id) => rank(statusOf(id)));
    return choices.length === 0 ? [] : [Math.min(...choices)];
  });
  return ranks.length === 0 ? undefined : ORDER[Math.max(...ranks)];
}
