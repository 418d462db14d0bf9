import { existsSync } from 'node:fs';
import process from 'node:process';
import { errnoOf } from '../../core/kernel-error.js';
import { CAPABILITY_BITS, type CapabilityName } from '../../native/capabilities.js';
import { findMissingSystemCalls, systemCall } from '../../native/system-call.js';
import { fixByKernel, fixByPrivilege, fixForbidden } from '../fixes.js';
import type { Machine } from '../machine.js';
import { type Finding, limited, missing, ok, type Probe } from '../probe.js';
import { readSecurityFile } from './security-file.js';

/** What the kernel rung asks for, by what it is asked for. */
const WANTED: readonly CapabilityName[] = [
  'CAP_SYS_ADMIN',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_BPF',
  'CAP_PERFMON',
  'CAP_KILL',
  'CAP_SETUID',
  'CAP_SETGID',
];

/** Below this, so much is missing that tests of glovebox do not run: bpf links came with 5.7, CAP_BPF with 5.8. */
const OLDEST = [5, 10] as const;

/** What everything else stands on: this Node.js, the FFI, privileges, the kernel. */
export const GROUND: readonly Probe[] = [
  {
    id: 'node',
    title: 'Node.js',
    rung: 'fake',
    group: 'ground',
    anywhere: true,
    run: () => judgeNode(process.versions.node),
  },
  {
    id: 'ffi',
    title: 'system calls (koffi)',
    rung: 'netns',
    group: 'ground',
    run: ({ architecture }) => {
      const error = findMissingSystemCalls();
      if (error !== undefined) {
        const supported = architecture === 'x64' || architecture === 'arm64';
        const cause = error.cause instanceof Error ? `; ${error.cause.message.split('\n')[0]}` : '';
        return missing(`${error.message}${cause}`, {
          ...(supported ? { command: 'npm install --include=optional koffi' } : {}),
          text: error.fix,
        });
      }
      if (!existsSync('/proc/thread-self')) {
        return missing(
          'nothing is mounted at /proc, where namespaces, capabilities and private file systems are found',
          {
            command: 'mount -t proc proc /proc',
            text: 'mount it where the tests run, as root',
          },
        );
      }
      const thread = systemCall('gettid');
      return thread > 0
        ? ok(`koffi is loaded; gettid() answered ${thread} on linux ${architecture}`)
        : missing(`gettid() answered ${thread}`, { text: 'something forbids the simplest of all system calls here' });
    },
  },
  { id: 'privileges', title: 'privileges', rung: 'netns', group: 'ground', run: judgePrivileges },
  { id: 'kernel', title: 'kernel', rung: 'netns', group: 'ground', run: judgeKernel },
  { id: 'lockdown', title: 'no lockdown', rung: 'netns', group: 'ground', run: probeLockdown },
];

/** Whether a version satisfies `^22.18 || ^24.11 || >=26`, which package.json asks for. */
export function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fits = (major === 22 && minor >= 18) || (major === 24 && minor >= 11) || major >= 26;
  const evidence = `this is Node.js ${version}; glovebox needs ^22.18 || ^24.11 || >=26`;
  if (fits) return ok(evidence);
  return missing(evidence, {
    command: 'npm install --save-dev node@24',
    text: 'pin a Node.js that npm puts first on the path of every script, or install one from nodejs.org',
  });
}

function judgePrivileges(machine: Machine): Finding {
  const { uid, capabilities } = machine;
  const lacking = WANTED.filter((name) => !capabilities.includes(name));
  const where = machine.isInUserNamespace ? ', of a user namespace' : '';
  const evidence = `uid ${uid}, effective: ${describeCapabilities(capabilities)}${where}`;
  if (lacking.length === 0) return machine.isInUserNamespace ? limited(evidence, fixForbidden(machine)) : ok(evidence);
  const fix = fixByPrivilege(machine, lacking);
  return lacking.length < WANTED.length ? limited(evidence, fix) : missing(evidence, fix);
}

/** By name: those that are there, or, where there are many, those that are not. */
export function describeCapabilities(capabilities: readonly CapabilityName[]): string {
  const others = Object.keys(CAPABILITY_BITS).filter((name) => !capabilities.some((each) => each === name));
  if (capabilities.length === 0) return 'no capability';
  if (others.length === 0) return 'all capabilities';
  return others.length < capabilities.length ? `all capabilities but ${others.join(', ')}` : capabilities.join(', ');
}

function judgeKernel(machine: Machine): Finding {
  const [major = 0, minor = 0] = machine.kernelRelease.split('.').map((part) => Number.parseInt(part, 10));
  const evidence = `Linux ${machine.kernelRelease} on ${machine.architecture}`;
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
    ? ok(evidence)
    : limited(
        `${evidence}, older than ${OLDEST.join('.')}`,
        fixByKernel(machine, 'much of what is asked here', OLDEST.join('.')),
      );
}

/** The file shows all modes, with the one in force in brackets: security/lockdown/lockdown.c, lockdown_read. */
function probeLockdown(machine: Machine): Finding {
  let text: string | undefined;
  try {
    text = readSecurityFile('lockdown');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return limited(
      `whether the kernel is locked down cannot be seen: ${error instanceof Error ? error.message : error}`,
      {
        ...fixByPrivilege(machine, ['CAP_SYS_ADMIN']),
      },
    );
  }
  if (text === undefined) return ok('there is no /sys/kernel/security/lockdown: this kernel does not know lockdown');
  const mode = /\[(\w+)\]/.exec(text)?.[1] ?? text.trim();
  const evidence = `lockdown is "${mode}"`;
  if (mode === 'none') return ok(evidence);
  return limited(`${evidence}: even root is refused some kinds of tracing, kprobes and memory reads among them`, {
    text: 'nothing on the running machine can lift it: boot without lockdown=… on the kernel command line and without Secure Boot, or use the vm rung',
  });
}
