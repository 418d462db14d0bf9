import { release as readRelease, version as readVersion } from 'node:os';
import process from 'node:process';
import { UnsupportedError } from '../../core/errors.js';
import { errnoOf, KernelError } from '../../core/kernel-error.js';
import { messageOf } from '../../core/message-of.js';
import { until } from '../../core/until.js';
import type { AttachSpec } from '../../kernel/attach.js';
import { LinuxKernel } from '../../kernel/linux/linux-kernel.js';
import type { Program, ProgramSpec } from '../../kernel/objects.js';
import { isReleaseBefore } from '../../kernel/release.js';
import { PrivateNetIfaceResolver } from '../../netns/private-net-iface-resolver.js';
import { findKernelVersion } from '../release.js';
import type { AttachTargets, ContractDriver, ContractNeed, ContractWorld } from '../world.js';

const BPFFS = '/sys/fs/bpf/contract';
const OTHER_NETNS = '/run/netns/contract';
const LOOPBACK = 1;
const FIRST = 2;
const SECOND = 3;

/** A tracepoint is one for the whole machine, where other processes may be trying the contract as well. */
const QUIET_TRACEPOINTS = [
  'oom:mark_victim',
  'oom:wake_reaper',
  'oom:start_task_reaping',
  'oom:finish_task_reaping',
  'oom:skip_task_reaping',
  'oom:oom_score_adj_update',
  'oom:reclaim_retry_zone',
  'sched:sched_kthread_stop',
  'sched:sched_kthread_stop_ret',
] as const;

const TARGETS: AttachTargets = {
  tracepoints: ['sched:sched_switch', 'sched:sched_process_fork'],
  quietTracepoint: QUIET_TRACEPOINTS[process.pid % QUIET_TRACEPOINTS.length] ?? QUIET_TRACEPOINTS[0],
  // They are there, and can be traced, from 5.10 to 7.2.
  functions: ['vfs_unlink', 'vfs_mkdir'],
  lsmHooks: ['file_open', 'bprm_check_security'],
  file: { path: process.execPath, offset: 0x1000 },
};

const [CATEGORY = '', TRACEPOINT = ''] = TARGETS.tracepoints[0].split(':');
const [FUNCTION] = TARGETS.functions;

/** The first release with links on perf events. */
const PERF_LINKS = '5.15';

/** What is tried to know what the running kernel can do. */
interface Probe {
  readonly spec: ProgramSpec;
  readonly at: (program: Program) => AttachSpec;
}

const PROBES: readonly (readonly [ContractNeed, Probe])[] = [
  [
    'tracepoint',
    {
      spec: { name: 'probe', type: 'tracepoint' },
      at: (program) => ({ type: 'tracepoint', program, category: CATEGORY, name: TRACEPOINT }),
    },
  ],
  [
    'kprobe',
    {
      spec: { name: 'probe', type: 'kprobe' },
      at: (program) => ({ type: 'kprobe', program, functionName: FUNCTION }),
    },
  ],
  [
    'uprobe',
    { spec: { name: 'probe', type: 'uprobe' }, at: (program) => ({ type: 'uprobe', program, ...TARGETS.file }) },
  ],
  [
    'tracing',
    { spec: { name: 'probe', type: 'fentry', attachTo: FUNCTION }, at: (program) => ({ type: 'fentry', program }) },
  ],
  [
    'lsm',
    {
      spec: { name: 'probe', type: 'lsm', attachTo: TARGETS.lsmHooks[0] },
      at: (program) => ({ type: 'lsm', program }),
    },
  ],
];

/** What only a model can be made to do. */
const MODEL_ONLY: Readonly<Partial<Record<ContractNeed, string>>> = {
  memoryExhaustion: 'a running kernel cannot be made to run out of memory at one call',
  memlock: 'the limit would be that of the whole user',
  deferredSteps: 'a running kernel does its work when it wants',
  chosenIds: 'a running kernel gives out its own ids',
};

/**
 * The running kernel as a driver of the contract suite. Every world has network namespaces with real devices and a
 * bpffs of its own; nothing of it is seen on the machine, and the kernel takes it back with the process.
 *
 * @throws UnsupportedError where no such world can be made: no Linux, no bpf(2), not root
 */
