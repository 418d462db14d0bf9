import type { Attributes } from './attributes.js';
import { findRangeProblems, INDEX_RANGE, throwProblems } from './checks.js';
import { type CreateLinkOptions, changeLinkRequest, createLinkRequest } from './create-link.js';
import {
  type Fields,
  type FieldValues,
  findFieldProblems,
  flag8,
  flag32,
  number8,
  number16,
  number32,
  readFields,
  ticks32,
  ticks64,
  writeFields,
} from './fields.js';
import { readIpAddress } from './ip-address.js';
import { IFLA_INFO } from './link-header.js';
import { formatMacAddress } from './mac-address.js';
import type { NetlinkRequest } from './message.js';

/** What may be said of a bridge. Times go in steps of 10 ms. The defaults are the kernel's for a new bridge. */
export interface BridgeSettings {
  /** The spanning tree protocol: a port forwards after twice {@link forwardDelayMs}. @defaultValue false */
  readonly stp?: boolean;
  /** With stp, 2000 to 30000, else from 0. @defaultValue 15000 */
  readonly forwardDelayMs?: number;
  /** 1000 to 10000. @defaultValue 2000 */
  readonly helloTimeMs?: number;
  /** 6000 to 40000. @defaultValue 20000 */
  readonly maxAgeMs?: number;
  /** How long an address that was learned is remembered. @defaultValue 300000 */
  readonly ageingTimeMs?: number;
  /** The lowest becomes the root. @defaultValue 32768 */
  readonly priority?: number;
  /** EOPNOTSUPP for a kernel without it. @defaultValue false */
  readonly vlanFiltering?: boolean;
  /** Which of the link-local groups 01:80:c2:00:00:0X it forwards, by their bits; not 0 to 2. @defaultValue 0 */
  readonly groupForwardMask?: number;
  /** IGMP and MLD snooping: groups go only where they are asked for. @defaultValue true */
  readonly multicastSnooping?: boolean;
  /** Sends queries itself. @defaultValue false */
  readonly multicastQuerier?: boolean;
  /** Its queries bear its own address rather than 0.0.0.0. @defaultValue false */
  readonly multicastQueryUseInterfaceAddress?: boolean;
  /** Whether the bridge itself wants all groups: 0 never, 1 when it sees queries, 2 always. @defaultValue 1 */
  readonly multicastRouter?: number;
  /** Counts IGMP and MLD. @defaultValue false */
  readonly multicastStatistics?: boolean;
  /** 2 or 3. @defaultValue 2 */
  readonly igmpVersion?: number;
  /** 1 or 2. @defaultValue 1 */
  readonly mldVersion?: number;
  /** How many queries a bridge begins with. @defaultValue 2 */
  readonly multicastStartupQueryCount?: number;
  /** How many queries are sent after a member left. @defaultValue 2 */
  readonly multicastLastMemberCount?: number;
  /** @defaultValue 1000 */
  readonly multicastLastMemberIntervalMs?: number;
  /** How long a membership lasts that is not renewed. @defaultValue 260000 */
  readonly multicastMembershipIntervalMs?: number;
  /** How long another querier is believed to be there. @defaultValue 255000 */
  readonly multicastQuerierIntervalMs?: number;
  /** @defaultValue 125000 */
  readonly multicastQueryIntervalMs?: number;
  /** @defaultValue 10000 */
  readonly multicastQueryResponseIntervalMs?: number;
  /** @defaultValue 31250 */
  readonly multicastStartupQueryIntervalMs?: number;
  /** Bridged frames meet iptables. @defaultValue false, or what net.bridge.bridge-nf-call-iptables says */
  readonly netfilterIptables?: boolean;
  readonly netfilterIp6tables?: boolean;
  readonly netfilterArptables?: boolean;
}

/** IFLA_BR_* of include/uapi/linux/if_link.h. */
const FIELDS: Fields<BridgeSettings> = {
  forwardDelayMs: ticks32(1),
  helloTimeMs: ticks32(2),
  maxAgeMs: ticks32(3),
  ageingTimeMs: ticks32(4),
  stp: flag32(5),
  priority: number16(6),
  vlanFiltering: flag8(7),
  groupForwardMask: number16(9),
  multicastRouter: number8(22, [0, 2]),
  multicastSnooping: flag8(23),
  multicastQueryUseInterfaceAddress: flag8(24),
  multicastQuerier: flag8(25),
  multicastLastMemberCount: number32(28),
  multicastStartupQueryCount: number32(29),
  multicastLastMemberIntervalMs: ticks64(30),
  multicastMembershipIntervalMs: ticks64(31),
  multicastQuerierIntervalMs: ticks64(32),
  multicastQueryIntervalMs: ticks64(33),
  multicastQueryResponseIntervalMs: ticks64(34),
  multicastStartupQueryIntervalMs: ticks64(35),
  netfilterIptables: flag8(36),
  netfilterIp6tables: flag8(37),
  netfilterArptables: flag8(38),
  multicastStatistics: flag8(42),
  igmpVersion: number8(43, [2, 3]),
  mldVersion: number8(44, [1, 2]),
};

