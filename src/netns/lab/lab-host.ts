import type { Socket } from 'node:net';
import { quote, UsageError } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';
import type { Shell } from '../../process/shell/shell.js';
import { type ResetConnection, resetConnections } from '../impair/reset-connections.js';
import type { FlowOptions } from '../ledger/flow.js';
import type { Ledger } from '../ledger/ledger.js';
import { type JoinedOptions, type SwitchPort, waitUntilJoined } from '../multicast/wait-until-joined.js';
import { HostFirewall } from '../netfilter/host-firewall.js';
import type { IpFamily } from '../netlink/ip-address.js';
import type { Netns } from '../netns.js';
import type { PacketFilter } from '../packet-filter/packet-filter.js';
import { explainLoss } from '../probe/explain-loss.js';
import type { ProbeHost, ProbeOptions, ProbeResult } from '../probe/probe-options.js';
import type { Membership } from '../proc/memberships.js';
import type { ProcNet } from '../proc/proc-net.js';
import type { Sysctl } from '../proc/sysctl.js';
import type { ConnectOptions } from '../sockets/connect.js';
import type { UdpOptions } from '../sockets/udp-options.js';
import type { UdpSocket } from '../sockets/udp-socket.js';
import type { SpawnInside, SpawnSyncInside } from '../spawn/spawn-inside.js';
import { countForwardedPackets } from './forwarded.js';
import type { PlannedInterface, PlannedNode } from './plan/lab-plan.js';

/** A machine of a lab: its namespace, its addresses, and what can be done from within it. Routers are hosts too. */
export class LabHost {
  readonly name: string;
  /** The namespace that it is. */
  readonly netns: Netns;
  /** What drops or refuses packets at the host. */
  readonly firewall: HostFirewall;
  readonly #plan: PlannedNode;

  readonly #openLedger: (options: FlowOptions) => Ledger;
  readonly #switchBehind: (link: string) => SwitchPort | undefined;

  /** @internal @param switchBehind the switch that a link leads to, if one is at its other end */
  constructor(
    plan: PlannedNode,
    netns: Netns,
    switchBehind: (link: string) => SwitchPort | undefined,
    openLedger: (options: FlowOptions) => Ledger,
  ) {
    this.#openLedger = openLedger;
    this.name = plan.name;
    this.#plan = plan;
    this.netns = netns;
    this.firewall = new HostFirewall(plan.name, netns, plan.netns !== undefined);
    this.#switchBehind = switchBehind;
  }

  /** @internal All that was decided about it. */
  get plan(): PlannedNode {
    return this.#plan;
  }

  /** Its first address, of IPv4 if it has one. @throws UsageError when it has none */
  get address(): string {
    const all = this.addresses();
    const first = all.find((each) => each.family === 'ipv4') ?? all[0];
    if (first !== undefined) return first.address;
    throw new UsageError(`host ${quote(this.name)}`, 'it has no address: its links lead to nothing that has networks');
  }

  /** Its addresses, in the order of its links. @defaultValue of both families, on every link */
  addresses(options: { readonly family?: IpFamily; readonly link?: string } = {}): readonly {
    readonly address: string;
    readonly prefixLength: number;
    readonly family: IpFamily;
    readonly interface: string;
  }[] {
    const { family, link } = options;
    return this.#plan.interfaces
      .filter((each) => link === undefined || each.link === link)
      .flatMap(({ name, addresses }) =>
        addresses
          .filter((each) => family === undefined || each.family === family)
          .map((each) => ({
            address: each.address,
            prefixLength: each.prefixLength,
            family: each.family,
            interface: name,
          })),
      );
  }

  /** Its interface on a link: name, index, MAC address, addresses. @throws UsageError for a link that it is not on */
  interface(link: string): PlannedInterface {
    const found = this.#plan.interfaces.find((each) => each.link === link);
    if (found !== undefined) return found;
    const links = this.#plan.interfaces.map((each) => each.link);
    throw new UsageError(
      `host ${quote(this.name)}`,
      `it is not on link ${quote(link)}; it is on ${links.map((each) => quote(each)).join(', ') || 'none'}${suggest(link, links)}`,
    );
  }

