import { describe, expect, test } from 'vitest';
import type { ErrnoName } from '../../src/core/errno.js';
import { KernelError } from '../../src/core/kernel-error.js';
import { findInstallCommand, parseOsRelease } from '../../src/doctor/distribution.js';
import { fixByInstalling, fixByModule, fixByPrivilege } from '../../src/doctor/fixes.js';
import type { Machine } from '../../src/doctor/machine.js';
import type { Status } from '../../src/doctor/probe.js';
import { describeCapabilities, judgeNode } from '../../src/doctor/probes/ground.js';
import { explainUserNamespaces } from '../../src/doctor/probes/namespaces.js';
import { explainRefusal } from '../../src/doctor/refusal.js';
import { judgeRung, RUNGS } from '../../src/doctor/rungs.js';
import { CAPABILITY_BITS, toCapabilityNames } from '../../src/native/capabilities.js';

const EVERY = toCapabilityNames((1n << BigInt(Object.keys(CAPABILITY_BITS).length)) - 1n);

const root: Machine = {
  platform: 'linux',
  architecture: 'x64',
  kernelRelease: '6.12.0-none',
  uid: 0,
  capabilities: EVERY,
  bounding: EVERY,
  distribution: { id: 'debian', name: 'Debian', family: 'debian' },
  isContainer: false,
  isInUserNamespace: false,
  loadsModules: true,
  deathSignal: [],
  path: [],
  environment: {},
};
const user: Machine = { ...root, uid: 1000, capabilities: [] };

describe('in a user namespace', () => {
  const inside: Machine = { ...root, isInUserNamespace: true };
  const refusal = new KernelError('EPERM', { syscall: 'bpf(BPF_PROG_LOAD)', action: 'load a program' });

  test('a refusal is not blamed on the kernel’s policy, and the way is out', () => {
    expect(explainRefusal(inside, refusal, { what: 'bpf(2)', capabilities: ['CAP_BPF'] })).toMatchObject({
      status: 'missing',
      evidence: expect.stringContaining('with every capability that it takes, though of a user namespace') as string,
      fix: { text: expect.stringContaining('run this as root outside of the namespace') as string },
    });
  });

  test('no flag of a container gives what is missing', () => {
    const fix = fixByPrivilege({ ...inside, isContainer: true, capabilities: [] }, ['CAP_SYS_ADMIN']);
    expect(fix.text).toContain('run this as root outside of the namespace');
  });
});

describe('/etc/os-release', () => {
  test.each([
    ['ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"', 'debian', 'Debian GNU/Linux 12 (bookworm)'],
    ['PRETTY_NAME="Ubuntu 24.04.1 LTS"\nID=ubuntu\nID_LIKE=debian\n', 'debian', 'Ubuntu 24.04.1 LTS'],
    ["NAME='Fedora Linux'\nID=fedora", 'fedora', 'fedora'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'fedora', 'rocky'],
    ['ID=alpine', 'alpine', 'alpine'],
    ['ID=nixos', undefined, 'nixos'],
    ['', undefined, ''],
    ['ID', undefined, ''],
  ])('%j is of the family %s', (text, family, name) => {
    expect(parseOsRelease(text)).toMatchObject({ family, name });
  });

  test.each([
    ['debian', 'ID=debian', 'apt-get install -y --no-install-recommends bpftool'],
    [
      'ubuntu',
      'ID=ubuntu\nID_LIKE=debian',
      'apt-get install -y --no-install-recommends linux-tools-common linux-tools-$(uname -r)',
    ],
    ['fedora', 'ID=fedora', 'dnf install -y bpftool'],
    ['alpine', 'ID=alpine', 'apk add bpftool'],
    ['nixos', 'ID=nixos', undefined],
  ])('decides how %s installs bpftool', (_name, text, command) => {
    expect(findInstallCommand(parseOsRelease(text), 'bpftool')).toBe(command);
  });
});