export async function linuxDriver(): Promise<ContractDriver> {
  const missing = new Map<ContractNeed, string>(Object.entries(MODEL_ONLY) as [ContractNeed, string][]);
  let release: string;
  try {
    await using world = await openWorld();
    release = world.kernel.release;
    await (await world.kernel.load({ name: 'probe', type: 'xdp' })).close();
    for (const [need, reason] of await probe(world)) missing.set(need, reason);
  } catch (cause) {
    // Namespaces could be had rootless, and bpf(2) not.
    const isForNamespaces = cause instanceof UnsupportedError && cause.capability === 'netns';
    if (cause instanceof UnsupportedError && !isForNamespaces) throw cause;
    const refusal: unknown = isForNamespaces ? cause.cause : cause;
    throw new UnsupportedError(
      {
        capability: 'the contract on Linux',
        reason: messageOf(refusal),
        fix:
          'run it as root of the machine (root of a user namespace is not enough), with CAP_SYS_ADMIN, CAP_NET_ADMIN and ' +
          'CAP_BPF (glovebox doctor shows what is missing)',
      },
      { cause },
    );
  }
  return {
    name: `Linux ${release}`,
    release,
    version: findKernelVersion(readRelease(), readVersion()),
    kind: 'kernel',
    findMissing: (need) => missing.get(need),
    open: openWorld,
  };
}

/** From how many attachments on, the removal of a device is faster than their detachment, each of which waits for readers. */
const MANY_ATTACHMENTS = 2;

async function openWorld(): Promise<ContractWorld & { readonly kernel: LinuxKernel }> {
  await using made = new AsyncDisposableStack();
  const interfaces = made.use(new PrivateNetIfaceResolver());
  interfaces.add('eth1', { index: SECOND });
  const kernel = made.use(new LinuxKernel({ netns: interfaces.resolveNetns() }));
  await kernel.bpffs.mkdir(BPFFS);
  const owned = made.move();
  let added = 0;
  return {
    kernel,
    device: { ifindex: FIRST },
    otherDevice: { ifindex: SECOND },
    genericDevice: { ifindex: LOOPBACK },
    ingress: { ifindex: FIRST, direction: 'ingress' },
    egress: { ifindex: FIRST, direction: 'egress' },
    bpffs: BPFFS,
    targets: TARGETS,
    process: (options) => kernel.process(options),
    async addDevice() {
      added += 1;
      return { ifindex: interfaces.add(`dev${added}`).index };
    },
    async removeDevice({ ifindex, netns }) {
      const path = netns === undefined ? undefined : OTHER_NETNS;
      interfaces.remove((await interfaces.interfaceByIndex(ifindex, path)).name, path);
    },
    async addNetns() {
      interfaces.addNetns(OTHER_NETNS);
      const path = interfaces.resolveNetns(OTHER_NETNS);
      const device = interfaces.add('eth0', { netns: OTHER_NETNS });
      return { path, device: { ifindex: device.index, netns: path } };
    },
    async settle() {
      if (kernel.isSettled()) return;
      await until(() => kernel.isSettled(), {
        // A link's program is freed once no task can be running it (RCU Tasks Trace): seconds, on a busy machine.
        timeoutMs: 30_000,
        intervalMs: 1,
        description: 'the kernel to free what nothing holds',
      });
    },
    async [Symbol.asyncDispose]() {
      if (owned.disposed) return;
      try {
        const { links, attachments } = kernel.snapshot();
        if ([...links, ...attachments].filter(({ ifindex }) => ifindex === FIRST).length >= MANY_ATTACHMENTS)
          interfaces.remove((await interfaces.interfaceByIndex(FIRST)).name);
      } finally {
        await owned.disposeAsync();
      }
    },
  };
}

/** What the kernel cannot do, each tried once. */
async function probe(world: ContractWorld): Promise<ReadonlyMap<ContractNeed, string>> {
  const missing = new Map<ContractNeed, string>();
  const attempt = async (need: ContractNeed, run: () => Promise<void>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      if (errnoOf(error) === undefined && !(error instanceof UnsupportedError)) throw error;
      missing.set(need, describeRefusal(error));
    }
  };
  const { kernel } = world;
  for (const [need, { spec, at }] of PROBES) {
    await attempt(need, async () => {
      await using program = await kernel.load(spec);
      try {
        await (await kernel.attach(at(program))).close();
      } catch (error) {
        // The event was opened; only the link is what came later.
        if (!isReleaseBefore(kernel.release, PERF_LINKS) || errnoOf(error) !== 'EINVAL') throw error;
      }
    });
  }
  await attempt('extension', async () => {
    await using target = await kernel.load({ name: 'probe', type: 'xdp', functions: ['slot'] });
    await using program = await kernel.load({
      name: 'probe',
      type: 'extension',
      extends: { program: target, functionName: 'slot' },
    });
    await (await kernel.attach({ type: 'extension', program })).close();
  });
  return missing;
}

function describeRefusal(error: unknown): string {
  if (error instanceof KernelError) return `${error.code} from ${error.syscall}`;
  const message = messageOf(error);
  const [reason = ''] = message.replace(/^.*? is not available: /, '').split(/\n|\. To mend it: /);
  return reason;
}
