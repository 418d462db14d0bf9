import type { Socket } from 'node:net';
import { errnoOf } from '../../core/kernel-error.js';
import type { Inside } from '../inside.js';
import { connectInside } from '../sockets/connect.js';
import { listenInside } from '../sockets/listen.js';
import { describeRefusal } from './describe-refusal.js';
import { type ProbeHost, type Prober, requireHost } from './probe-options.js';

/** Requests for a connection: to whoever listens at a port, or to a server that is there for the probe alone. */
export function probeTcp(
  inside: Inside,
  address: string,
  target: string | ProbeHost,
  port: number | undefined,
): Prober {
  const server =
    port === undefined
      ? listenInside(requireHost(target).netns.lend('probe()'), { host: address }, (connection) => connection.destroy())
      : undefined;
  const place = server?.address();
  const open = port ?? (typeof place === 'object' && place !== null ? place.port : 0);
  const sockets = new Set<Socket>();
  let isConnected = false;
  let reason: string | undefined;
  return {
    send() {
      // The kernel sends a SYN again by itself, but a refusal ends that.
      if (sockets.size > 0) return undefined;
      const socket = connectInside(inside, { host: address, port: open });
      sockets.add(socket);
      socket.once('connect', () => {
        isConnected = true;
      });
      socket.once('error', (error) => {
        reason = describeRefusal(errnoOf(error) ?? error.message);
      });
      socket.once('close', () => sockets.delete(socket));
      return undefined;
    },
    look() {
      if (isConnected) return { kind: 'reply' };
      return reason === undefined ? undefined : { kind: 'refusal', reason };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      if (server !== undefined) await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
