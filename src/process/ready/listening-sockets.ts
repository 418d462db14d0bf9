import { basename } from 'node:path';
import process from 'node:process';
import type { TcpListeners } from '../../native/tcp-listeners.js';
import { readSocketInodes } from '../proc/descriptors.js';
import { listPids, readName, readWords } from '../proc/processes.js';
import { readText } from '../proc/read-proc.js';
import { parseSockets, type SocketProtocol } from '../proc/socket-table.js';
import { readListeningUnixSockets } from '../proc/unix-sockets.js';

/** Where something listens, as its file of /proc/net names it. */
export type ListeningPlace = { readonly tcp: number } | { readonly udp: number } | { readonly unix: string };

/**
 * The inodes of the sockets that listen at a place, in the network namespace of a process.
 *
 * @param listeners - the TCP sockets of that namespace, where they can be asked for: the files take milliseconds
 */
export function findListening(pid: number, place: ListeningPlace, listeners?: TcpListeners): readonly number[] {
  if ('tcp' in place && listeners !== undefined) return listeners.inodesAt(place.tcp);
  if ('unix' in place) {
    const sockets = readListeningUnixSockets(pid);
    return sockets.filter(({ path }) => path === place.unix).map(({ inode }) => inode);
  }
  const protocols: readonly SocketProtocol[] = 'tcp' in place ? ['tcp', 'tcp6'] : ['udp', 'udp6'];
  const port = 'tcp' in place ? place.tcp : place.udp;
  return (
    protocols
      // Without IPv6 there are no files of it, and none when the process has ended.
      .flatMap((protocol) => parseSockets(protocol, readText(`/proc/${pid}/net/${protocol}`) ?? ''))
      .filter(({ localPort, state }) => localPort === port && ('udp' in place || state === 'listen'))
      .map(({ inode }) => inode)
  );
}

/** Who holds a socket, among all processes that can be looked into. */
export function findHolder(inode: number): { readonly pid: number; readonly name: string } | undefined {
  const pid = listPids().find((each) => readSocketInodes(each).includes(inode));
  if (pid === undefined) return undefined;
  // A program may call its threads as it likes: Node's is MainThread.
  const [program] = readWords(pid);
  const name = program === undefined ? readName(pid) : basename(program);
  return { pid, name: `${name ?? 'ended since'}${pid === process.pid ? ', this one' : ''}` };
}
