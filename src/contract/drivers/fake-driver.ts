import { FakeNetIfaceResolver } from '../../fakes/interfaces/fake-net-iface-resolver.js';
import { FakeKernel } from '../../fakes/kernel/fake-kernel.js';
import type { KernelProfileName } from '../../fakes/kernel/profiles.js';
import { isReleaseBefore } from '../../kernel/release.js';
import type { AttachTargets, ContractDriver, ContractNeed, ContractWorld, WorldOptions } from '../world.js';

const LOOPBACK = 1;
const FIRST = 2;
const SECOND = 3;
const BPFFS = '/sys/fs/bpf/contract';
const OTHER_NETNS = '/run/netns/contract';

const TARGETS: AttachTargets = {
  tracepoints: ['sched:sched_switch', 'sched:sched_process_fork'],
  quietTracepoint: 'sched:sched_kthread_stop',
  functions: ['do_unlinkat', 'do_mkdirat'],
  lsmHooks: ['file_open', 'bprm_check_security'],
  file: { path: '/usr/bin/env', offset: 0x1000 },
};

/** The fake kernel as a driver of the contract suite. */
export function fakeDriver(profile: KernelProfileName = '6.18'): ContractDriver {
  return {
    name: `FakeKernel ${profile}`,
    release: profile,
    kind: 'model',
    findMissing: (need) => findMissing(need, profile),
    open: (options) => openWorld(profile, options),
  };
}

function findMissing(need: ContractNeed, profile: KernelProfileName): string | undefined {
  if (need === 'memlock' && !isReleaseBefore(profile, '5.11'))
    return 'memory is not accounted for that way from 5.11 on';
  return undefined;
}

async function openWorld(profile: KernelProfileName, options: WorldOptions): Promise<ContractWorld> {
  const interfaces = new FakeNetIfaceResolver();
  interfaces.add('eth1', { index: SECOND });
  const missing = ['no_such_function', 'nothing:missing', '/no/such/file'];
  const kernel = new FakeKernel({
    profile,
    interfaces,
    ...options,
    hasTarget: ({ name }) => !missing.includes(name),
  });
  await kernel.bpffs.mkdir(BPFFS);
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
    process: (processOptions) => kernel.process(processOptions),
    async addDevice() {
      added += 1;
      return { ifindex: interfaces.add(`dev${added}`).index };
    },
    async removeDevice({ ifindex, netns }) {
      const found = await interfaces.interfaceByIndex(ifindex, netns);
      interfaces.remove(found.name, netns);
    },
    async addNetns() {
      interfaces.addNetns(OTHER_NETNS);
      const device = interfaces.add('eth0', { netns: OTHER_NETNS });
      return { path: OTHER_NETNS, device: { ifindex: device.index, netns: OTHER_NETNS } };
    },
    async settle() {
      kernel.deferred.drain();
    },
    deferred: kernel.deferred,
    setMemoryExhausted: (exhausted) => kernel.setMemoryExhausted(exhausted),
    [Symbol.asyncDispose]: () => kernel[Symbol.asyncDispose](),
  };
}
