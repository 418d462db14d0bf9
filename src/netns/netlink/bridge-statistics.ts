import { Attributes, viewOf } from './attributes.js';
import { findChoiceProblems, findRangeProblems, INDEX_RANGE, throwProblems } from './checks.js';
import { createRequest, type NetlinkMessage, type NetlinkRequest, readHeader } from './message.js';

/** struct if_stats_msg: family and padding, index of the link, which statistics are wanted. */
const HEADER_BYTES = 12;
/** include/uapi/linux/if_link.h: of the bridge itself, or of a port. */
const IFLA_STATS = { LINK_XSTATS: 2, LINK_XSTATS_SLAVE: 3 } as const;
const LINK_XSTATS_TYPE_BRIDGE = 1;
const BRIDGE_XSTATS_MCAST = 2;

/** How many came in, and how many went out. */
export interface MulticastCount {
  readonly rx: number;
  readonly tx: number;
}

/** What a bridge counted of multicast; it does so with `multicastStatistics`. Exact up to 2⁵³. */
export interface BridgeMulticastStatistics {
  readonly igmpV1Queries: MulticastCount;
  readonly igmpV2Queries: MulticastCount;
  readonly igmpV3Queries: MulticastCount;
  readonly igmpLeaves: MulticastCount;
  readonly igmpV1Reports: MulticastCount;
  readonly igmpV2Reports: MulticastCount;
  readonly igmpV3Reports: MulticastCount;
  readonly igmpParseErrors: number;
  readonly mldV1Queries: MulticastCount;
  readonly mldV2Queries: MulticastCount;
  readonly mldLeaves: MulticastCount;
  readonly mldV1Reports: MulticastCount;
  readonly mldV2Reports: MulticastCount;
  readonly mldParseErrors: number;
  readonly bytes: MulticastCount;
  readonly packets: MulticastCount;
}

export interface GetBridgeStatisticsOptions {
  readonly ifindex: number;
  /** The bridge itself, or one of its ports. */
  readonly of: 'bridge' | 'port';
}

/**
 * Asks what a bridge, or one of its ports, counted of multicast, for `requestOne` and
 * {@link decodeBridgeMulticastStatistics}. ENODEV (net/core/rtnetlink.c, rtnl_stats_get).
 *
 * @throws UsageError
 */
export function encodeGetBridgeStatistics(options: GetBridgeStatisticsOptions): NetlinkRequest {
  throwProblems('encodeGetBridgeStatistics', [
    ...findRangeProblems('ifindex', options.ifindex, INDEX_RANGE),
    ...(options.of === undefined ? ['of must be given'] : findChoiceProblems('of', options.of, ['bridge', 'port'])),
  ]);
  const wanted = options.of === 'bridge' ? IFLA_STATS.LINK_XSTATS : IFLA_STATS.LINK_XSTATS_SLAVE;
  const header = new Uint8Array(HEADER_BYTES);
  const view = viewOf(header);
  view.setUint32(4, options.ifindex, true);
  view.setUint32(8, 1 << (wanted - 1), true);
  return createRequest('RTM_GETSTATS', header, `get the statistics of ${options.of} ${options.ifindex}`);
}

/** struct br_mcast_stats of include/uapi/linux/if_bridge.h; `undefined` where nothing is counted. @throws KernelError EBADMSG */
export function decodeBridgeMulticastStatistics(message: NetlinkMessage): BridgeMulticastStatistics | undefined {
  readHeader(message, 'statistics of a link', HEADER_BYTES);
  const attributes = new Attributes(message.payload.subarray(HEADER_BYTES));
  const of = attributes.nested(IFLA_STATS.LINK_XSTATS) ?? attributes.nested(IFLA_STATS.LINK_XSTATS_SLAVE);
  const bytes = of?.nested(LINK_XSTATS_TYPE_BRIDGE)?.bytes(BRIDGE_XSTATS_MCAST);
  if (bytes === undefined) return undefined;
  const view = viewOf(bytes);
  const at = (index: number) => (8 * index + 8 > bytes.length ? 0 : Number(view.getBigUint64(8 * index, true)));
  const pair = (index: number): MulticastCount => ({ rx: at(index), tx: at(index + 1) });
  return {
    igmpV1Queries: pair(0),
    igmpV2Queries: pair(2),
    igmpV3Queries: pair(4),
    igmpLeaves: pair(6),
    igmpV1Reports: pair(8),
    igmpV2Reports: pair(10),
    igmpV3Reports: pair(12),
    igmpParseErrors: at(14),
    mldV1Queries: pair(15),
    mldV2Queries: pair(17),
    mldLeaves: pair(19),
    mldV1Reports: pair(21),
    mldV2Reports: pair(23),
    mldParseErrors: at(25),
    bytes: pair(26),
    packets: pair(28),
  };
}
