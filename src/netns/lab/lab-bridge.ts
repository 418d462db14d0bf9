import {
  type BridgeMembership,
  type BridgeMemberships,
  readBridgeMemberships,
} from '../multicast/bridge-memberships.js';
import type { BridgePortStatus } from '../netlink/bridge-port.js';
import { decodeLinks } from '../netlink/link.js';
import { encodeListLinks } from '../netlink/link-requests.js';
import type { Netns } from '../netns.js';
import { countFrames } from './forwarded.js';
import type { PlannedNode } from './plan/lab-plan.js';

/** A port of a bridge, as it is now. */
export interface LabBridgePort {
  /** The link that ends there. */
  readonly link: string;
  readonly interface: string;
  readonly ifindex: number;
  /** Of the spanning tree; without one a port that is up forwards. */
  readonly status: BridgePortStatus | undefined;
  readonly hasCarrier: boolean;
}

/** A switch of a lab: a bridge in a namespace of its own. */
export class LabBridge {
  readonly name: string;
  /** The namespace that it is in. */
  readonly netns: Netns;
  readonly #plan: PlannedNode;

  /** @internal */
  constructor(plan: PlannedNode, netns: Netns) {
    this.name = plan.name;
    this.#plan = plan;
    this.netns = netns;
  }

  /** Its ports, in the order of the links, as the kernel says they are. */
  ports(): readonly LabBridgePort[] {
    const states = new Map(decodeLinks(this.netns.netlink.dump(encodeListLinks())).map((link) => [link.index, link]));
    return this.#plan.interfaces.map(({ link, name, ifindex }) => {
      const state = states.get(ifindex);
      return {
        link,
        interface: name,
        ifindex,
        status: state?.bridgePort?.state,
        hasCarrier: state?.hasCarrier ?? false,
      };
    });
  }

  /** Which groups it sends to which ports: its multicast database, which reports fill while it snoops. */
  memberships(): readonly BridgeMembership[] {
    return this.readMulticast().memberships;
  }

  /** How many frames left by its ports, since the lab was built: one for each port that a frame was sent to. */
  forwarded(): number {
    const ports = new Set(this.#plan.interfaces.map(({ ifindex }) => ifindex));
    const links = decodeLinks(this.netns.netlink.dump(encodeListLinks()));
    return countFrames(
      links.filter(({ index }) => ports.has(index)),
      'txPackets',
    );
  }

  /** @internal */
  readMulticast(): BridgeMemberships {
    const { bridge, interfaces } = this.#plan;
    if (bridge === undefined) throw new TypeError(`the plan of ${this.name} has no bridge`);
    return readBridgeMemberships(this.netns, bridge, interfaces);
  }
}
