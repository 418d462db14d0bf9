import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { DisposedError, quote, UsageError } from '../../core/errors.js';
import { CStruct } from '../../native/c-struct.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { findInterfaceIndex, openMulticastRouterSocket, setSocketOption } from '../../native/socket.js';
import { familyOf, toAddressBytes } from '../../native/socket-address.js';
import type { Inside } from '../inside.js';
import type { Netns } from '../netns.js';
import { changeMembership, findGroupMistakes } from '../sockets/multicast.js';
import { openUdp } from '../sockets/open-udp.js';
import { IPPROTO_IP } from '../sockets/socket-options.js';

/** A way of multicast through a router. */
export interface StaticMulticastRoute {
  /** A group of IPv4. */
  readonly group: string;
  /** The only sender whose packets go this way. @defaultValue any */
  readonly source?: string;
  /** The interface that packets come in by. */
  readonly from: string;
  /** The interfaces that they leave by. */
  readonly to: readonly string[];
  /** Packets are passed on whose TTL is greater. @defaultValue 1 */
  readonly ttl?: number;
}

/** include/uapi/linux/mroute.h: MRT_BASE and what follows. */
const [MRT_INIT, MRT_ADD_VIF, MRT_ADD_MFC, MRT_DEL_MFC, MRT_ADD_MFC_PROXY, MRT_DEL_MFC_PROXY] = [
  200, 202, 204, 205, 210, 211,
];
const MAX_VIFS = 32;
const VIFF_USE_IFINDEX = 8;
/** The least TTL, and one less, that a packet is passed on with; 0 and 255 stand for "not at all". */
const MINIMAL_TTL = 1;

/** A route that is in force. */
interface Entry {
  readonly route: StaticMulticastRoute;
  readonly value: Uint8Array;
  /** Holds the membership by which switches send the group here. */
  readonly member: FileDescriptor;
}

/**
 * A router of multicast with the routes it is told: no daemon, no protocol. It works for as long as it is open, and
 * ends with its namespace. A packet needs a TTL of 2 to pass it.
 */
export class MulticastRouter implements Disposable {
  readonly #inside: Inside;
  readonly #socket: FileDescriptor;
  readonly #vifs: string[] = [];
  readonly #entries: Entry[] = [];
  #resolveEnded = (): void => {};

