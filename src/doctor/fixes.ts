import { existsSync, statSync } from 'node:fs';
import type { CapabilityName } from '../native/capabilities.js';
import { readText } from '../process/proc/read-proc.js';
import { findInstallCommand, type Installable, packageName } from './distribution.js';
import type { Machine } from './machine.js';
import type { Fix } from './probe.js';

/** Installs what a package brings. */
export function fixByInstalling(machine: Machine, what: Installable): Fix {
  const command = findInstallCommand(machine.distribution, what);
  if (command === undefined) {
    return {
      text: `install ${packageName(what)} with the package manager of this machine, under the name it has there`,
    };
  }
  return { command: asRoot(machine, command), text: `install ${packageName(what)}` };
}

/** A command that root has to run. */
export function asRoot({ uid }: Machine, command: string): string {
  return uid === 0 ? command : `sudo ${command}`;
}

/** Leaves the user namespace, in which no capability is one of the machine's. */
const FIX_OUTSIDE: Fix = {
  text: 'capabilities of a user namespace do not count for the machine itself: run this as root outside of the namespace (of unshare --user, or of a rootless container)',
};

/** Gives capabilities to who asks. */
export function fixByPrivilege(machine: Machine, lacking: readonly CapabilityName[]): Fix {
  const { uid, bounding, isContainer, isInUserNamespace } = machine;
  if (isInUserNamespace) return FIX_OUTSIDE;
  const unreachable = lacking.filter((name) => !bounding.includes(name));
  if (unreachable.length === 0 && uid !== 0) {
    return {
      command: 'sudo env "PATH=$PATH" npx glovebox doctor',
      text: 'run as root, keeping the path to this Node.js',
    };
  }
  const names = (unreachable.length === 0 ? lacking : unreachable).join(', ');
  if (isContainer) {
    const flags = unreachable.map((name) => `--cap-add ${name.replace('CAP_', '')}`).join(' ');
    return {
      text: `this container has no ${names}: start it with --privileged${flags === '' ? '' : `, or with ${flags}`}`,
    };
  }
  return { text: `what starts this process takes ${names} away from it, root or not, and has to leave that` };
}

/** The kernel refuses although the privileges are there. */
export function fixForbidden({ kernelRelease, isInUserNamespace }: Machine): Fix {
  if (isInUserNamespace) return FIX_OUTSIDE;
  return {
    text: `the policy of this kernel (${kernelRelease}), such as lockdown, a security module or a container's seccomp profile, forbids it to root too, and no command on the running machine changes that: use the vm rung`,
  };
}

/** A file that is there and may not be opened for writing: by the group it belongs to, where that may. */
export function fixFileAccess(machine: Machine, path: string): Fix {
  const { gid, mode } = statSync(path);
  const group = new RegExp(`^([^:\n]+):[^:\n]*:${gid}:`, 'm').exec(readText('/etc/group') ?? '')?.[1];
  if (gid === 0 || group === undefined || (mode & 0o060) !== 0o060) {
    return { command: asRoot(machine, `chmod 0666 ${path}`), text: `let every user open ${path}, until the next boot` };
  }
  return {
    command: asRoot(machine, `usermod -aG ${group} "$USER"`),
    text: `join the group ${group}, which may open ${path}, and log in again`,
  };
}

/** The kernel lacks a feature that a module may bring. */
export function fixByModule(machine: Machine, module: string, what: string): Fix {
  const { kernelRelease, loadsModules } = machine;
  if (!loadsModules) {
    return {
      text: `this kernel (${kernelRelease}) is built without ${what} and loads no modules: nothing on this machine can mend it; use the vm rung`,
    };
  }
  if (existsSync(`/lib/modules/${kernelRelease}`)) {
    const extra = extraModules(machine);
    const load = asRoot(machine, `modprobe ${module}`);
    return {
      command: extra === undefined ? load : `${asRoot(machine, extra)} && ${load}`,
      text: `load the kernel module ${module}, if there is one for this kernel`,
    };
  }
  return {
    text: `run "modprobe ${module}" on the host whose kernel this is (${kernelRelease}; its modules are not in this file system), or use the vm rung`,
  };
}

/** Installs the modules that a distribution keeps apart from its kernel, among them sch_netem. */
function extraModules({ distribution, kernelRelease }: Machine): string | undefined {
  if (distribution.id === 'ubuntu') return `apt-get install -y linux-modules-extra-${kernelRelease}`;
  if (distribution.family === 'fedora') return `dnf install -y kernel-modules-extra-${kernelRelease}`;
  return undefined;
}

/** A kernel that is too old, or was built without something that is no module. */
export function fixByKernel({ kernelRelease }: Machine, what: string, since?: string): Fix {
  const from = since === undefined ? '' : ` (there since Linux ${since})`;
  return {
    text: `this kernel (${kernelRelease}) has no ${what}${from}, and nothing on this machine can add it: boot another kernel, or use the vm rung`,
  };
}

/** Where there is no Linux. */
export function fixByLinux(): Fix {
  return {
    text: 'nothing on this machine can mend it: use Linux, in a virtual machine if need be; the fakes work everywhere',
  };
}
