import { quote } from '../../core/errors.js';
import { readSocketInodes } from '../proc/descriptors.js';
import { findHolder, findListening, type ListeningPlace } from './listening-sockets.js';
import { pollUntil } from './poll-until.js';
import type { ReadyCheck } from './ready-target.js';

/** Ready when it, or what it has started, has a socket that listens there. The socket is only looked at. */
export function createListeningCheck(place: ListeningPlace): ReadyCheck {
  let foreign: string | undefined;
  return {
    description: describe(place),
    lastSeen: () => foreign,
    wait: async ({ pid, pids }, signal) => {
      const isListening = (): boolean => {
        const inodes = findListening(pid, place);
        if (inodes.length === 0) return false;
        const own = pids().flatMap((each) => readSocketInodes(each));
        if (inodes.some((inode) => own.includes(inode))) return true;
        foreign ??= describeHolder(inodes[0]);
        return false;
      };
      await pollUntil(isListening, signal);
    },
  };
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
