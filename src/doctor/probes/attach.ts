import { rmdirSync } from 'node:fs';
import process from 'node:process';
import { assembleDispatcher } from '../../kernel/linux/assemble/dispatcher.js';
import { assembleExtension } from '../../kernel/linux/assemble/extension.js';
import { assembleMinimal } from '../../kernel/linux/assemble/minimal.js';
import type { CapabilityName } from '../../native/capabilities.js';
import { openPath } from '../../native/open-path.js';
import { encodeAddFilter } from '../../netns/netlink/filters.js';
import { encodeCreateClsact } from '../../netns/netlink/qdiscs.js';
import type { Machine } from '../machine.js';
import { type Finding, limited, ok, type Probe } from '../probe.js';
import { explainRefusal, type Needs } from '../refusal.js';
import { linkProgram, loadBtf, loadProgram, openTracing } from './bpf-call.js';
import { findOwnCgroup, makeCgroup } from './cgroup-folder.js';
import { findEntryOffset, openKprobe, openTracepoint, openUprobe, setEventProgram } from './perf-event.js';
import { VETH_INDEX, withVeth } from './private-network.js';
import { readSecurityFile } from './security-file.js';
import { findKernelFunction } from './vmlinux-btf.js';

/** include/uapi/linux/if_link.h */
const XDP_FLAGS_SKB_MODE = 2;
const XDP_FLAGS_DRV_MODE = 4;

/** A function that the kernel calls only when it tests itself: net/bpf/test_run.c. */
const QUIET_FUNCTION = 'bpf_fentry_test1';
/** A hook of security modules that only quotactl(2) passes: include/linux/lsm_hook_defs.h. */
const QUIET_HOOK = 'bpf_lsm_quotactl';

const NETWORK: readonly CapabilityName[] = ['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_SYS_ADMIN'];
const TRACING: readonly CapabilityName[] = ['CAP_BPF', 'CAP_PERFMON', 'CAP_SYS_ADMIN'];

/** Every way to attach a program: each is really attached, to something of the probe's own or to nothing that runs. */
export const ATTACH: readonly Probe[] = [
  probe('xdp-native', 'XDP, native', { capabilities: NETWORK, since: '5.9' }, () => attachXdp(XDP_FLAGS_DRV_MODE)),
  probe('xdp-generic', 'XDP, generic', { capabilities: NETWORK, since: '5.9' }, () => attachXdp(XDP_FLAGS_SKB_MODE)),
  probe('tcx', 'tcx', { capabilities: NETWORK, since: '6.6' }, attachTcx),
  probe('tc', 'tc: clsact and cls_bpf', { capabilities: NETWORK, module: 'cls_bpf' }, attachFilter),
  probe('tracepoint', 'tracepoints', { capabilities: TRACING }, () => {
    using program = loadProgram({ type: 'TRACEPOINT', instructions: assembleMinimal('tracepoint') });
    using event = openTracepoint('sched', 'sched_process_fork');
    setEventProgram(event.number, program.number);
    return 'attached to sched:sched_process_fork, for this process';
  }),
  probe('kprobe', 'kprobes', { capabilities: TRACING }, () => {
    using program = loadProgram({ type: 'KPROBE', instructions: assembleMinimal('kprobe') });
    using event = openKprobe(QUIET_FUNCTION);
    setEventProgram(event.number, program.number);
    return `attached to ${QUIET_FUNCTION}`;
  }),
  probe('uprobe', 'uprobes', { capabilities: TRACING }, () => {
    using program = loadProgram({ type: 'KPROBE', instructions: assembleMinimal('kprobe') });
    using event = openUprobe(process.execPath, findEntryOffset(process.execPath));
    setEventProgram(event.number, program.number);
    return `attached to the entry of ${process.execPath}, for this process`;
  }),
  probe('fentry', 'fentry', { capabilities: TRACING, since: '5.5' }, () => attachTracing('TRACE_FENTRY')),
  probe('fexit', 'fexit', { capabilities: TRACING, since: '5.5' }, () => attachTracing('TRACE_FEXIT')),
  probe('freplace', 'extensions (freplace)', { capabilities: NETWORK, since: '5.6' }, attachExtension),
  probe('lsm', 'LSM', { capabilities: TRACING, since: '5.7' }, attachLsm),
  probe('cgroup-bpf', 'cgroup programs', { capabilities: NETWORK, since: '5.7' }, attachCgroup),
];