  /** @internal Use `createMulticastRouter`. */
  constructor(inside: Inside) {
    this.#inside = inside;
    this.#socket = inside.run(() => openMulticastRouterSocket());
    try {
      setSocketOption(this.#socket.number, IPPROTO_IP, MRT_INIT, 1, 'become the router of multicast of a namespace');
    } catch (error) {
      this.#socket.close();
      throw error;
    }
    const ended = new Promise<void>((resolve) => {
      this.#resolveEnded = resolve;
    });
    inside.belongings.add({ label: 'router of multicast', stop: () => this.close(), ended });
  }

  /** The routes, in the order in which they were added. */
  get routes(): readonly StaticMulticastRoute[] {
    return this.#entries.map(({ route }) => route);
  }

  /** Adds a route, and joins the group where it comes from, for switches that snoop. @throws UsageError @throws KernelError ENODEV */
  add(route: StaticMulticastRoute): void {
    if (this.#socket.closed) throw new DisposedError('MulticastRouter', 'add()');
    checkRoute(route);
    const { group, source, from, to, ttl = MINIMAL_TTL } = route;
    if (this.#entries.some((each) => each.route.group === group && each.route.source === source))
      throw new UsageError('MulticastRouter.add', `there is a route of ${describe(route)} already; remove it first`);
    const [parent = 0, ...outgoing] = [from, ...to].map((device) => this.#findVif(device));
    // struct mfcctl; of any source, the kernel takes packets only from interfaces that have a TTL too.
    const value = new CStruct(60).data(0, toAddressBytes(source ?? '0.0.0.0')).data(4, toAddressBytes(group));
    value.u16(8, parent);
    for (const vif of source === undefined ? [parent, ...outgoing] : outgoing) value.u8(10 + vif, ttl);
    const member = openUdp(this.#inside, '0.0.0.0', 'IPv4', {});
    try {
      changeMembership(member.number, 'IPv4', 'join', group, { interface: from });
      const option = source === undefined ? MRT_ADD_MFC_PROXY : MRT_ADD_MFC;
      setSocketOption(this.#socket.number, IPPROTO_IP, option, value.bytes, `add a route of ${describe(route)}`);
    } catch (error) {
      member.close();
      throw error;
    }
    this.#entries.push({ route, value: value.bytes, member });
  }

  /** Removes a route. @throws UsageError when there is none */
  remove(route: Pick<StaticMulticastRoute, 'group' | 'source'>): void {
    if (this.#socket.closed) throw new DisposedError('MulticastRouter', 'remove()');
    const at = this.#entries.findIndex(
      (each) => each.route.group === route.group && each.route.source === route.source,
    );
    const [entry] = at < 0 ? [] : this.#entries.splice(at, 1);
    if (entry === undefined) throw new UsageError('MulticastRouter.remove', `there is no route of ${describe(route)}`);
    entry.member.close();
    const option = route.source === undefined ? MRT_DEL_MFC_PROXY : MRT_DEL_MFC;
    setSocketOption(this.#socket.number, IPPROTO_IP, option, entry.value, `remove the route of ${describe(route)}`);
  }

  /** Takes back every route. Safe to call twice. */
  close(): void {
    for (const { member } of this.#entries.splice(0)) member.close();
    // The kernel takes back what a router did when its socket goes: net/ipv4/ipmr.c, mrtsock_destruct.
    this.#socket.close();
    this.#resolveEnded();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The number by which multicast routing knows an interface. */
  #findVif(device: string): number {
    const known = this.#vifs.indexOf(device);
    if (known >= 0) return known;
    const vif = this.#vifs.length;
    if (vif >= MAX_VIFS)
      throw new UsageError(
        'MulticastRouter.add',
        `${quote(device)} is one interface more than the ${MAX_VIFS} that can be`,
      );
    // struct vifctl: number, flags, threshold, rate limit, index, remote address.
    const value = new CStruct(16).u16(0, vif).u8(2, VIFF_USE_IFINDEX).u8(3, MINIMAL_TTL);
    value.s32(8, findInterfaceIndex(this.#socket.number, device));
    const action = `route multicast at interface ${quote(device)}`;
    setSocketOption(this.#socket.number, IPPROTO_IP, MRT_ADD_VIF, value.bytes, action);
    this.#vifs.push(device);
    return vif;
  }
}

/**
 * Makes a namespace a router of multicast, with routes that are in force when this returns.
 *
 * @throws UsageError @throws KernelError EADDRINUSE when there is such a router already, ENODEV, ENOPROTOOPT without
 * multicast routing in the kernel
 *
 * @example
 * ```ts
 * createMulticastRouter(lab.routers.r, [{ group: '239.1.1.1', from: 'eth0', to: ['eth1'] }]);
 * ```
 */
export function createMulticastRouter(
  place: { readonly netns: Netns },
  routes: readonly StaticMulticastRoute[] = [],
): MulticastRouter {
  if (!Array.isArray(routes))
    throw new UsageError('createMulticastRouter', `routes must be a list, not ${quote(routes)}`);
  for (const route of routes) checkRoute(route);
  const router = new MulticastRouter(place.netns.lend('createMulticastRouter()'));
  try {
    for (const route of routes) router.add(route);
    return router;
  } catch (error) {
    router.close();
    throw error;
  }
}

function checkRoute(route: StaticMulticastRoute): void {
  const subject = 'a route of multicast';
  checkOptions(subject, route);
  const { group, source, from, to, ttl = MINIMAL_TTL } = route;
  const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';
  const areNames = Array.isArray(to) && to.length > 0 && to.every(isName);
  const mistakes = [
    ...findUnknownOptions(route, ['group', 'source', 'from', 'to', 'ttl']),
    ...findGroupMistakes(group, 'IPv4'),
    ...(source === undefined || familyOf(String(source)) === 'IPv4'
      ? []
      : [`source must be an address of IPv4, not ${quote(source)}`]),
    ...(Number.isInteger(ttl) && ttl >= 1 && ttl <= 254
      ? []
      : [`ttl must be a whole number from 1 to 254, not ${quote(ttl)}`]),
    ...(isName(from) ? [] : [`from must be the name of an interface, not ${quote(from)}`]),
    ...(areNames ? [] : [`to must be a list of names of interfaces, not ${quote(to)}`]),
    ...(areNames && to.includes(from) ? [`to must not have ${quote(from)}, where the packets come from`] : []),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}

function describe({ group, source }: Pick<StaticMulticastRoute, 'group' | 'source'>): string {
  return source === undefined ? `group ${group}` : `group ${group} from ${source}`;
}
