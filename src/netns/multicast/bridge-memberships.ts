import { decodeLink } from '../netlink/link.js';
import { encodeGetLink } from '../netlink/link-requests.js';
import { decodeMdb, encodeListMdb } from '../netlink/mdb.js';
import type { Netns } from '../netns.js';

/** A group that a switch sends to a port. */
export interface BridgeMembership {
  /** An address of IP; of Ethernet for a group that is of none. */
  readonly group: string;
  /** The only sender that is wanted; `undefined`: any. */
  readonly source: string | undefined;
  /** The name of the port, or of the bridge itself. */
  readonly interface: string;
  readonly portIndex: number;
  /** The link that ends at the port; `undefined` for the bridge itself. */
  readonly link: string | undefined;
  readonly vlanId: number | undefined;
  /** Put there by hand, for good. */
  readonly isPermanent: boolean;
  /** How long it lasts without another report; 0 for a permanent one. */
  readonly remainingMs: number | undefined;
}

/** @internal What a switch knows of multicast. */
export interface BridgeMemberships {
  readonly isSnooping: boolean;
  readonly memberships: readonly BridgeMembership[];
  /** The indexes of the ports that get every group. */
  readonly routerPorts: readonly number[];
}

/** @internal Reads a switch's multicast database. */
export function readBridgeMemberships(
  netns: Netns,
  bridge: { readonly name: string; readonly ifindex: number },
  ports: readonly { readonly name: string; readonly ifindex: number; readonly link: string }[],
): BridgeMemberships {
  const state = decodeLink(netns.netlink.requestOne(encodeGetLink({ index: bridge.ifindex })));
  const { entries, routerPorts } = decodeMdb(netns.netlink.dump(encodeListMdb()), bridge.ifindex);
  return {
    isSnooping: state.bridge?.multicastSnooping ?? false,
    memberships: entries.map(({ group, source, portIndex, vlanId, isPermanent, remainingMs }) => {
      const port = ports.find((each) => each.ifindex === portIndex);
      const name = port?.name ?? (portIndex === bridge.ifindex ? bridge.name : `interface ${portIndex}`);
      return { group, source, interface: name, portIndex, link: port?.link, vlanId, isPermanent, remainingMs };
    }),
    routerPorts: routerPorts.map((each) => each.portIndex),
  };
}
