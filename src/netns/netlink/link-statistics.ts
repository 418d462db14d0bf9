import { viewOf } from './attributes.js';

/** The counters of a link since it was created. Exact up to 2⁵³. */
export interface LinkStatistics {
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxErrors: number;
  readonly txErrors: number;
  /** Of packets that came in whole: nobody wanted them, or there was no room. */
  readonly rxDropped: number;
  /** A veth: the peer was down or would not take them. */
  readonly txDropped: number;
  /** Multicast packets that came in; few drivers count them, and a veth does not. */
  readonly multicast: number;
  readonly collisions: number;
  readonly rxLengthErrors: number;
  readonly rxOverErrors: number;
  readonly rxCrcErrors: number;
  readonly rxFrameErrors: number;
  readonly rxFifoErrors: number;
  readonly rxMissedErrors: number;
  readonly txAbortedErrors: number;
  readonly txCarrierErrors: number;
  readonly txFifoErrors: number;
  readonly txHeartbeatErrors: number;
  readonly txWindowErrors: number;
  readonly rxCompressed: number;
  readonly txCompressed: number;
  /** On a device that is inactive, such as a backup. */
  readonly rxNoHandler: number;
  /** To another's hardware address, with the device promiscuous (Linux 5.19). */
  readonly rxOtherhostDropped: number;
}

/** struct rtnl_link_stats64 of include/uapi/linux/if_link.h. Counters that an earlier kernel has not are 0. */
export function decodeLinkStatistics(bytes: Uint8Array): LinkStatistics {
  const view = viewOf(bytes);
  const at = (index: number) => (8 * index + 8 > bytes.length ? 0 : Number(view.getBigUint64(8 * index, true)));
  return {
    rxPackets: at(0),
    txPackets: at(1),
    rxBytes: at(2),
    txBytes: at(3),
    rxErrors: at(4),
    txErrors: at(5),
    rxDropped: at(6),
    txDropped: at(7),
    multicast: at(8),
    collisions: at(9),
    rxLengthErrors: at(10),
    rxOverErrors: at(11),
    rxCrcErrors: at(12),
    rxFrameErrors: at(13),
    rxFifoErrors: at(14),
    rxMissedErrors: at(15),
    txAbortedErrors: at(16),
    txCarrierErrors: at(17),
    txFifoErrors: at(18),
    txHeartbeatErrors: at(19),
    txWindowErrors: at(20),
    rxCompressed: at(21),
    txCompressed: at(22),
    rxNoHandler: at(23),
    rxOtherhostDropped: at(24),
  };
}
