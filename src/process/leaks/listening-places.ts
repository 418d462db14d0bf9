import { quote } from '../../core/errors.js';
import { openNetns, runInNetns } from '../../native/netns.js';
import { TcpListeners } from '../../native/tcp-listeners.js';
import { readLink, readText } from '../proc/read-proc.js';
import { parseSockets, type SocketEntry, type SocketProtocol } from '../proc/socket-table.js';
import { readListeningUnixSockets } from '../proc/unix-sockets.js';

/** Where each socket listens, in words, by its inode. */
export type ListeningPlaces = ReadonlyMap<number, string>;

/** Looks at each network namespace once, however many processes are in it: its tables take milliseconds to read. */
export class NamespaceListeners {
  readonly #known = new Map<string, ListeningPlaces>();

  /** Those who take connections, and those who take datagrams from anyone, in the namespace of a process: others are clients. */
  seenBy(pid: number): ListeningPlaces {
    const path = `/proc/${pid}/ns/net`;
    const identity = readLink(path);
    if (identity === undefined) return new Map();
    const known = this.#known.get(identity);
    if (known !== undefined) return known;
    const found = new Map([...listTcp(pid, path), ...listUdp(pid), ...listUnix(pid)]);
    this.#known.set(identity, found);
    return found;
  }
}

type Row = readonly [inode: number, place: string];

function listTcp(pid: number, path: string): readonly Row[] {
  const toRow = (inode: number, port: number): Row => [inode, `TCP port ${port}`];
  try {
    using netns = openNetns(path);
    using listeners = runInNetns(netns.number, () => new TcpListeners());
    return listeners.list().map(({ inode, port }) => toRow(inode, port));
  } catch {
    // Another user's, or a kernel that cannot be asked: the files go through every connection, and tell the same.
    const listening = readTable(pid, ['tcp', 'tcp6']).filter(({ state }) => state === 'listen');
    return listening.map(({ inode, localPort }) => toRow(inode, localPort));
  }
}

function listUdp(pid: number): readonly Row[] {
  return readTable(pid, ['udp', 'udp6'])
    .filter(({ state, localPort }) => state === 'close' && localPort !== 0)
    .map(({ inode, localPort }) => [inode, `UDP port ${localPort}`]);
}

function listUnix(pid: number): readonly Row[] {
  return readListeningUnixSockets(pid).map(({ inode, path }) => [inode, `Unix socket ${quote(path)}`]);
}

/** None of IPv6 where there is none, and none when the process has ended. */
function readTable(pid: number, protocols: readonly SocketProtocol[]): readonly SocketEntry[] {
  return protocols.flatMap((protocol) => parseSockets(protocol, readText(`/proc/${pid}/net/${protocol}`) ?? ''));
}