describe('what would mend something', () => {
  test('takes sudo for a user, and not for root', () => {
    const command = 'apt-get install -y --no-install-recommends nftables';
    expect(fixByInstalling(root, 'nftables').command).toBe(command);
    expect(fixByInstalling(user, 'nftables').command).toBe(`sudo ${command}`);
  });

  test('names no command where the package manager is not known', () => {
    const distribution = parseOsRelease('ID=nixos');
    expect(fixByInstalling({ ...root, distribution }, 'tshark')).toEqual({
      text: 'install tshark with the package manager of this machine, under the name it has there',
    });
  });

  test('is nothing for a kernel that loads no modules', () => {
    expect(fixByModule({ ...root, loadsModules: false }, 'sch_netem', 'netem')).toEqual({
      text: 'this kernel (6.12.0-none) is built without netem and loads no modules: nothing on this machine can mend it; use the vm rung',
    });
  });

  test('is done on the host where the modules of the kernel are not here', () => {
    expect(fixByModule(root, 'sch_netem', 'netem').text).toMatch(/^run "modprobe sch_netem" on the host/);
  });

  test('is root for a user, and more rights for a container whose root has not got them', () => {
    expect(fixByPrivilege(user, ['CAP_BPF']).command).toBe('sudo env "PATH=$PATH" npx glovebox doctor');
    expect(fixByPrivilege({ ...user, bounding: [], isContainer: true }, ['CAP_BPF', 'CAP_NET_ADMIN'])).toEqual({
      text: 'this container has no CAP_BPF, CAP_NET_ADMIN: start it with --privileged, or with --cap-add BPF --cap-add NET_ADMIN',
    });
    expect(fixByPrivilege({ ...root, bounding: [] }, ['CAP_BPF']).text).toBe(
      'what starts this process takes CAP_BPF away from it, root or not, and has to leave that',
    );
  });

  test.each([
    [{ apparmorRestricts: 1 }, 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0'],
    [{ apparmorRestricts: 0, cloneAllowed: 0 }, 'sudo sysctl -w kernel.unprivileged_userns_clone=1'],
    [{ most: 0 }, 'sudo sysctl -w user.max_user_namespaces=15000'],
    [{ apparmorRestricts: 0, cloneAllowed: 1, most: 100 }, undefined],
  ])('is, for user namespaces with %j, %s', (settings, command) => {
    const given = { apparmorRestricts: undefined, cloneAllowed: undefined, most: undefined, ...settings };
    expect(explainUserNamespaces(user, given).fix.command).toBe(command);
  });
});

describe('a refusal', () => {
  const refuse = (machine: Machine, code: ErrnoName, module?: string) =>
    explainRefusal(machine, new KernelError(code, { syscall: 'netlink', action: 'create netem' }), {
      what: 'netem',
      capabilities: ['CAP_NET_ADMIN', 'CAP_SYS_ADMIN'],
      ...(module === undefined ? {} : { module }),
    });

  test('for want of a capability names it', () => {
    const { status, evidence, fix } = refuse({ ...root, capabilities: ['CAP_NET_ADMIN'] }, 'EPERM');
    expect(status).toBe('missing');
    expect(evidence).toBe('create netem: EPERM: operation not permitted, netlink; without CAP_SYS_ADMIN');
    expect(fix?.text).toContain('CAP_SYS_ADMIN');
  });

  test('to one who has every capability is a policy', () => {
    const { evidence, fix } = refuse(root, 'EPERM');
    expect(evidence).toMatch(/, with every capability that it takes$/);
    expect(fix?.text).toMatch(/^the policy of this kernel .* use the vm rung$/);
  });

  test('of what the kernel does not know is its module, or its version', () => {
    expect(refuse(root, 'ENOENT', 'sch_netem').fix?.text).toContain('modprobe sch_netem');
    expect(refuse(root, 'EINVAL').fix?.text).toMatch(/^this kernel \(6\.12\.0-none\) has no netem/);
  });

  test('for another reason promises nothing', () => {
    expect(refuse(root, 'ENOMEM').fix).toEqual({
      text: 'the message says what the kernel refused; no command is known that mends it',
    });
  });

  test("that is none of the kernel's is thrown on", () => {
    const error = new TypeError('a mistake');
    expect(() => explainRefusal(root, error, { what: 'netem', capabilities: [] })).toThrow(error);
  });
});

describe('a rung', () => {
  const judge = (id: string, statuses: Readonly<Record<string, Status>>) => {
    const rung = RUNGS.find((each) => each.id === id);
    return rung && judgeRung(rung, (check) => statuses[check]);
  };

  test('is as good as the worst of what it needs', () => {
    expect(judge('netns', { ffi: 'ok', 'network-namespace': 'ok', veth: 'ok' })).toBe('ok');
    expect(judge('netns', { ffi: 'ok', 'network-namespace': 'limited', veth: 'ok' })).toBe('limited');
    expect(judge('netns', { ffi: 'missing', 'network-namespace': 'limited', veth: 'ok' })).toBe('missing');
  });

  test('is as good as the best of what it has a choice of', () => {
    expect(judge('vm', { qemu: 'ok', kvm: 'missing', emulation: 'ok' })).toBe('ok');
    expect(judge('vm', { qemu: 'ok', kvm: 'missing', emulation: 'missing' })).toBe('missing');
    expect(judge('vm', { qemu: 'missing', kvm: 'ok', emulation: 'ok' })).toBe('missing');
  });

  test('is not judged by what was not asked', () => {
    expect(judge('netns', { veth: 'ok' })).toBe('ok');
    expect(judge('netns', {})).toBeUndefined();
  });
});

describe('what is read off the machine', () => {
  test.each([
    ['22.18.0', 'ok'],
    ['24.11.0', 'ok'],
    ['26.0.0', 'ok'],
    ['30.1.0', 'ok'],
    ['22.17.9', 'missing'],
    ['23.9.0', 'missing'],
    ['24.10.9', 'missing'],
    ['25.5.0', 'missing'],
    ['20.20.2', 'missing'],
  ])('Node.js %s is %s', (version, status) => {
    expect(judgeNode(version).status).toBe(status);
  });

  test('capabilities are named by the shorter list', () => {
    expect(describeCapabilities([])).toBe('no capability');
    expect(describeCapabilities(['CAP_KILL', 'CAP_BPF'])).toBe('CAP_KILL, CAP_BPF');
    expect(describeCapabilities(EVERY)).toBe('all capabilities');
    expect(describeCapabilities(EVERY.filter((name) => name !== 'CAP_BPF'))).toBe('all capabilities but CAP_BPF');
  });
});
