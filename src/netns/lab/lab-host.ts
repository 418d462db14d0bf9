import type { Socket } from 'node:net';
import { quote, UsageError } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';
import { type JoinedOptions, type SwitchPort, waitUntilJoined } from '../multicast/wait-until-joined.js';
import type { IpFamily } from '../netlink/ip-address.js';
import type { Netns } from '../netns.js';
import type { ProbeHost, ProbeOptions, ProbeResult } from '../probe/probe-options.js';
import type { Membership } from '../proc/memberships.js';
import type { ProcNet } from '../proc/proc-net.js';
import type { Sysctl } from '../proc/sysctl.js';
import type { ConnectOptions } from '../sockets/connect.js';
import type { FetchOptions } from '../sockets/fetch-options.js';
import type { UdpOptions } from '../sockets/udp-options.js';
import type { UdpSocket } from '../sockets/udp-socket.js';
import type { Shell } from '../spawn/shell.js';
import type { SpawnInside, SpawnSyncInside } from '../spawn/spawn-inside.js';
import type { PlannedInterface, PlannedNode } from './lab-plan.js';

/** A machine of a lab: its namespace, its addresses, and what can be done from within it. Routers are hosts too. */
export class LabHost {
  readonly name: string;
  /** The namespace that it is. */
  readonly netns: Netns;
  readonly #plan: PlannedNode;

  readonly #switchBehind: (link: string) => SwitchPort | undefined;

  /** @internal @param switchBehind the switch that a link leads to, if one is at its other end */
  constructor(plan: PlannedNode, netns: Netns, switchBehind: (link: string) => SwitchPort | undefined) {
    this.name = plan.name;
    this.#plan = plan;
    this.netns = netns;
    this.#switchBehind = switchBehind;
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
  fetch(url: string | URL, options?: FetchOptions): Promise<Response> {
    return this.netns.fetch(url, options);
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