const IFLA_BR = { ROOT_ID: 10, BRIDGE_ID: 11, ROOT_PORT: 12, MCAST_QUERIER_STATE: 47 } as const;
/** BRIDGE_QUERIER_* of include/uapi/linux/if_bridge.h. */
const QUERIER = { IP_ADDRESS: 1, IP_PORT: 2, IPV6_ADDRESS: 5, IPV6_PORT: 6 } as const;

export interface CreateBridgeOptions extends CreateLinkOptions, BridgeSettings {}

export interface SetBridgeOptions extends BridgeSettings {
  readonly index: number;
}

/** Who sends queries. */
export interface BridgeQuerier {
  readonly address: string;
  /** The port behind which it is; `undefined` for the bridge itself. */
  readonly portIndex: number | undefined;
}

/** A bridge as the kernel lists it. */
export interface BridgeState extends FieldValues<BridgeSettings> {
  /** `8000.02:00:00:00:00:01`: its priority and its address. */
  readonly bridgeId: string | undefined;
  /** That of the root of the spanning tree. */
  readonly rootId: string | undefined;
  /** The number of the port that leads to the root; 0 for the root itself. */
  readonly rootPort: number | undefined;
  /** Linux 5.16. */
  readonly ipv4Querier: BridgeQuerier | undefined;
  readonly ipv6Querier: BridgeQuerier | undefined;
}

/**
 * Creates a bridge (net/bridge/br_netlink.c, br_dev_newlink). ERANGE for a hello time or maximal age that is out
 * of range, or, of a bridge that has stp already, a forward delay; EOPNOTSUPP for what the kernel was built without.
 *
 * @throws UsageError
 */
export function encodeCreateBridge(options: CreateBridgeOptions): NetlinkRequest {
  return createLinkRequest(options, {
    caller: 'encodeCreateBridge',
    kind: 'bridge',
    problems: findFieldProblems<BridgeSettings>(FIELDS, options),
    writeData: (data) => writeFields<BridgeSettings>(data, FIELDS, options),
  });
}

/** Changes what is given of a bridge (br_changelink). ENODEV; ERANGE; EOPNOTSUPP. @throws UsageError */
export function encodeSetBridge(options: SetBridgeOptions): NetlinkRequest {
  const { index } = options;
  throwProblems('encodeSetBridge', [
    ...findRangeProblems('index', index, INDEX_RANGE),
    ...findFieldProblems<BridgeSettings>(FIELDS, options),
  ]);
  return changeLinkRequest(index, `change bridge ${index}`, (info) =>
    info
      .string(IFLA_INFO.KIND, 'bridge')
      .nested(IFLA_INFO.DATA, (data) => writeFields<BridgeSettings>(data, FIELDS, options)),
  );
}

/** What a link of kind bridge tells of itself. @throws KernelError EBADMSG */
export function decodeBridge(data: Attributes): BridgeState {
  const querier = data.nested(IFLA_BR.MCAST_QUERIER_STATE);
  return {
    ...readFields(FIELDS, data),
    bridgeId: decodeBridgeId(data.bytes(IFLA_BR.BRIDGE_ID)),
    rootId: decodeBridgeId(data.bytes(IFLA_BR.ROOT_ID)),
    rootPort: data.u16(IFLA_BR.ROOT_PORT),
    ipv4Querier: decodeQuerier(querier, QUERIER.IP_ADDRESS, QUERIER.IP_PORT),
    ipv6Querier: decodeQuerier(querier, QUERIER.IPV6_ADDRESS, QUERIER.IPV6_PORT),
  };
}

function decodeQuerier(querier: Attributes | undefined, address: number, port: number): BridgeQuerier | undefined {
  const text = querier === undefined ? undefined : readIpAddress(querier, address);
  return text === undefined ? undefined : { address: text, portIndex: querier?.u32(port) };
}

/** struct ifla_bridge_id: two bytes of priority, six of the address. */
function decodeBridgeId(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  return `${Buffer.from(bytes.subarray(0, 2)).toString('hex')}.${formatMacAddress(bytes.subarray(2))}`;
}
