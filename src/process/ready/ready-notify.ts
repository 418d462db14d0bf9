import { randomUUID } from 'node:crypto';
import { bindSocket, openSocket } from '../../native/socket.js';
import { encodeAbstractAddress } from '../../native/socket-address.js';
import { systemCall } from '../../native/system-call.js';
import type { SpawnPlace } from '../spawn-options.js';
import { pollUntil } from './poll-until.js';
import type { ReadyCheck } from './ready-target.js';

const EAGAIN = -11;

/**
 * Ready at `READY=1` on a socket of datagrams: sd_notify(3). The socket has a name and no file, so that nothing of it
 * can be left behind; such a name belongs to a network namespace, which is the program's.
 */
export function createNotifyCheck(place: SpawnPlace | undefined): ReadyCheck {
  const name = `glovebox/notify/${randomUUID()}`;
  const open = () => {
    const socket = openSocket('unix', 'datagram');
    bindSocket(socket.number, encodeAbstractAddress(name), 'listen for sd_notify');
    return socket;
  };
  const socket = place?.run(open) ?? open();
  const bytes = new Uint8Array(4096);
  let status: string | undefined;
  const readAssignments = (): readonly string[] => {
    const length = systemCall('read', socket.number, bytes, bytes.length);
    return length === EAGAIN || length <= 0 ? [] : new TextDecoder().decode(bytes.subarray(0, length)).split('\n');
  };
  return {
    description: 'READY=1 by sd_notify (NOTIFY_SOCKET)',
    env: { NOTIFY_SOCKET: `@${name}` },
    lastSeen: () => status,
    wait: async (_target, signal) => {
      const isReady = (): boolean => {
        for (let lines = readAssignments(); lines.length > 0; lines = readAssignments()) {
          const words = lines.find((line) => line.startsWith('STATUS='));
          if (words !== undefined) status = words;
          if (lines.includes('READY=1')) return true;
        }
        return false;
      };
      await pollUntil(isReady, signal);
    },
    close: () => socket.close(),
  };
}
