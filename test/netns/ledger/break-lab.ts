import { onTestFinished } from 'vitest';
import type { FileDescriptor } from '../../../src/native/file-descriptor.js';
import type { LabHost } from '../../../src/netns/lab/lab-host.js';
import type { LedgerReport } from '../../../src/netns/ledger/ledger-report.js';
import { changeMembership } from '../../../src/netns/sockets/multicast.js';
import { openUdp } from '../../../src/netns/sockets/open-udp.js';
import { generateTraffic } from '../../../src/netns/traffic/generate-traffic.js';

export const GROUP = '239.1.1.1';
export const PORT = 5000;

/** Sends datagrams of a hundred bytes. */
export async function send(
  from: LabHost,
  address: string,
  options: {
    readonly count?: number;
    readonly ttl?: number;
    readonly sizeBytes?: number;
    readonly interface?: string;
  } = {},
): Promise<void> {
  await generateTraffic(from, { to: { address, port: PORT }, count: 100, sizeBytes: 100, ...options });
}

/** A socket that nobody reads, at every address of a host. */
export function listenAndIgnore(
  host: LabHost,
  options: {
    readonly group?: string;
    readonly interface?: string;
    readonly receiveBufferBytes?: number;
    readonly address?: string;
  } = {},
): FileDescriptor {
  const { group, receiveBufferBytes, address = '0.0.0.0' } = options;
  const socket = openUdp(host.netns.lend('test'), address, 'IPv4', {
    port: PORT,
    ...(receiveBufferBytes === undefined ? {} : { receiveBufferBytes }),
  });
  onTestFinished(() => socket.close());
  if (group !== undefined)
    changeMembership(socket.number, 'IPv4', 'join', group, { interface: options.interface ?? 'eth0' });
  return socket;
}

/** What a verdict says, in short. */
export function tell({ verdict: { cause, at, packets, message, fix } }: LedgerReport) {
  return { cause, at, packets, message, fix };
}
