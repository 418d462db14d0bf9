import { existsSync, readFileSync } from 'node:fs';
import { quote, UsageError } from '../../core/errors.js';
import { errnoOf, KernelError } from '../../core/kernel-error.js';
import { suggest } from '../../core/nearest.js';
import {
  parseSockets,
  SOCKET_PROTOCOLS,
  type SocketEntry,
  type SocketProtocol,
} from '../../process/proc/socket-table.js';
import type { Inside } from '../inside.js';
import { type NetstatCounters, parseNetstat, parseSnmp, parseSnmp6, type SnmpCounters } from './counters.js';
import { type DeviceCounters, parseDevices } from './devices.js';
import { type Membership, parseIgmp, parseIgmp6 } from './memberships.js';
import {
  type MulticastRoute,
  type MulticastVif,
  parseMulticastRoutes,
  parseMulticastVifs,
} from './multicast-routes.js';
import { type ArpEntry, parseArp } from './neighbours.js';
import { parseIpv6Routes, parseRoutes, type RouteEntry } from './routes.js';

/**
 * /proc/net of a namespace, read and understood at the moment of the call. Every method throws KernelError EBADMSG
 * for a line that no kernel known here writes.
 */
export class ProcNet {
  readonly #inside: Pick<Inside, 'run'>;

  constructor(inside: Pick<Inside, 'run'>) {
    this.#inside = inside;
  }

  /** Sockets of TCP and UDP. @defaultValue of all four files */
  sockets(protocols: SocketProtocol | readonly SocketProtocol[] = SOCKET_PROTOCOLS): readonly SocketEntry[] {
    const wanted = typeof protocols === 'string' ? [protocols] : protocols;
    const unknown = wanted.filter((each) => !SOCKET_PROTOCOLS.includes(each));
    if (unknown.length > 0) {
      const problems = unknown.map((each) => `${quote(each)} is no protocol${suggest(each, SOCKET_PROTOCOLS)}`);
      throw new UsageError('ProcNet.sockets', problems);
    }
    return wanted.flatMap((protocol) => parseSockets(protocol, this.#readOptional(protocol)));
  }

  /** The groups of IPv4 and IPv6 that interfaces have joined. */
  memberships(): readonly Membership[] {
    return [...parseIgmp(this.#readOptional('igmp')), ...parseIgmp6(this.#readOptional('igmp6'))];
  }

  /** Counters of IP, ICMP, TCP and UDP over IPv4 (TCP: over both). */
  snmp(): SnmpCounters {
    return parseSnmp(this.read('snmp'));
  }

  /** Counters of IP, ICMP and UDP over IPv6; empty where the kernel has none. */
  snmp6(): Readonly<Record<string, number>> {
    return parseSnmp6(this.#readOptional('snmp6'));
  }

  /** What Linux counts beyond that, of TCP and of IP: `netstat().IpExt.InMcastPkts`. */
  netstat(): NetstatCounters {
    return parseNetstat(this.read('netstat'));
  }

  /** The counters of each device. */
  devices(): readonly DeviceCounters[] {
    return parseDevices(this.read('dev'));
  }

  /** Routes of the main table of IPv4. */
  routes(): readonly RouteEntry[] {
    return parseRoutes(this.read('route'));
  }

  /** Routes of IPv6, those of the local table too. */
  ipv6Routes(): readonly RouteEntry[] {
    return parseIpv6Routes(this.#readOptional('ipv6_route'));
  }

  /** The neighbours of IPv4. */
  arp(): readonly ArpEntry[] {
    return parseArp(this.read('arp'));
  }

  /** The interfaces of multicast routing; empty without a multicast router. */
  multicastVifs(): readonly MulticastVif[] {
    return parseMulticastVifs(this.#readOptional('ip_mr_vif'));
  }

  /** The routes of multicast; empty without a multicast router. */
  multicastRoutes(): readonly MulticastRoute[] {
    return parseMulticastRoutes(this.#readOptional('ip_mr_cache'));
  }

  /** A file as it is: `read('sockstat')`. @throws UsageError @throws KernelError ENOENT for one that this kernel has not */
  read(file: string): string {
    if (typeof file !== 'string' || !/^\w[\w-]*(?:\/\w[\w.-]*)*$/.test(file))
      throw new UsageError(
        'ProcNet.read',
        `file must be a name below /proc/net, such as "sockstat", not ${quote(file)}`,
      );
    const path = `/proc/thread-self/net/${file}`;
    try {
      return this.#inside.run(() => readFileSync(path, 'latin1'));
    } catch (error) {
      const code = errnoOf(error);
      if (code === undefined || error instanceof KernelError) throw error;
      throw new KernelError(code, { syscall: 'open', action: `read /proc/net/${file}`, cause: error });
    }
  }

  /** What a kernel without IPv6, or without multicast routing, has no file for. */
  #readOptional(file: string): string {
    const exists = this.#inside.run(() => existsSync(`/proc/thread-self/net/${file}`));
    return exists ? this.read(file) : '';
  }
}
