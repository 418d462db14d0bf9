import { quote } from '../../core/errors.js';
import { TcpListeners } from '../../native/tcp-listeners.js';
import { readSocketInodes } from '../proc/descriptors.js';
import { readLink } from '../proc/read-proc.js';
import type { SpawnPlace } from '../spawn-options.js';
import { findHolder, findListening, type ListeningPlace } from './listening-sockets.js';
import { pollUntil } from './poll-until.js';
import type { ReadyCheck } from './ready-target.js';

/** A look takes some 0.1 ms. */
const INTERVAL_MS = 2;

/** Ready when it, or what it has started, has a socket that listens there. The socket is only looked at. */
export function createListeningCheck(place: ListeningPlace): ReadyCheck {
  let foreign: string | undefined;
  let asked: AskedNamespace | undefined;
  return {
    description: describe(place),
    lastSeen: () => foreign,
    wait: async ({ pid, pids, place: namespace }, signal) => {
      if ('tcp' in place) asked = askNamespace(namespace);
      const isListening = (): boolean => {
        const inodes = findListening(pid, place, isIn(pid, asked) ? asked.listeners : undefined);
        if (inodes.length === 0) return false;
        const own = pids().flatMap((each) => readSocketInodes(each));
        if (inodes.some((inode) => own.includes(inode))) return true;
        foreign ??= describeHolder(inodes[0]);
        return false;
      };
      await pollUntil(isListening, signal, INTERVAL_MS);
    },
    close: () => asked?.listeners[Symbol.dispose](),
  };
}

/** A network namespace, and what answers for it. */
interface AskedNamespace {
  readonly identity: string | undefined;
  readonly listeners: TcpListeners;
}

/** `undefined` where the kernel cannot be asked: its files tell the same. */
function askNamespace(place: SpawnPlace | undefined): AskedNamespace | undefined {
  const open = (): AskedNamespace => ({
    identity: readLink('/proc/thread-self/ns/net'),
    listeners: new TcpListeners(),
  });
  try {
    const asked = place === undefined ? open() : place.run(open);
    // No port of anybody's: only whether it answers.
    asked.listeners.inodesAt(0);
    return asked;
  } catch {
    return undefined;
  }
}

/** A program may have gone on to a namespace of its own, or have ended. */
function isIn(pid: number, asked: AskedNamespace | undefined): asked is AskedNamespace {
  return asked !== undefined && readLink(`/proc/${pid}/ns/net`) === asked.identity;
}

function describe(place: ListeningPlace): string {
  if ('unix' in place) return `its Unix socket ${quote(place.unix)}`;
  return 'tcp' in place ? `its TCP port ${place.tcp}` : `its UDP port ${place.udp}`;
}

function describeHolder(inode: number | undefined): string {
  const holder = inode === undefined ? undefined : findHolder(inode);
  if (holder === undefined) return 'somebody else listens there';
  return `somebody else listens there: process ${holder.pid} (${holder.name})`;
}
