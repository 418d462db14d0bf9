import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { delimiter } from 'node:path';
import process from 'node:process';
import { type CapabilityName, toCapabilityNames } from '../native/capabilities.js';
import { isInUserNamespace } from '../native/user-namespace.js';
import { readText } from '../process/proc/read-proc.js';
import { type Distribution, parseOsRelease } from './distribution.js';

/** What the probes take for granted about where they run. */
export interface Machine {
  /** As `process.platform` says it. */
  readonly platform: NodeJS.Platform;
  /** As `process.arch` says it. */
  readonly architecture: string;
  readonly kernelRelease: string;
  /** The effective user id; `undefined` where there are none. */
  readonly uid: number | undefined;
  /** What the main thread may do at this moment. */
  readonly capabilities: readonly CapabilityName[];
  /** What a root user that this process becomes may do: a container's root, for one, may do less than that of its host. */
  readonly bounding: readonly CapabilityName[];
  /** From /etc/os-release. */
  readonly distribution: Distribution;
  /** Whether this is inside a container, whose privileges its starter decides. */
  readonly isContainer: boolean;
  /** Whether this is inside a user namespace, whose root has no rights on the machine itself. */
  readonly isInUserNamespace: boolean;
  /** Whether the kernel can load modules at all. */
  readonly loadsModules: boolean;
  /** What stands before a command that is to die with this process; empty where nothing can see to that. */
  readonly deathSignal: readonly string[];
  /** The folders of programs. */
  readonly path: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Looks at the machine this runs on. It never throws: what cannot be read is empty. */
export function readMachine(): Machine {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return {
    platform: process.platform,
    architecture: process.arch,
    kernelRelease: release(),
    uid: process.geteuid?.(),
    capabilities: readCapabilitySet('CapEff'),
    bounding: readCapabilitySet('CapBnd'),
    distribution: parseOsRelease(readText('/etc/os-release') ?? readText('/usr/lib/os-release') ?? ''),
    isContainer: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
    isInUserNamespace: isInUserNamespace(),
    loadsModules: existsSync('/proc/modules'),
    // An ordinary user's PATH may lack the folders in which Debian keeps ip, tc and nft.
    deathSignal: findDeathSignal(),
    path: [...new Set([...folders, '/usr/local/sbin', '/usr/sbin', '/sbin'])],
    environment: process.env,
  };
}

/** The number in a file such as those of /proc/sys, or `undefined`. */
export function readNumber(path: string): number | undefined {
  const text = readText(path)?.trim();
  return text === undefined || !/^-?\d+$/.test(text) ? undefined : Number(text);
}

/** BusyBox has a setpriv too, which does not know the option: so it is tried. */
function findDeathSignal(): readonly string[] {
  const command = ['setpriv', '--pdeathsig', 'KILL'] as const;
  const [program, ...options] = command;
  const isThere =
    process.platform === 'linux' && spawnSync(program, [...options, 'true'], { stdio: 'ignore' }).status === 0;
  return isThere ? command : [];
}

function readCapabilitySet(name: 'CapEff' | 'CapBnd'): readonly CapabilityName[] {
  const status = readText('/proc/thread-self/status') ?? '';
  const mask = new RegExp(`^${name}:\\s*([\\da-f]+)$`, 'm').exec(status)?.[1];
  return mask === undefined ? [] : toCapabilityNames(BigInt(`0x${mask}`));
}
