import { type Machine, readMachine } from './machine.js';
import type { Probe, RungId, Status } from './probe.js';
import { ATTACH } from './probes/attach.js';
import { BPF } from './probes/bpf.js';
import { CGROUP } from './probes/cgroup.js';
import { DOCKER } from './probes/docker.js';
import { GROUND } from './probes/ground.js';
import { NAMESPACES } from './probes/namespaces.js';
import { NETWORK_DEVICES } from './probes/network.js';
import { PROGRAMS } from './probes/programs.js';
import { QEMU } from './probes/qemu.js';
import { askRootless } from './rootless.js';
import { type Check, runProbes } from './run-probes.js';
import { judgeRung, RUNGS } from './rungs.js';

/** All probes, in the order of the report. */
export const PROBES: readonly Probe[] = [
  ...GROUND,
  ...NAMESPACES,
  ...NETWORK_DEVICES,
  ...BPF,
  ...ATTACH,
  ...CGROUP,
  ...PROGRAMS,
  ...DOCKER,
  ...QEMU,
];

/** A rung as it was found. */
export interface RungReport {
  readonly id: RungId;
  readonly title: string;
  /** As good as what the rung cannot do without. */
  readonly status: Status;
  /** How many of its checks are ok, and which are not. */
  readonly summary: string;
}

/** What `glovebox doctor --json` prints. Fields may be added; none changes its meaning within a version. */
export interface DoctorReport {
  readonly version: 1;
  readonly machine: Pick<Machine, 'platform' | 'architecture' | 'kernelRelease'> & {
    readonly distribution: string;
    readonly uid: number | null;
  };
  readonly rungs: readonly RungReport[];
  readonly checks: readonly Check[];
}

/** How {@link examine} asks. */
export interface ExamineOptions {
  /** Ids of probes. @defaultValue all */
  readonly only?: readonly string[];
  /** @defaultValue this one */
  readonly machine?: Machine;
  /**
   * The command that runs the doctor again, to which arguments can be added. With it, an ordinary user's probes of the
   * network are asked in a user namespace.
   *
   * @defaultValue none
   */
  readonly self?: readonly string[];
}

/**
 * Asks what this machine can do. It takes under a second without QEMU, and leaves nothing behind.
 *
 * @example
 * ```ts
 * const { checks } = await examine({ only: ['tcx', 'netem'] });
 * ```
 */
export async function examine(options: ExamineOptions = {}): Promise<DoctorReport> {
  const { only, machine = readMachine(), self } = options;
  const probes = PROBES.filter(({ id }) => only === undefined || only.includes(id));
  const rootless = self === undefined ? undefined : await askRootless(probes, machine, self);
  const checks = await runProbes(probes, machine, rootless);
  const statuses = new Map(checks.map(({ id, status }) => [id, status]));
  const rungs = RUNGS.flatMap((rung): readonly RungReport[] => {
    const { id, title } = rung;
    const status = judgeRung(rung, (check) => statuses.get(check));
    return status === undefined
      ? []
      : [{ id, title, status, summary: summarize(checks.filter((each) => each.rung === id)) }];
  });
  const { platform, architecture, kernelRelease, distribution, uid = null } = machine;
  return {
    version: 1,
    machine: { platform, architecture, kernelRelease, distribution: distribution.name, uid },
    rungs,
    checks,
  };
}

function summarize(checks: readonly Check[]): string {
  const list = (status: Status) => checks.filter((check) => check.status === status).map(({ id }) => id);
  const counts = `${list('ok').length} of ${checks.length} ok`;
  const others = (['limited', 'missing'] as const).flatMap((status) => {
    const ids = list(status);
    return ids.length === 0 ? [] : [`${status}: ${ids.join(', ')}`];
  });
  return [counts, ...others].join('; ');
}
