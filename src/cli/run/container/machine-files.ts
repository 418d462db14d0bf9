import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { TerminalSize } from '../../../container/attached-container.js';
import type { ContainerMount } from '../../../container/container-spec.js';
import { isWithin } from '../../../core/is-within.js';
import { readMountField } from '../../../process/proc/read-mount-field.js';

/** What a container takes that has the files of this machine. */
export interface MachineFiles {
  readonly mounts: readonly ContainerMount[];
  /** What prepares the files and becomes the command. */
  readonly command: readonly string[];
}

/** What {@link planMachineFiles} plans for. */
export interface MachineFilesRequest {
  readonly command: readonly string[];
  readonly cwd: string;
  /** Whole paths of folders that the command may change. */
  readonly writable: readonly string[];
  /** Whether the right to mount stays with the command. */
  readonly keepsMounting: boolean;
  readonly terminal?: TerminalSize;
}

/** Where a shell, mount(8) and their libraries are. `/sbin` is none of them: the engine puts a program of its own there. */
const SYSTEM = ['/usr', '/bin', '/lib', '/lib32', '/lib64', '/libx32'];

/** The file that is there, with the reason, when the files could not be prepared. */
export const REFUSAL = '/refusal';
/** What the program exits with then. */
export const REFUSED = 125;

/**
 * Each file system of this machine that is asked for, below a layer in memory; the folders that may be changed above these.
 * In the end that is the root, and no longer in reach what it is made of.
 */
const SET_UP = `exec 3>&2 2>${REFUSAL}
trap 'exit ${REFUSED}' EXIT
set -e
path=$PATH; PATH=/usr/sbin:/usr/bin:/sbin:/bin
id=$1 cwd=$2 size=$3 drop=$4; shift 4
if [ "$(stat -c %d:%i /host)" != "$id" ]; then
  echo "the engine has other files than this machine, as one in a virtual machine has" >&2
  exit 1
fi
[ -z "$drop" ] || $drop true
mkdir /changes /root-of-host
mount -n -t tmpfs -o size=75% changes /changes
lay() {
  mkdir "/changes/$2" "/changes/$2/upper" "/changes/$2/work"
  mount -n -t overlay -o "lowerdir=$1,upperdir=/changes/$2/upper,workdir=/changes/$2/work" overlay "$3"
}
lay /host 0 /root-of-host
count=0
while [ "$1" != -- ]; do count=$((count + 1)); lay "/host-$count" $count "/root-of-host$1"; shift; done
shift
for folder in proc sys dev; do mkdir -p /root-of-host/$folder; mount -n --rbind /$folder /root-of-host/$folder; done
mkdir -p /root-of-host/run; mount -n -t tmpfs run /root-of-host/run
count=0
while [ "$1" != -- ]; do count=$((count + 1)); mount -n --bind "/writable-$count" "/root-of-host$1"; shift; done
shift
[ -z "$size" ] || stty $size <&0
[ -z "$drop" ] || drop="$(command -v setpriv) \${drop#* }"
cd /root-of-host
mount -n --move . /
trap - EXIT
exec 2>&3 3>&-
exec chroot . /bin/sh -c 'PATH=$0; cd "$1" && shift && exec "$@"' "$path" "$cwd" $drop "$@"`;

const DROP = 'setpriv --bounding-set=-sys_admin --';

/** What a container takes that has the files of this machine, and keeps no change of them. */
export function planMachineFiles(request: MachineFilesRequest): MachineFiles {
  const { command, cwd, writable, keepsMounting, terminal } = request;
  const system = listSystem();
  const mountPoints = findMountPoints(readFileSync('/proc/self/mountinfo', 'utf8'), [
    ...[cwd, realpathSync(process.execPath), import.meta.dirname, ...writable],
    ...system,
  ]);
  const { dev, ino } = statSync('/');
  const size = terminal === undefined ? '' : `rows ${terminal.rows} cols ${terminal.columns}`;
  const first = [`${dev}:${ino}`, cwd, size, keepsMounting ? '' : DROP];
  return {
    mounts: [
      { host: '/', guest: '/host' },
      ...system.map((path) => ({ host: path, guest: path })),
      ...mountPoints.map((path, index) => ({ host: path, guest: `/host-${index + 1}` })),
      ...writable.map((path, index) => ({ host: path, guest: `/writable-${index + 1}`, writable: true })),
    ],
    command: ['/bin/sh', '-c', SET_UP, 'glovebox', ...first, ...mountPoints, '--', ...writable, '--', ...command],
  };
}

/** Makes the root that an image is made of: what leads to the system's folders, where that is a link. */
export function writeMachineRoot(folder: string): string {
  const root = join(folder, 'root');
  mkdirSync(root);
  for (const path of SYSTEM) if (isLink(path)) symlinkSync(readlinkSync(path), join(root, path));
  return root;
}

/** Folders of the system that are no links, and that of the shell, where it is elsewhere. */
function listSystem(): readonly string[] {
  const [, top = ''] = realpathSync('/bin/sh').split('/');
  const folders = [...SYSTEM, `/${top}`].filter((path) => existsSync(path) && !isLink(path));
  return [...new Set(folders)];
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** Those that a container or its kernel has of its own. */
const OTHERS = ['/proc', '/sys', '/dev', '/run'];

/**
 * Where file systems are mounted, but at `/`, that some paths are in: the outer before the inner.
 *
 * @param mountinfo - As proc_pid_mountinfo(5) has it.
 */
export function findMountPoints(mountinfo: string, paths: readonly string[]): readonly string[] {
  const found = mountinfo
    .split('\n')
    .map((line) => readMountField(line, 4) ?? '')
    .filter((point) => point.length > 1 && !OTHERS.some((folder) => isWithin(point, folder)))
    .filter((point) => paths.some((path) => isWithin(path, point)));
  return [...new Set(found)].sort((a, b) => a.split('/').length - b.split('/').length);
}
