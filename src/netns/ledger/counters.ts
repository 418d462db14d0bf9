import type { FirewallCounter } from '../netfilter/read-firewall-counters.js';
import type { WireCounts } from '../wire/wire-protocol.js';
import { DIRECTIONS, type WireDirection } from '../wire/wire-protocol.js';
import { type Abnormality, findAbnormalities } from './abnormal.js';
import { type AnyLab, type LabView, viewLab } from './lab-view.js';
import { type NodeCounters, readNodeCounters } from './node-counters.js';

/** A counter that moved. */
export interface CounterDelta {
  /** The node; of a wire, the link. */
  readonly node: string;
  /** `Ip.InNoRoutes`, `eth0 txDropped`, `eth0 qdisc netem drops`, `udp 0.0.0.0:5000 drops`, `aToB lost` */
  readonly counter: string;
  readonly delta: number;
}

/** What counters did between two moments. */
export class CounterDeltas {
  /** In the order of the nodes; those that did not move are left out. */
  readonly deltas: readonly CounterDelta[];
  readonly #byName: ReadonlyMap<string, number>;

  constructor(deltas: readonly CounterDelta[]) {
    this.deltas = deltas;
    this.#byName = new Map(deltas.map(({ node, counter, delta }) => [`${node} ${counter}`, delta]));
  }

  /** How far one counter went; 0 for one that did not move, or that there is not. */
  of(node: string, counter: string): number {
    return this.#byName.get(`${node} ${counter}`) ?? 0;
  }

  /** What should not have moved, in words. */
  abnormal(): readonly Abnormality[] {
    return findAbnormalities(this.deltas);
  }

  toString(): string {
    return this.deltas.map(({ node, counter, delta }) => `${node}: ${counter} +${delta}`).join('\n');
  }
}

/** Every counter of a lab at one moment. */
export class Counters {
  /** By the names of the nodes, in the order of the plan. */
  readonly nodes: ReadonlyMap<string, NodeCounters>;
  /** By the names of the links that are wires. */
  readonly wires: ReadonlyMap<string, Readonly<Record<WireDirection, WireCounts>>>;
  readonly #flat: () => ReadonlyMap<string, CounterDelta>;

  constructor(
    nodes: ReadonlyMap<string, NodeCounters>,
    wires: ReadonlyMap<string, Readonly<Record<WireDirection, WireCounts>>>,
  ) {
    this.nodes = nodes;
    this.wires = wires;
    let flat: ReadonlyMap<string, CounterDelta> | undefined;
    this.#flat = () => {
      flat ??= new Map(flatten(this).map((each) => [`${each.node} ${each.counter}`, each]));
      return flat;
    };
  }

  /** What moved since an earlier moment; since the lab was built if none is given: namespaces begin at 0. */
  since(earlier?: Counters): CounterDeltas {
    const before = earlier === undefined ? undefined : earlier.#flat();
    const deltas = [...this.#flat()].flatMap(([key, { node, counter, delta }]) => {
      const moved = delta - (before?.get(key)?.delta ?? 0);
      return moved === 0 ? [] : [{ node, counter, delta: moved }];
    });
    return new CounterDeltas(deltas);
  }
}

/** Reads every counter of a lab, or of some of its nodes. Half a millisecond for each. */
export function readCounters(lab: AnyLab | LabView, names?: ReadonlySet<string>): Counters {
  const view = 'nodes' in lab ? lab : viewLab(lab);
  const nodes = [...view.nodes]
    .filter(([name]) => names === undefined || names.has(name))
    .map(([name, node]) => [name, readNodeCounters(node, view.plan.usesIpv6)] as const);
  const wires = [...view.links]
    .filter(([, { medium }]) => medium === 'wire')
    .map(([name, link]) => [name, { aToB: link.counts('aToB'), bToA: link.counts('bToA') }] as const);
  return new Counters(new Map(nodes), new Map(wires));
}

/** What says how something is, and counts nothing. */
const STATES = new Set([
  'Ip.Forwarding',
  'Ip.DefaultTTL',
  'Tcp.RtoAlgorithm',
  'Tcp.RtoMin',
  'Tcp.RtoMax',
  'Tcp.MaxConn',
  'Tcp.CurrEstab',
]);

function flatten({ nodes, wires }: Counters): readonly CounterDelta[] {
  const flat: CounterDelta[] = [];
  const add = (node: string, counter: string, delta: number): void => {
    if (delta !== 0 && !STATES.has(counter)) flat.push({ node, counter, delta });
  };
  for (const [node, { interfaces, protocols, sockets, multicastRoutes, firewall }] of nodes) {
    for (const { name, statistics, qdiscs } of interfaces) {
      for (const [counter, value] of Object.entries(statistics ?? {})) add(node, `${name} ${counter}`, value);
      for (const qdisc of qdiscs) {
        const { drops, overlimits, requeues, packets } = qdisc.statistics;
        const label = `${name} qdisc ${qdisc.kind} ${(qdisc.handle >>> 16).toString(16)}:`;
        for (const [counter, value] of Object.entries({ drops, overlimits, requeues, packets }))
          add(node, `${label} ${counter}`, value);
      }
    }
    for (const [group, counters] of Object.entries(protocols)) {
      for (const [counter, value] of Object.entries(counters)) add(node, `${group}.${counter}`, value);
    }
    for (const socket of sockets) add(node, `${describeSocket(socket)} drops`, socket.drops);
    for (const { group, origin, packets, wrongInterface } of multicastRoutes) {
      add(node, `multicast route ${origin} ${group} packets`, packets);
      add(node, `multicast route ${origin} ${group} wrongInterface`, wrongInterface);
    }
    for (const rule of firewall) add(node, `${describeFirewallRule(rule)} packets`, rule.packets);
  }
  for (const [link, directions] of wires) {
    for (const direction of DIRECTIONS) {
      for (const [counter, value] of Object.entries(directions[direction]))
        add(link, `wire ${direction} ${counter}`, value);
    }
  }
  return flat;
}

/** `udp 0.0.0.0:5000 (socket 1234)` */
export function describeSocket(socket: {
  readonly protocol: string;
  readonly localAddress: string;
  readonly localPort: number;
  readonly inode: number;
}): string {
  return `${socket.protocol} ${socket.localAddress}:${socket.localPort} (socket ${socket.inode})`;
}

/** `the rule with handle 4 of inet glovebox input (drop)` */
export function describeFirewallRule({ family, table, chain, handle, verdict }: FirewallCounter): string {
  return `the rule with handle ${handle} of ${family ?? '?'} ${table} ${chain} (${verdict ?? 'count'})`;
}
