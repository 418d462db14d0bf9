import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asRoot, fixByInstalling, fixFileAccess } from '../fixes.js';
import type { Machine } from '../machine.js';
import { type Finding, type Fix, limited, missing, ok, type Probe } from '../probe.js';
import { describeFailure, findProgram, type ProgramResult, runProgram } from '../programs.js';
import { type BootTest, findBootTest } from './boot-test.js';

/** Under acceleration that works, the guest needs a tenth of a second; on a machine that hangs, this is waited for. */
const KVM_TIMEOUT_MS = 4000;
/** Emulation is slow and does not hang: only a busy machine needs more than half a second. */
const TIMEOUT_MS = 15_000;

/** The models of processors to try under KVM, the best first. */
const CPUS = { x64: ['host', 'qemu64'], arm64: ['host'] } as const;

const NESTED: Fix = {
  text: 'the KVM of this machine, probably nested in another virtual machine, is no good for ordinary guests; machines are emulated instead. Use a host with hardware virtualisation, or have nesting switched on for this one',
};

/** Whether this machine can boot another: decided by booting one. */
export const QEMU: readonly Probe[] = [
  { id: 'qemu', title: 'QEMU', rung: 'vm', group: 'machines', waits: true, run: probeQemu },
  { id: 'kvm', title: 'KVM that boots', rung: 'vm', group: 'machines', waits: true, run: probeKvm },
  { id: 'emulation', title: 'emulation (TCG)', rung: 'vm', group: 'machines', waits: true, run: probeEmulation },
];

async function probeQemu(machine: Machine): Promise<Finding> {
  const qemu = findQemu(machine);
  if (typeof qemu !== 'string') return qemu;
  const result = await runProgram(machine, [qemu, '--version'], { timeoutMs: TIMEOUT_MS });
  const version = /version (\S+)/.exec(result.stdout)?.[1];
  if (version !== undefined) return ok(`${qemu} is version ${version}`);
  return missing(`${qemu} --version: ${describeFailure(result)}`, fixQemu(machine));
}

async function probeKvm(machine: Machine): Promise<Finding> {
  const qemu = findQemu(machine);
  const test = findBootTest(machine.architecture);
  if (typeof qemu !== 'string') return qemu;
  if (test === undefined) return noTest(machine);
  const device = tryOpen('/dev/kvm');
  if (device !== undefined) {
    return missing(
      `open /dev/kvm: ${device}`,
      device === 'EACCES' ? fixFileAccess(machine, '/dev/kvm') : fixNoKvm(machine),
    );
  }
  const failures: string[] = [];
  for (const cpu of CPUS[machine.architecture === 'arm64' ? 'arm64' : 'x64']) {
    const result = await boot(machine, qemu, test, 'kvm', cpu);
    if (result.exitCode === test.exitCode) {
      const evidence = describeBoot(test, result);
      if (failures.length === 0) return ok(evidence);
      return limited(`with -cpu ${cpu}, ${evidence}; ${failures.join('; ')}`, NESTED);
    }
    failures.push(`with -cpu ${cpu}: ${describeFailure(result)}`);
  }
  const guest = `a guest of ${test.sizeBytes} bytes did not run to its end`;
  return missing(`/dev/kvm opens, but ${guest}; ${failures.join('; ')}`, NESTED);
}

async function probeEmulation(machine: Machine): Promise<Finding> {
  const qemu = findQemu(machine);
  const test = findBootTest(machine.architecture);
  if (typeof qemu !== 'string') return qemu;
  if (test === undefined) return noTest(machine);
  const result = await boot(machine, qemu, test, 'tcg', 'max');
  if (result.exitCode === test.exitCode) return ok(describeBoot(test, result));
  const evidence = `a guest of ${test.sizeBytes} bytes did not run to its end: ${describeFailure(result)}`;
  return result.timedOut
    ? limited(evidence, { text: 'this machine may only be busy: ask again when it is not' })
    : missing(evidence, fixQemu(machine));
}

function describeBoot(test: BootTest, { durationMs }: ProgramResult): string {
  return `booted a guest of ${test.sizeBytes} bytes: ${test.description}, done in ${(durationMs / 1000).toFixed(2)} s`;
}

/** Boots the guest from a file that has no name any more, so that nothing can leave it behind. */
async function boot(
  machine: Machine,
  qemu: string,
  test: BootTest,
  accelerator: string,
  cpu: string,
): Promise<ProgramResult> {
  const folder = mkdtempSync(join(tmpdir(), 'glovebox-doctor-'));
  const image = join(folder, 'guest');
  let descriptor: number;
  try {
    writeFileSync(image, test.image);
    descriptor = openSync(image, 'r');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  try {
    const argv = [qemu, '-accel', accelerator, '-cpu', cpu, '-nodefaults', '-display', 'none', '-no-reboot'] as const;
    const options = { timeoutMs: accelerator === 'kvm' ? KVM_TIMEOUT_MS : TIMEOUT_MS, descriptors: [descriptor] };
    return await runProgram(machine, [...argv, ...test.arguments('/dev/fd/3')], options);
  } finally {
    closeSync(descriptor);
  }
}

/** The emulator for this machine's own processor, or what is found in its place. */
function findQemu(machine: Machine): string | Finding {
  const name = machine.architecture === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64';
  return findProgram(machine, name) ?? missing(`no ${name} on the path`, fixQemu(machine));
}

function fixQemu(machine: Machine): Fix {
  return fixByInstalling(machine, machine.architecture === 'arm64' ? 'qemu-arm64' : 'qemu-x64');
}

function noTest({ architecture }: Machine): Finding {
  return missing(`nothing was tried: there is no guest for ${architecture}`, {
    text: 'virtual machines are for x64 and arm64 so far',
  });
}

/** The error of opening a file for reading and writing, or `undefined`. */
function tryOpen(path: string): string | undefined {
  try {
    closeSync(openSync(path, 'r+'));
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

function fixNoKvm(machine: Machine): Fix {
  if (machine.loadsModules && !machine.isContainer && machine.architecture === 'x64') {
    return {
      command: asRoot(machine, 'modprobe -a kvm_intel kvm_amd'),
      text: 'load KVM; when that fails, virtualisation is off in the firmware, or this machine is itself virtual without nesting',
    };
  }
  return {
    text: machine.isContainer
      ? 'start the container with --device /dev/kvm, if its host has that'
      : 'nothing on this machine can mend it: its kernel has no KVM; machines are emulated instead',
  };
}
