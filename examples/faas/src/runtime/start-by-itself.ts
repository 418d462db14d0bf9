import { type ChildProcess, spawn } from 'node:child_process';
import type { Bundle } from './bundle.ts';

/** Runs in the new namespaces: mounts, and becomes the program as nobody, in the root. */
const SCRIPT = `
set -e
root=$1; shift
mount --bind "$root" "$root"
mount -o remount,bind,ro,nosuid,nodev "$root"
while [ "$1" != -- ]; do
  case $1 in
    bind) mount --bind "$2" "$root$3"; mount -o remount,bind,ro,nosuid,nodev "$root$3" ;;
    *) mount -t "$1" -o nosuid,nodev "$2" "$root$3" ;;
  esac
  shift 3
done
shift
user=$1; shift
exec setpriv --no-new-privs chroot --userspec="$user" --groups= "$root" "$@"
`;
const FLAGS: Readonly<Record<string, string>> = {
  mount: '--mount',
  pid: '--pid',
  network: '--net',
  ipc: '--ipc',
  uts: '--uts',
};

/** Namespaces, mounts and a root by the tools of util-linux. The mounts are the container's own, and end with it. */
export function startByItself({ config }: Bundle, descriptors: readonly (number | 'pipe')[]): ChildProcess {
  const { user, args, env } = config.process;
  return spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'unshare', '--fork', '--kill-child=KILL'],
      ...config.linux.namespaces.flatMap(({ type }) => FLAGS[type] ?? []),
      ...['sh', '-c', SCRIPT, 'sh', config.root.path],
      ...config.mounts.flatMap(({ type, source, destination }) => [type, source, destination]),
      ...['--', `${user.uid}:${user.gid}`, ...args],
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe', ...descriptors],
      env: {
        PATH: process.env['PATH'],
        ...Object.fromEntries(env.map((each) => [each.split('=', 1)[0] ?? '', each.slice(each.indexOf('=') + 1)])),
      },
    },
  );
}
