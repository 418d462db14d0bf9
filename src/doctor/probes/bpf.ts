import { errnoOf } from '../../core/kernel-error.js';
import { assembleMinimal } from '../../kernel/linux/assemble/minimal.js';
import { BTF_HEADER_BYTES, BTF_MAGIC } from '../../kernel/linux/btf/kinds.js';
import type { CapabilityName } from '../../native/capabilities.js';
import { mountDetached } from '../../native/detached-mount.js';
import { openPath } from '../../native/open-path.js';
import { asRoot, fixByPrivilege } from '../fixes.js';
import { type Machine, readNumber } from '../machine.js';
import { type Finding, limited, missing, ok, type Probe } from '../probe.js';
import { explainRefusal } from '../refusal.js';
import { loadProgram, pinAndGet, readProgramInfo } from './bpf-call.js';
import { readVmlinuxBtf } from './vmlinux-btf.js';

const BPF_CAPABILITIES: readonly CapabilityName[] = ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN', 'CAP_SYS_ADMIN'];

/** What bpf(2) itself gives. */
export const BPF: readonly Probe[] = [
  { id: 'bpf', title: 'loading programs', rung: 'netns', group: 'bpf', run: probeLoad },
  { id: 'bpf-unprivileged', title: 'bpf(2) without root', rung: 'netns', group: 'bpf', run: judgeUnprivileged },
  { id: 'bpf-jit', title: 'JIT', rung: 'netns', group: 'bpf', run: probeJit },
  { id: 'btf', title: "the kernel's BTF", rung: 'netns', group: 'bpf', run: probeBtf },
  { id: 'bpffs', title: 'a private bpffs', rung: 'netns', group: 'bpf', run: probeBpffs },
];

function loadMinimal() {
  return loadProgram({ type: 'SCHED_CLS', instructions: assembleMinimal('tc') });
}

function refuse(machine: Machine, error: unknown, what: string): Finding {
  return explainRefusal(machine, error, { what, capabilities: BPF_CAPABILITIES });
}

function probeLoad(machine: Machine): Finding {
  try {
    const start = performance.now();
    using program = loadMinimal();
    const durationMs = performance.now() - start;
    const { id } = readProgramInfo(program.number);
    return ok(
      `loaded a program of two instructions for tc in ${durationMs.toFixed(1)} ms; the kernel gave it the id ${id}`,
    );
  } catch (error) {
    return refuse(machine, error, 'bpf(2)');
  }
}

/** Documentation/admin-guide/sysctl/kernel.rst, unprivileged_bpf_disabled */
function judgeUnprivileged(machine: Machine): Finding {
  const setting = readNumber('/proc/sys/kernel/unprivileged_bpf_disabled');
  if (setting === undefined) {
    return missing('/proc/sys/kernel/unprivileged_bpf_disabled is not there', {
      text: 'this kernel is built without bpf(2), or hides its settings: nothing on this machine can mend it',
    });
  }
  const evidence = `kernel.unprivileged_bpf_disabled is ${setting}`;
  if (setting === 0) return ok(`${evidence}: everybody may load socket filters`);
  const restricted = `${evidence}: bpf(2) is for CAP_BPF alone, as it should be`;
  if (machine.capabilities.includes('CAP_BPF')) return ok(`${restricted}, and that is there`);
  return limited(restricted, fixByPrivilege(machine, ['CAP_BPF']));
}

function probeJit(machine: Machine): Finding {
  const setting = readNumber('/proc/sys/net/core/bpf_jit_enable');
  try {
    using program = loadMinimal();
    const { jitedBytes } = readProgramInfo(program.number);
    if (jitedBytes > 0) return ok(`a program of two instructions became ${jitedBytes} bytes of machine code`);
    return limited(`a program was loaded and not compiled; net.core.bpf_jit_enable is ${setting ?? 'not there'}`, {
      command: asRoot(machine, 'sysctl -w net.core.bpf_jit_enable=1'),
      text: 'switch the compiler on: without it extensions (freplace) and trampolines do not work',
    });
  } catch (error) {
    if (errnoOf(error) === undefined || (setting !== 1 && setting !== 2))
      return refuse(machine, error, 'the JIT of bpf(2)');
    return limited(
      `net.core.bpf_jit_enable is ${setting}, but no program could be loaded to see it`,
      fixByPrivilege(machine, ['CAP_BPF']),
    );
  }
}

function probeBtf(machine: Machine): Finding {
  try {
    const blob = readVmlinuxBtf();
    const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    if (blob.length >= BTF_HEADER_BYTES && view.getUint16(0, true) === BTF_MAGIC) {
      return ok(`read /sys/kernel/btf/vmlinux: ${blob.length} bytes of BTF, version ${view.getUint8(2)}`);
    }
    return missing(`/sys/kernel/btf/vmlinux has ${blob.length} bytes and no header of BTF`, {
      text: 'nothing on this machine can mend it: boot a kernel with CONFIG_DEBUG_INFO_BTF, or use the vm rung',
    });
  } catch (error) {
    return explainRefusal(machine, error, {
      what: 'BTF of its own (CONFIG_DEBUG_INFO_BTF)',
      capabilities: [],
      since: '5.4',
    });
  }
}

function probeBpffs(machine: Machine): Finding {
  try {
    using mount = mountDetached('bpf');
    using program = loadMinimal();
    using pinned = pinAndGet(program.number, `/proc/self/fd/${mount.number}/prog`);
    using folder = openPath(`/proc/self/fd/${mount.number}`);
    const same = readProgramInfo(program.number).id === readProgramInfo(pinned.number).id;
    if (same && folder.number > 0)
      return ok('mounted one nowhere (fsopen, fsmount), pinned a program there and got it back');
    return missing('a pin gave another program back', {
      text: 'this contradicts what Linux promises: please report it',
    });
  } catch (error) {
    return explainRefusal(machine, error, {
      what: 'bpffs behind fsopen(2)',
      capabilities: ['CAP_SYS_ADMIN', ...BPF_CAPABILITIES],
      since: '5.2',
    });
  }
}
