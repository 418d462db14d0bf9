import { decodeLink, type LinkState } from '../netlink/link.js';
import { encodeGetLink, encodeSetLink } from '../netlink/link-requests.js';
import type { Netns } from '../netns.js';
import type { PlannedInterface, PlannedLink, PlannedNode } from './lab-plan.js';
import { setUpRoutes } from './lab-requests.js';

/** One end of a link of a lab. */
export interface LabLinkEnd {
  /** The name of the node. */
  readonly node: string;
  readonly netns: Netns;
  readonly interface: PlannedInterface;
  /** The node, for what has to be set up again. */
  readonly plan: PlannedNode;
}

/** A link of a lab: a veth pair between two namespaces. */
export class LabLink {
  readonly name: string;
  readonly plan: PlannedLink;
  readonly ends: readonly [LabLinkEnd, LabLinkEnd];

  /** @internal */
  constructor(plan: PlannedLink, ends: readonly [LabLinkEnd, LabLinkEnd]) {
    this.name = plan.name;
    this.plan = plan;
    this.ends = ends;
  }

  /** Whether both ends are up and have a carrier. */
  get isUp(): boolean {
    return this.states().every((state) => state.isUp && state.hasCarrier);
  }

  /** Both ends as the kernel says they are, in the order of the plan. */
  states(): readonly [LinkState, LinkState] {
    const [a, b] = this.ends;
    return [readState(a), readState(b)];
  }

  /** Pulls the plug: both ends are down, and what went this way is lost. Addresses stay, routes through it go. */
  down(): void {
    for (const {
      netns,
      interface: { ifindex },
    } of this.ends) {
      netns.netlink.request(encodeSetLink({ index: ifindex, isUp: false }));
    }
  }

  /** Puts it back: both ends are up, and the routes through them are there again. Safe to call twice. */
  up(): void {
    for (const {
      netns,
      interface: { ifindex },
    } of this.ends) {
      netns.netlink.request(encodeSetLink({ index: ifindex, isUp: true }));
    }
    for (const {
      netns,
      plan,
      interface: { name },
    } of this.ends) {
      const requests = setUpRoutes(plan, new Set([name]));
      // Those that did not go, for the link was up at this end, are there already.
      for (const error of netns.netlink.attemptAll(requests).values()) if (error.code !== 'EEXIST') throw error;
    }
  }
}

function readState({ netns, interface: { ifindex } }: LabLinkEnd): LinkState {
  return decodeLink(netns.netlink.requestOne(encodeGetLink({ index: ifindex })));
}
