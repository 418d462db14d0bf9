import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { listPids } from '../isolation/list-processes.js';

/** Where something listens, as its file of /proc/net names it. */
export type ListeningPlace = { readonly tcp: number } | { readonly udp: number } | { readonly unix: string };

/** include/net/tcp_states.h */
const TCP_LISTEN = '0A';

/** The inodes of the sockets that listen at a place, in the network namespace of a process. */
export function findListening(pid: number, place: ListeningPlace): readonly string[] {
  if ('unix' in place) return findUnix(pid, place.unix);
  const [files, port] = 'tcp' in place ? [['tcp', 'tcp6'], place.tcp] : [['udp', 'udp6'], place.udp];
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return files.flatMap((file) =>
    readLines(pid, file).flatMap((line) => {
      // Documentation/networking/proc_net_tcp.rst: number, local, remote, state, queues, timer, retransmits, uid, timeout, inode
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      const isThere = local?.endsWith(wanted) === true && ('udp' in place || state === TCP_LISTEN);
      return isThere && inode !== undefined ? [inode] : [];
    }),
  );
}

/** The inodes of the sockets that some processes hold. */
export function readSocketInodes(pids: readonly number[]): ReadonlySet<string> {
  return new Set(pids.flatMap((pid) => readSockets(pid)));
}

/** Who holds a socket, among all processes that can be looked into. */
export function findHolder(inode: string): { readonly pid: number; readonly name: string } | undefined {
  const pid = listPids().find((each) => readSockets(each).includes(inode));
  return pid === undefined ? undefined : { pid, name: readName(pid) };
}

function findUnix(pid: number, path: string): readonly string[] {
  return readLines(pid, 'unix').flatMap((line) => {
    // Number, references, protocol, flags, type, state, inode, path; the flag of listen(2) is __SO_ACCEPTCON.
    const [, , , flags, , , inode, ...rest] = line.trim().split(/\s+/);
    const isThere = rest.join(' ') === path && (Number.parseInt(flags ?? '', 16) & 0x10000) !== 0;
    return isThere && inode !== undefined ? [inode] : [];
  });
}

function readLines(pid: number, file: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/net/${file}`, 'latin1').split('\n').slice(1);
  } catch {
    // It has ended, or there is no IPv6.
    return [];
  }
}

function readSockets(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function readName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'ended since';
  }
}
