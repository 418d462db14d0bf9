import { errnoOf } from '../../core/kernel-error.js';
import type { Inside } from '../inside.js';
import { UdpSocket } from '../sockets/udp-socket.js';
import { describeRefusal } from './describe-refusal.js';
import { type ProbeHost, type Prober, requireHost } from './probe-options.js';

/** Datagrams to a socket that is opened at the target for the probe; what arrives there has reached it. */
export function probeUdp(
  inside: Inside,
  address: string,
  target: string | ProbeHost,
  port: number | undefined,
): Prober {
  const receiver = new UdpSocket(requireHost(target).netns.lend('probe()'), {
    host: address,
    ...(port === undefined ? {} : { port }),
  });
  const sender = new UdpSocket(inside, { host: receiver.family === 'IPv6' ? '::' : '0.0.0.0' });
  let reason: string | undefined;
  const fail = (error: unknown): void => {
    reason = describeRefusal(errnoOf(error) ?? String(error));
  };
  return {
    send() {
      sender.send('probe', receiver.port, address).catch(fail);
      return undefined;
    },
    look() {
      if (receiver.received > 0) return { kind: 'reply' };
      return reason === undefined ? undefined : { kind: 'refusal', reason };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([sender.close(), receiver.close()]);
    },
  };
}
