import type { Machine } from './machine/machine.ts';

/** proc(5): states and flags of sockets that listen. */
const [TCP_LISTENING, UNIX_LISTENING] = ['0A', '00010000'];

/** How many descriptors of each kind a process has: `socket`, `anon_inode:[eventpoll]`, a path. */
export async function countDescriptors(machine: Machine, pid: number): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const target of await listDescriptors(machine, pid)) {
    const kind = target.replace(/:\[\d+\]$/, '');
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** What the descriptors of a process are: `socket:[4711]`. */
function listDescriptors(machine: Machine, pid: number): Promise<readonly string[]> {
  return readLinks(machine, [`/proc/${pid}/fd/`]);
}

/** What the links are that these are, or that are in these folders. Processes and descriptors may end while they are looked at. */
async function readLinks(machine: Machine, paths: readonly string[]): Promise<readonly string[]> {
  const listing = await machine.$`ls -l ${paths} 2>/dev/null || true`;
  return [...listing.matchAll(/ -> (.*)$/gm)].flatMap(([, target]) => target ?? []);
}

/**
 * The sockets of a process that neither listen nor are one of a pair, as those to a handler are. A connection that is
 * over is one until it has been closed here.
 */
export async function countConnections(machine: Machine, pid: number): Promise<number> {
  const lasting = new Set<string | undefined>();
  const rows = async (...paths: readonly string[]) => (await machine.$`cat ${paths}`).trim().split('\n');
  for (const row of await rows(`/proc/${pid}/net/tcp`, `/proc/${pid}/net/tcp6`)) {
    const [, , , state, , , , , , inode] = row.trim().split(/\s+/);
    if (state === TCP_LISTENING) lasting.add(inode);
  }
  for (const row of await rows(`/proc/${pid}/net/unix`)) {
    const [, , , flags, , , inode, path] = row.split(/\s+/);
    if (flags === UNIX_LISTENING || path === undefined) lasting.add(inode);
  }
  const sockets = (await listDescriptors(machine, pid)).flatMap((each) => /^socket:\[(\d+)\]$/.exec(each)?.[1] ?? []);
  return sockets.filter((inode) => !lasting.has(inode)).length;
}

/** The mounts of every namespace that these processes are in. */
export async function countMounts(machine: Machine, pids: readonly number[]): Promise<number> {
  const listing =
    await machine.$`for pid in ${pids}; do echo "$(readlink /proc/$pid/ns/mnt) $(wc -l < /proc/$pid/mountinfo)"; done 2>/dev/null`;
  const namespaces = new Map(
    [...listing.matchAll(/^(mnt:\S+) (\d+)$/gm)].map(([, name, count]) => [name, Number(count)]),
  );
  return [...namespaces.values()].reduce((sum, count) => sum + count, 0);
}
