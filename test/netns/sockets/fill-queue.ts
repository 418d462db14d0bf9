import { onTestFinished } from 'vitest';
import { bindSocket, listenOnSocket, openSocket } from '../../../src/native/socket.js';
import { encodeSocketAddress } from '../../../src/native/socket-address.js';
import type { Netns } from '../../../src/netns/netns.js';

/** Listens without ever accepting: of connections, one waits in the queue, and the next are never answered. */
export function fillQueue(netns: Netns, host: string, port: number): void {
  const socket = netns.run(() => openSocket('IPv4', 'stream'));
  onTestFinished(() => socket.close());
  bindSocket(socket.number, encodeSocketAddress(host, port), 'bind');
  listenOnSocket(socket.number, 0, 'listen');
}
