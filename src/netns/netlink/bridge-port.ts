import type { Attributes } from './attributes.js';
import { findRangeProblems, INDEX_RANGE, throwProblems } from './checks.js';
import { changeLinkRequest } from './create-link.js';
import {
  choice8,
  type Fields,
  type FieldValues,
  findFieldProblems,
  flag8,
  number16,
  number32,
  readFields,
  writeFields,
} from './fields.js';
import { IFLA_INFO } from './link-header.js';
import type { NetlinkRequest } from './message.js';
import { NumberNames } from './number-names.js';

/** What a port does with frames; `forwarding` is the only one in which it passes them on. */
export type BridgePortStatus = 'disabled' | 'listening' | 'learning' | 'forwarding' | 'blocking';

/** BR_STATE_* of include/uapi/linux/if_bridge.h. */
const STATES: NumberNames<BridgePortStatus> = new NumberNames([
  ['disabled', 0],
  ['listening', 1],
  ['learning', 2],
  ['forwarding', 3],
  ['blocking', 4],
]);

/** Whether a port is taken for one with a multicast router behind it, which gets all groups. */
export type BridgePortRouter = 'never' | 'learned' | 'always' | 'temporary';

/** MDB_RTR_TYPE_* */
const ROUTERS: NumberNames<BridgePortRouter> = new NumberNames([
  ['never', 0],
  ['learned', 1],
  ['always', 2],
  ['temporary', 3],
]);

/** What may be said of a port of a bridge. The defaults are the kernel's for a new port. */
export interface BridgePortSettings {
  /**
   * Not while the bridge has stp (EBUSY). Without it, a port that is set to `disabled` or `blocking` forwards again at
   * once (Linux 6.18); `listening` is what stops one. @defaultValue as the carrier is
   */
  readonly state?: BridgePortStatus;
  /** 0 to 63. @defaultValue 32 */
  readonly priority?: number;
  /** 1 to 65535. @defaultValue by the link's speed */
  readonly pathCost?: number;
  /** Frames may leave by the port they came in by. @defaultValue false */
  readonly hairpin?: boolean;
  /** A frame of the spanning tree switches the port off. @defaultValue false */
  readonly guard?: boolean;
  /** Never becomes the way to the root. @defaultValue false */
  readonly rootBlock?: boolean;
  /** A group ends with the first that leaves it. @defaultValue false */
  readonly fastLeave?: boolean;
  /** Remembers which addresses are behind it. @defaultValue true */
  readonly learning?: boolean;
  /** Gets frames to addresses that are not known. @defaultValue true */
  readonly unicastFlood?: boolean;
  /** Gets groups that are not known, while there is no querier. @defaultValue true */
  readonly multicastFlood?: boolean;
  /** @defaultValue true */
  readonly broadcastFlood?: boolean;
  /** @defaultValue 'learned' */
  readonly multicastRouter?: BridgePortRouter;
  /** Sends one unicast frame to each member of a group instead. @defaultValue false */
  readonly multicastToUnicast?: boolean;
  /** @defaultValue false */
  readonly proxyArp?: boolean;
  /** Answers ARP and neighbour discovery from the table. @defaultValue false */
  readonly neighbourSuppress?: boolean;
  /** Passes nothing on to other isolated ports. @defaultValue false */
  readonly isolated?: boolean;
}

/** IFLA_BRPORT_* of include/uapi/linux/if_link.h. */
const FIELDS: Fields<BridgePortSettings> = {
  state: choice8(1, STATES),
  priority: number16(2, [0, 63]),
  pathCost: number32(3, [1, 65_535]),
  hairpin: flag8(4),
  guard: flag8(5),
  rootBlock: flag8(6),
  fastLeave: flag8(7),
  learning: flag8(8),
  unicastFlood: flag8(9),
  proxyArp: flag8(10),
  multicastRouter: choice8(25, ROUTERS),
  multicastFlood: flag8(27),
  multicastToUnicast: flag8(28),
  broadcastFlood: flag8(30),
  neighbourSuppress: flag8(32),
  isolated: flag8(33),
};
const IFLA_BRPORT_NO = 18;

export interface SetBridgePortOptions extends BridgePortSettings {
  /** The index of the link that is a port. */
  readonly index: number;
}

/** A port of a bridge as the kernel lists it. */
export interface BridgePortState extends FieldValues<BridgePortSettings> {
  /** Its number in the bridge, from 1. */
  readonly number: number | undefined;
}

/**
 * Changes what is given of a port. EINVAL or EOPNOTSUPP for a link that is no port; EBUSY for a state under stp;
 * ENETDOWN for a state of a port that is down (net/bridge/br_netlink.c, br_setport; br_stp_if.c).
 *
 * @throws UsageError
 */
export function encodeSetBridgePort(options: SetBridgePortOptions): NetlinkRequest {
  const { index } = options;
  throwProblems('encodeSetBridgePort', [
    ...findRangeProblems('index', index, INDEX_RANGE),
    ...findFieldProblems<BridgePortSettings>(FIELDS, options),
  ]);
  return changeLinkRequest(index, `change bridge port ${index}`, (info) =>
    info
      .string(IFLA_INFO.SLAVE_KIND, 'bridge')
      .nested(IFLA_INFO.SLAVE_DATA, (data) => writeFields<BridgePortSettings>(data, FIELDS, options)),
  );
}

/** What a port of a bridge tells of itself. @throws KernelError EBADMSG */
export function decodeBridgePort(data: Attributes): BridgePortState {
  return { ...readFields(FIELDS, data), number: data.u16(IFLA_BRPORT_NO) };
}