function probe(
  id: string,
  title: string,
  needs: Omit<Needs, 'what'>,
  attach: (machine: Machine) => string | Finding,
): Probe {
  const run = (machine: Machine): Finding => {
    try {
      const seen = attach(machine);
      return typeof seen === 'string' ? ok(seen) : seen;
    } catch (error) {
      return explainRefusal(machine, error, { what: title, ...needs });
    }
  };
  return { id, title, rung: 'netns', group: 'attaching', run };
}

function attachXdp(flags: number): string {
  return withVeth(() => {
    using program = loadProgram({ type: 'XDP', instructions: assembleMinimal('xdp'), attachType: 'XDP' });
    using _link = linkProgram(program.number, VETH_INDEX, 'XDP', flags);
    return `linked to a veth in a namespace of its own, in ${flags === XDP_FLAGS_DRV_MODE ? 'native' : 'generic'} mode`;
  });
}

function attachTcx(): string {
  return withVeth(() => {
    using program = loadProgram({ type: 'SCHED_CLS', instructions: assembleMinimal('tcx'), attachType: 'TCX_INGRESS' });
    using _link = linkProgram(program.number, VETH_INDEX, 'TCX_INGRESS');
    return 'linked to the ingress of a veth in a namespace of its own';
  });
}

function attachFilter(): string {
  return withVeth((netlink) => {
    using program = loadProgram({ type: 'SCHED_CLS', instructions: assembleMinimal('tc') });
    netlink.request(encodeCreateClsact({ ifindex: VETH_INDEX }));
    netlink.request(encodeAddFilter({ ifindex: VETH_INDEX, direction: 'ingress', programFd: program.number }));
    return 'added a filter to the clsact of a veth in a namespace of its own';
  });
}

function attachTracing(attachType: 'TRACE_FENTRY' | 'TRACE_FEXIT'): string {
  using program = loadProgram({
    type: 'TRACING',
    instructions: assembleMinimal('fentry'),
    attachType,
    functionId: findKernelFunction(QUIET_FUNCTION),
  });
  using _link = openTracing(program.number);
  return `attached to ${QUIET_FUNCTION}`;
}

function attachExtension(): string {
  const host = assembleDispatcher({ type: 'xdp', functions: ['slot'] });
  const extension = assembleExtension({ type: 'xdp' });
  using hostBtf = loadBtf(host.btf);
  using extensionBtf = loadBtf(extension.btf);
  using target = loadProgram({ ...host, type: 'XDP', attachType: 'XDP', btf: hostBtf.number });
  using program = loadProgram({
    ...extension,
    type: 'EXT',
    btf: extensionBtf.number,
    target: target.number,
    // The functions of a dispatcher come last in its types: the slot is its last one.
    functionId: lastFunctionId(host.functionInfo),
  });
  using _link = openTracing(program.number);
  return 'replaced a function of an XDP program';
}

function lastFunctionId(functionInfo: Uint8Array): number {
  return new DataView(functionInfo.buffer, functionInfo.byteOffset).getUint32(functionInfo.length - 4, true);
}

/** Attaching succeeds where the security module "bpf" is switched off, too; then nothing calls the program. */
function attachLsm(): string | Finding {
  using program = loadProgram({
    type: 'LSM',
    instructions: assembleMinimal('lsm'),
    attachType: 'LSM_MAC',
    functionId: findKernelFunction(QUIET_HOOK),
  });
  using _link = openTracing(program.number);
  const modules = readSecurityFile('lsm')?.trim();
  if (modules === undefined || modules.split(',').includes('bpf')) return `attached to ${QUIET_HOOK}`;
  return limited(
    `attached to ${QUIET_HOOK}, but of the security modules (${modules}) none is "bpf", so nothing calls it`,
    {
      text: `boot with lsm=${modules},bpf on the kernel command line, or use the vm rung`,
    },
  );
}

function attachCgroup(): string {
  const parent = findOwnCgroup();
  using program = loadProgram({
    type: 'CGROUP_SKB',
    instructions: assembleMinimal('tc', 1),
    attachType: 'CGROUP_INET_INGRESS',
  });
  const folder = makeCgroup(parent ?? '/sys/fs/cgroup', 'bpf');
  try {
    using cgroup = openPath(folder);
    using _link = linkProgram(program.number, cgroup.number, 'CGROUP_INET_INGRESS');
    return 'linked to the ingress of a cgroup of its own';
  } finally {
    rmdirSync(folder);
  }
}