  /** Node's `child_process.spawn`, inside; the child is killed with the lab. */
  get spawn(): SpawnInside {
    return this.netns.spawn;
  }

  /** Node's `child_process.spawnSync`, inside. */
  get spawnSync(): SpawnSyncInside {
    return this.netns.spawnSync;
  }

  /** A shell of zx, whose commands run inside: ``await lab.hosts.sender.$`ping -c 1 ${address}` ``. */
  get $(): Shell {
    return this.netns.$;
  }

  /** A server that listens inside. @see Netns.listen */
  get listen(): Netns['listen'] {
    return this.netns.listen.bind(this.netns);
  }

  /** A server of HTTP/1.1 that listens inside. @see Netns.serve */
  get serve(): Netns['serve'] {
    return this.netns.serve.bind(this.netns);
  }

  /** A connection from inside; hosts of the lab go by their names. */
  connect(options: ConnectOptions): Socket {
    return this.netns.connect(options);
  }

  /** A request of HTTP/1.1 from inside; hosts of the lab go by their names: `http://receiver:8080/`. */
  get fetch(): Netns['fetch'] {
    // Bound: it is handed to whoever takes a fetch.
    return this.netns.fetch.bind(this.netns);
  }

  /** A UDP socket inside. */
  udp(options?: UdpOptions): UdpSocket {
    return this.netns.udp(options);
  }

  /**
   * Waits until a group's packets would come: a socket of the host has joined it, and the switch that the host is on,
   * if it snoops, has heard of that. Groups that switches send everywhere need no report.
   *
   * @throws UsageError @throws AbortedError @throws TimeoutError that says which of both is missing
   *
   * @example
   * ```ts
   * lab.hosts.receiver.udp({ port: 5000 }).join('239.1.1.1', { interface: 'eth0' });
   * await lab.hosts.receiver.joined('239.1.1.1');
   * ```
   */
  joined(group: string, options: JoinedOptions = {}): Promise<readonly Membership[]> {
    const host = {
      name: this.name,
      memberships: () => this.netns.proc.memberships(),
      switchBehind: (device: string) => {
        const link = this.#plan.interfaces.find((each) => each.name === device)?.link;
        return link === undefined ? undefined : this.#switchBehind(link);
      },
    };
    return waitUntilJoined(host, group, options);
  }

  /** Tries to reach another host, or an address. @see Netns.probe */
  probe(target: string | ProbeHost, options?: ProbeOptions): Promise<ProbeResult> {
    return this.netns.probe(target, options);
  }

  /**
   * Where packets to another host of the lab get lost, by a ledger and a probe more.
   *
   * @returns a sentence; `undefined` when nothing was found out
   */
  async explainLoss(target: string | ProbeHost, options: ProbeOptions = {}): Promise<string | undefined> {
    if (typeof target === 'string') return undefined;
    const { name } = this;
    return explainLoss({ name, probe: this.probe.bind(this), openLedger: this.#openLedger }, target, options);
  }

  /** How many packets it passed on for others, since the lab was built. */
  forwarded(): number {
    return countForwardedPackets(this.proc);
  }

  /**
   * Resets TCP connections of this host whose packets a filter means, those of either way, at once: the program here gets
   * ECONNABORTED at its next call, the one at the other end ECONNRESET. Programs that listen go on listening.
   *
   * @returns the connections, as this host saw them
   * @throws UsageError with every mistake @throws UnsupportedError for a kernel without CONFIG_INET_DIAG_DESTROY
   */
  resetConnections(filter: PacketFilter = {}): readonly ResetConnection[] {
    return resetConnections(`host ${quote(this.name)}.resetConnections`, this.netns, filter);
  }

  /** Runs a synchronous function inside. */
  run<R>(run: () => R): R {
    return this.netns.run(run);
  }

  /** The settings of /proc/sys/net. */
  get sysctl(): Sysctl {
    return this.netns.sysctl;
  }

  /** The tables and counters of /proc/net. */
  get proc(): ProcNet {
    return this.netns.proc;
  }
}
