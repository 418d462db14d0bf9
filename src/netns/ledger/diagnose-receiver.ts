import { decodeAddresses } from '../netlink/address.js';
import { encodeListAddresses } from '../netlink/address-requests.js';
import { parseMacAddress } from '../netlink/mac-address.js';
import { describeSocket } from './counters.js';
import { type Case, findInterface, type Gap, type Suspect, suspectByCounter, tellCounter } from './diagnosis.js';
import { suspectFirewall } from './firewall.js';
import { formatCount } from './format-report.js';
import type { SocketCounters } from './node-counters.js';
import { readFrame } from './read-sample.js';
import { suspectReversePath } from './reverse-path.js';
import { describeOwner } from './socket-owner.js';

/** Why programs have not read what came to their host. */
export function* diagnoseReceiver(facts: Case, { before, way }: Gap): Generator<Suspect> {
  if (before === undefined) return;
  const { flow } = facts;
  const { name } = way.to;
  const sample = readFrame(before.counter.sample());
  yield* suspectReversePath(facts, name, before.interface.name, sample?.ip?.source);
  yield* suspectDestination(facts, before.interface.name, name);
  const mac = findInterface(facts, name, before.interface.name)?.macAddress;
  const destination = sample?.ethernet?.destination;
  if (
    !flow.isGroup &&
    mac !== undefined &&
    destination !== undefined &&
    mac !== destination &&
    !isGroupMac(destination)
  ) {
    yield {
      cause: 'delivered-elsewhere',
      message: `frames come to ${name}:${before.interface.name} with the MAC address of another`,
      evidence: [`they go to ${destination}, and ${name}:${before.interface.name} is ${mac}`],
      fix: 'look for a wrong neighbour entry where they are sent',
    };
  }
  yield* suspectFirewall(facts, name, ['prerouting', 'input']);
  if (flow.protocol !== 'udp') return;
  yield* suspectByCounter(facts, name, ['Udp.InCsumErrors', 'Ip6.Udp6InCsumErrors', 'IpExt.InCsumErrors'], {
    cause: 'bad-checksum',
    message: `packets come to ${name} damaged: their checksum is wrong`,
    fix: 'look for what changes them on the way: an impairment (corruptPercent), or a function that rewrites frames',
  });
  yield* suspectSockets(facts, name);
}

/** Whether the host takes packets to this destination at all. */
function* suspectDestination({ view, flow, now }: Case, device: string, name: string): Generator<Suspect> {
  if (flow.isGroup) {
    const members = now.get(name)?.memberships.filter(({ group }) => group === flow.destination) ?? [];
    if (members.some((each) => each.interface === device)) return;
    const elsewhere = members.map((each) => each.interface).join(', ');
    yield {
      cause: 'no-membership',
      message: `${name}:${device} is no member of ${flow.destination}${elsewhere === '' ? '' : `; ${name} has joined it on ${elsewhere}`}`,
      evidence: [
        `/proc/net/igmp of ${name}: ${flow.destination} ${elsewhere === '' ? 'is not there' : `on ${elsewhere}`}`,
      ],
      fix: `join it there: host.udp({ port: ${flow.port ?? '…'} }).join('${flow.destination}', { interface: '${device}' })`,
    };
    return;
  }
  const node = view.nodes.get(name);
  if (node === undefined) return;
  const addresses = decodeAddresses(node.netns.netlink.dump(encodeListAddresses())).map(({ address }) => address);
  if (addresses.includes(flow.destination)) return;
  yield {
    cause: 'address-missing',
    message: `${name} does not have the address ${flow.destination} any more, or never had it`,
    evidence: [`netlink lists ${addresses.join(', ') || 'no address'} on ${name}`],
    fix: `give ${name} the address, or send to one that it has`,
  };
}

function* suspectSockets(facts: Case, name: string): Generator<Suspect> {
  const { flow, now } = facts;
  const sockets = (now.get(name)?.sockets ?? []).filter(
    ({ protocol, localPort }) => protocol === 'udp' && (flow.port === undefined || localPort === flow.port),
  );
  const full = Math.max(...['Udp.RcvbufErrors', 'Ip6.Udp6RcvbufErrors'].map((each) => facts.deltas.of(name, each)));
  const listening = sockets.filter((socket) => isFor(socket, flow.destination));
  for (const socket of listening) {
    // Wrong checksums are among the drops of a socket.
    const dropped = Math.min(facts.deltas.of(name, `${describeSocket(socket)} drops`), full);
    const waiting = `${formatCount(socket.receiveQueue)} bytes wait in it, of ${formatCount(socket.receiveBufferBytes)}`;
    const place = `socket ${socket.localAddress}:${socket.localPort} of ${name}`;
    if (dropped > 0) {
      yield {
        cause: 'receive-buffer-full',
        packets: dropped,
        message: `the receive buffer of ${place} was full: ${describeOwner(socket.inode)} does not read fast enough`,
        evidence: [
          `${place}: drops +${formatCount(dropped)}; ${waiting}`,
          ...tellCounter(facts, name, 'Udp.RcvbufErrors', 'Ip6.Udp6RcvbufErrors', 'Udp.InCsumErrors'),
        ],
        fix: 'read faster, raise its receive buffer (SO_RCVBUF; net.core.rmem_max limits it), or send slower',
      };
    }
    if (socket.receiveQueue > 0) {
      yield {
        cause: 'not-read',
        message: `packets wait in ${place}: ${describeOwner(socket.inode)} does not read them`,
        evidence: [`${place}: ${waiting}`],
        fix: 'look at what the program does: is it stopped, busy, or has it no handler yet?',
      };
    }
  }
  const closed = suspectByCounter(facts, name, ['Udp.RcvbufErrors', 'Ip6.Udp6RcvbufErrors'], {
    cause: 'receive-buffer-full',
    message: `a receive buffer of ${name} was full`,
    fix: 'read faster, raise the receive buffer (SO_RCVBUF), or send slower',
  });
  if (!listening.some(({ drops }) => drops > 0)) yield* closed;
  if (listening.length > 0) return;
  const others = sockets.map((socket) => `${socket.localAddress}:${socket.localPort}`);
  const evidence = [
    ...tellCounter(facts, name, 'Udp.NoPorts', 'Udp.IgnoredMulti', 'Icmp.OutDestUnreachs', 'Ip6.Udp6NoPorts'),
    others.length === 0
      ? `no socket of UDP at port ${flow.port ?? '(any)'} on ${name}`
      : `sockets there are bound to ${others.join(', ')}`,
  ];
  yield {
    cause: 'port-closed',
    message: `nobody on ${name} listens at ${flow.destination}${flow.port === undefined ? '' : ` port ${flow.port}`}`,
    evidence,
    fix: 'start the receiver first, and look at the address that it binds',
  };
}

function isFor({ localAddress }: SocketCounters, destination: string): boolean {
  return (
    localAddress === '0.0.0.0' ||
    localAddress === '::' ||
    localAddress === destination ||
    localAddress === `::ffff:${destination}`
  );
}

function isGroupMac(address: string): boolean {
  return ((parseMacAddress(address)[0] ?? 0) & 1) === 1;
}
