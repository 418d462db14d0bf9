import { parseIpAddress } from '../netlink/ip-address.js';
import { parseMacAddress } from '../netlink/mac-address.js';
import type { PacketFilter } from '../packet-filter/packet-filter.js';
import type { CaptureSettings } from './capture-options.js';
import type { CaptureEnd } from './capture-ports.js';
import { encodeInterface, encodeNames, encodeSectionHeader } from './pcapng.js';

/** What is before the frames of a file: what the lab is, its ports, and the names of its addresses. */
export function encodeHeader(ends: readonly CaptureEnd[], settings: CaptureSettings): Uint8Array {
  const filter = describeFilter(settings.filter);
  const interfaces = ends.map(({ port, end }) =>
    encodeInterface({
      name: `${port.link}:${port.node}:${port.interface}`,
      description: `link ${port.link}, interface ${port.interface} of ${port.node}: frames ${describeSides(settings.sides)}`,
      macAddress: parseMacAddress(end.interface.macAddress),
      snapLength: settings.snapLength ?? 0,
      filter,
    }),
  );
  const nodes = new Map(ends.map(({ end }) => [end.node, end.plan]));
  const names = [...nodes.values()].flatMap(({ name, interfaces }) =>
    interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => ({ address: parseIpAddress(address), name }))),
  );
  return Buffer.concat([
    encodeSectionHeader(describeLab(ends, settings.comment)),
    ...interfaces,
    ...(names.length === 0 ? [] : [encodeNames(names)]),
  ]);
}

/** A filter as Wireshark's users write it. */
function describeFilter(filter: PacketFilter): string | undefined {
  const { protocol, source, destination, host, sourcePort, destinationPort, port } = filter;
  const parts = [
    protocol === 'icmpv6' ? 'icmp6' : protocol,
    describeAddress('src ', source),
    describeAddress('dst ', destination),
    describeAddress('', host),
    sourcePort === undefined ? undefined : `src port ${sourcePort}`,
    destinationPort === undefined ? undefined : `dst port ${destinationPort}`,
    port === undefined ? undefined : `port ${port}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(' and ');
}

function describeAddress(side: string, address: string | undefined): string | undefined {
  return address === undefined ? undefined : `${side}${address.includes('/') ? 'net' : 'host'} ${address}`;
}

function describeSides(sides: CaptureSettings['sides']): string {
  return { received: 'that it received', sent: 'that it sent', both: 'that it received and sent' }[sides];
}

function describeLab(ends: readonly CaptureEnd[], comment: string | undefined): string {
  const links = new Set(ends.map(({ link }) => link));
  const lines = [...links].map((link) => {
    const [a, b] = link.ends.map(({ node, interface: { name } }) => `${node}:${name}`);
    // Only where something is decided at random does the seed matter.
    const seed = link.medium === 'veth' ? '' : `, ${link.medium} with seed ${link.seed}`;
    return `${link.name}: ${a} - ${b}${seed}`;
  });
  return [...(comment === undefined ? [] : [comment]), 'Captured by glovebox in a lab with the links', ...lines].join(
    '\n',
  );
}
