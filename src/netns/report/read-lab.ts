import { SOCKET_PROTOCOLS, type SocketEntry, type SocketProtocol } from '../../process/proc/socket-table.js';
import type { Lab } from '../lab/create-lab.js';
import type { LabLink } from '../lab/lab-link.js';
import type { PlannedNode } from '../lab/plan/lab-plan.js';
import type { BridgeMembership } from '../multicast/bridge-memberships.js';
import { type FirewallCounter, readFirewallCounters } from '../netfilter/read-firewall-counters.js';
import type { LinkState } from '../netlink/link.js';
import type { Netns } from '../netns.js';
import type { Membership } from '../proc/memberships.js';
import { type NetnsAddress, type NetnsNeighbour, type NetnsRoute, readLinks } from '../read-tables.js';
import type { Impairment } from '../wire/impairment-model.js';
import { DIRECTIONS, type WireCounts, type WireDirection } from '../wire/wire-protocol.js';
import { type LabProcess, type ProcessTable, readProcesses } from './processes.js';
import { attempt, type Reading, readingValue } from './reading.js';

/** What a node of a lab was at one moment. */
export interface NodeReading {
  readonly plan: PlannedNode;
  readonly links: Reading<readonly LinkState[]>;
  readonly addresses: Reading<readonly NetnsAddress[]>;
  readonly routes: Reading<readonly NetnsRoute[]>;
  readonly neighbours: Reading<readonly NetnsNeighbour[]>;
  readonly memberships: Reading<readonly Membership[]>;
  /** Of a switch: which groups it sends to which ports. */
  readonly ports: Reading<readonly BridgeMembership[]> | undefined;
  readonly sockets: Reading<readonly (SocketEntry & { readonly owner: string | undefined })[]>;
  readonly processes: readonly LabProcess[];
  /** Rules of its firewall that count, whoever put them there. */
  readonly firewall: Reading<readonly FirewallCounter[]>;
}

/** What a link of a lab was at one moment. */
export interface LinkReading {
  readonly name: string;
  readonly ends: readonly [string, string];
  readonly states: Reading<readonly [LinkState, LinkState]>;
  /** What is done to its traffic, one way and back. */
  readonly impairments: Readonly<Record<WireDirection, Impairment>> | undefined;
  /** Of a wire. */
  readonly counts: Readonly<Record<WireDirection, WireCounts>> | undefined;
  /** The directions in which frames are held back. */
  readonly held: readonly WireDirection[];
  /** Of a wire: what decides which frames are hit. */
  readonly seed: number | undefined;
}

/** Who does not hear whom, by a partition that is in force. */
export interface PartitionReading {
  readonly unheard: ReadonlyMap<string, ReadonlySet<string>>;
  readonly dropped: number;
}

/** What a lab was at one moment. */
export interface LabReading {
  readonly nodes: readonly NodeReading[];
  readonly links: readonly LinkReading[];
  readonly partitions: readonly PartitionReading[];
}

/** Reads everything that the kernel tells of a lab: a few milliseconds for each node. Never throws. */
export function readLab(lab: Lab): LabReading {
  const places = listPlaces(lab);
  const inodes = new Set(places.flatMap(({ netns }) => readingValue(attempt(() => netns.inode)) ?? []));
  const processes = readingValue(attempt(() => readProcesses(inodes)));
  return {
    nodes: places.map((place) => readNode(place, processes)),
    links: Object.values<LabLink>(lab.links).map(readLink),
    partitions: readingValue(attempt(() => lab.partitions.map(({ unheard, dropped }) => ({ unheard, dropped })))) ?? [],
  };
}

interface Place {
  readonly plan: PlannedNode;
  readonly netns: Netns;
  readonly readPorts: (() => readonly BridgeMembership[]) | undefined;
}

function listPlaces(lab: Lab): readonly Place[] {
  return lab.plan.nodes.flatMap((plan): readonly Place[] => {
    const bridge = lab.bridges[plan.name];
    if (plan.kind === 'bridge' && bridge !== undefined)
      return [{ plan, netns: bridge.netns, readPorts: () => bridge.memberships() }];
    const host = lab.hosts[plan.name] ?? lab.routers[plan.name];
    return host === undefined ? [] : [{ plan, netns: host.netns, readPorts: undefined }];
  });
}

function readNode({ plan, netns, readPorts }: Place, processes: ProcessTable | undefined): NodeReading {
  const inode = readingValue(attempt(() => netns.inode));
  return {
    plan,
    links: attempt(() => readLinks(netns)),
    addresses: attempt(() => netns.readAddresses()),
    routes: attempt(() => netns.readRoutes()),
    neighbours: attempt(() => netns.readNeighbours()),
    memberships: attempt(() => netns.proc.memberships()),
    ports: readPorts === undefined ? undefined : attempt(readPorts),
    sockets: attempt(() =>
      netns.proc
        .sockets(listProtocols(netns))
        .map((socket) => ({ ...socket, owner: processes?.ownerOf(socket.inode) })),
    ),
    firewall: attempt(() => readFirewallCounters(netns)),
    processes: inode === undefined ? [] : (processes?.inNetns(inode) ?? []),
  };
}

/**
 * TCP's files are slow to read, for the kernel walks the table of the whole machine, so they are left out where nothing is in
 * them: net/ipv4/proc.c, sockstat_seq_show.
 */
function listProtocols(netns: Netns): readonly SocketProtocol[] {
  const [inUse, waiting] = [/^TCP: inuse (\d+)/m, /^TCP: .* tw (\d+)/m].map((pattern) =>
    Number(pattern.exec(netns.proc.read('sockstat'))?.[1] ?? 1),
  );
  const ipv6 = readingValue(attempt(() => Number(/^TCP6: inuse (\d+)/m.exec(netns.proc.read('sockstat6'))?.[1] ?? 1)));
  const hasTcp = inUse !== 0 || waiting !== 0 || ipv6 !== 0;
  return hasTcp ? SOCKET_PROTOCOLS : ['udp', 'udp6'];
}

function readLink(link: LabLink): LinkReading {
  const [a, b] = link.plan.ends;
  const ofBoth = <T>(read: (direction: WireDirection) => T): Readonly<Record<WireDirection, T>> | undefined =>
    // A link that is no wire has none of this.
    readingValue(attempt(() => ({ aToB: read('aToB'), bToA: read('bToA') })));
  return {
    name: link.name,
    ends: [a.node, b.node],
    states: attempt(() => link.states()),
    impairments: ofBoth((direction) => link.impairment(direction)),
    held: readingValue(attempt(() => DIRECTIONS.filter((direction) => link.isHeld(direction)))) ?? [],
    counts: ofBoth((direction) => link.counts(direction)),
    seed: readingValue(attempt(() => link.seed)),
  };
}
