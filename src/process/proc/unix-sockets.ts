import { readText } from './read-proc.js';

/** A Unix socket that takes connections. */
export interface ListeningUnixSocket {
  readonly inode: number;
  /** Its path; of an abstract one, its name behind an `@`. */
  readonly path: string;
}

/** The flag of listen(2): __SO_ACCEPTCON of include/uapi/linux/net.h. */
const ACCEPTS = 0x10000;
/** Number, references, protocol, flags, type, state, inode, path, as net/unix/af_unix.c prints them. */
const LINE = /^\w+: \w+ \w+ (\w+) \w+ \w+ +(\d+) (.+)$/;

/** Those of the network namespace of a process; none when it has ended. */
export function readListeningUnixSockets(pid: number): readonly ListeningUnixSocket[] {
  const lines = readText(`/proc/${pid}/net/unix`)?.split('\n') ?? [];
  return lines.flatMap((line) => {
    const [, flags = '', inode, path] = LINE.exec(line) ?? [];
    if (path === undefined || (Number.parseInt(flags, 16) & ACCEPTS) === 0) return [];
    return [{ inode: Number(inode), path }];
  });
}
