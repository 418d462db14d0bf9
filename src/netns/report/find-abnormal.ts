import type { Impairment } from '../wire/impairment-model.js';
import { DIRECTIONS, type WireCounts, type WireDirection } from '../wire/wire-protocol.js';
import type { LabReading, LinkReading, NodeReading, PartitionReading } from './read-lab.js';
import { readingValue } from './reading.js';

/** What is not as the plan has it, or lost packets: the worst first, a line each. */
export function findAbnormal({ nodes, links, partitions }: LabReading): readonly string[] {
  const [first] = nodes;
  if (first?.links.failure !== undefined && nodes.every(({ links: each }) => each.failure !== undefined))
    return [`nothing of it can be read: ${first.links.failure}`];
  return [...partitions.flatMap(describePartition), ...links.flatMap(findInLink), ...nodes.flatMap(findInNode)];
}

function describePartition({ unheard, dropped }: PartitionReading): readonly string[] {
  const cuts = [...unheard]
    .filter(([, sources]) => sources.size > 0)
    .map(([name, sources]) => `${name} does not hear ${[...sources].join(', ')}`);
  return cuts.length === 0
    ? []
    : [`a partition is in force, ${dropped} ${dropped === 1 ? 'frame' : 'frames'} dropped: ${cuts.join('; ')}`];
}

/** What is done to a link's traffic, in words: `aToB: delayMs 20, lossPercent 5`. */
export function describeImpairments(link: LinkReading): string | undefined {
  const parts = DIRECTIONS.flatMap((direction) => {
    const impairment: Impairment = link.impairments?.[direction] ?? {};
    const fields = Object.entries(impairment).filter(([, value]) => value !== undefined && value !== 0);
    if (fields.length === 0) return [];
    return [`${describeWay(link, direction)}: ${fields.map(([name, value]) => `${name} ${String(value)}`).join(', ')}`];
  });
  return parts.length === 0 ? undefined : parts.join('; ');
}

/** Which way a direction is: `left → right`. */
export function describeWay({ ends: [a, b] }: LinkReading, direction: WireDirection): string {
  return direction === 'aToB' ? `${a} → ${b}` : `${b} → ${a}`;
}

function findInLink(link: LinkReading): readonly string[] {
  const impairments = describeImpairments(link);
  const seed = link.seed === undefined ? '' : ` (seed ${link.seed})`;
  return [
    ...findDown(link),
    ...(impairments === undefined ? [] : [`link ${link.name} is impaired, ${impairments}${seed}`]),
    ...link.held.map((direction) => `link ${link.name} holds frames back ${describeWay(link, direction)}`),
    ...DIRECTIONS.flatMap((direction) => describeLosses(link, direction)),
  ];
}

function findDown(link: LinkReading): readonly string[] {
  const states = readingValue(link.states);
  if (states === undefined) return [`link ${link.name} cannot be read: ${link.states.failure ?? 'it is gone'}`];
  const down = states.flatMap((state, index) => (state.isUp ? [] : [`at ${link.ends[index] ?? '?'}`]));
  if (down.length > 0) return [`link ${link.name} is down ${down.join(' and ')}`];
  return states.every((state) => state.hasCarrier) ? [] : [`link ${link.name} has no carrier`];
}

function describeLosses(link: LinkReading, direction: WireDirection): readonly string[] {
  const counts = link.counts?.[direction];
  if (counts === undefined) return [];
  const ways: readonly (readonly [keyof WireCounts, string])[] = [
    ['lost', 'by lossPercent'],
    ['dropped', 'by a function or a fault'],
    ['overLimit', 'by limitPackets'],
    ['refused', 'by the interface at the other end'],
    ['overrun', 'for they came too fast'],
  ];
  const lost = ways.flatMap(([name, why]) => (counts[name] > 0 ? [`${counts[name]} ${why}`] : []));
  if (lost.length === 0) return [];
  return [
    `link ${link.name} lost frames ${describeWay(link, direction)}: ${lost.join(', ')}; ${counts.received} came in`,
  ];
}

function findInNode(node: NodeReading): readonly string[] {
  const { name } = node.plan;
  if (node.links.failure !== undefined) return [`${name} cannot be read: ${node.links.failure}`];
  return [
    ...findAddresses(node),
    ...(readingValue(node.firewall) ?? [])
      .filter(({ verdict, packets }) => packets > 0 && (verdict === 'drop' || verdict === 'reject'))
      .map(
        ({ verdict, packets, chain, table, comment }) =>
          `${name}: the firewall ${verdict === 'drop' ? 'dropped' : 'rejected'} ${packets} packets in ${table} ${chain}${comment === undefined ? '' : ` (${comment})`}`,
      ),
    ...(readingValue(node.routes) ?? [])
      .filter((route) => route.nexthops.length > 0 && route.nexthops.every((hop) => hop.isDead))
      .map((route) => `${name}: the route to ${route.destination} by ${route.interface ?? '?'} is dead`),
    ...(readingValue(node.neighbours) ?? [])
      .filter(({ state }) => state === 'failed' || state === 'incomplete')
      .map(({ address, interface: device }) => `${name}: nobody at ${device} answers for ${address}`),
    ...(readingValue(node.sockets) ?? [])
      .filter(({ drops = 0 }) => drops > 0)
      .map(
        ({ protocol, localAddress, localPort, drops, owner }) =>
          `${name}: the ${protocol} socket at ${localAddress} port ${localPort}${owner === undefined ? '' : ` of ${owner}`} dropped ${drops} datagrams, its receive buffer being full`,
      ),
    ...node.processes
      .filter(({ state }) => state === 'Z' || state === 'T')
      .map(
        ({ pid, command, state }) =>
          `${name}: process ${pid} (${command}) ${state === 'Z' ? 'has ended' : 'is stopped'}`,
      ),
  ];
}

/** Addresses that the plan gave and that are gone, and those that somebody else has too. */
function findAddresses({ plan, addresses }: NodeReading): readonly string[] {
  const found = readingValue(addresses) ?? [];
  const planned = [
    ...plan.interfaces.map((each) => ({ device: each.name, addresses: each.addresses })),
    { device: 'lo', addresses: plan.loopback },
  ];
  const gone = planned.flatMap(({ device, addresses: given }) =>
    given
      .filter(({ address }) => !found.some((each) => each.address === address && each.interface === device))
      .map(({ address, prefixLength }) => `${plan.name}: address ${address}/${prefixLength} is gone from ${device}`),
  );
  const twice = found
    .filter((each) => each.isDadFailed)
    .map((each) => `${plan.name}: ${each.address} at ${each.interface} is another's too (duplicate address)`);
  return [...gone, ...twice];
}
