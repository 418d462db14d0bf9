import { switchOffOffloads } from '../../native/packet-wire.js';
import type { LabPlan, PlannedInterface, PlannedLink, PlannedNode } from '../lab/plan/lab-plan.js';
import { createWireEnd } from '../lab/plan/lab-requests.js';
import { encodeSetLink } from '../netlink/link-requests.js';
import type { NetlinkRequest } from '../netlink/message.js';
import { encodeCreateNetem } from '../netlink/netem.js';
import { encodeDeleteQdisc } from '../netlink/qdisc-place.js';
import { encodeCreateClsact } from '../netlink/qdiscs.js';
import { encodeAddRedirect } from '../netlink/redirect.js';
import type { Netns } from '../netns.js';
import { createSilentNetns } from '../wire/silent-netns.js';
import type { NetemPlaces } from './netem-control.js';

/** The loopback of a namespace that is new, where nothing else is. */
const LOOPBACK_INDEX = 1;
/** Beyond the indexes of the outer ends, as those of wires, and for the same reason. */
const FIRST_INDEX = 1_000_000;

type Nodes = readonly { readonly plan: PlannedNode; readonly netns: Netns }[];

/**
 * Links with room for netem: each end is a veth whose inner end is in a namespace of the lab's own, and the kernel sends
 * what comes in at one inner end out by the other. There, behind the sender's back, is where a netem goes: it is told of
 * no loss, sees no strange device, and what is captured at an end is what came or went there.
 */
export class NetemLinks implements Disposable {
  readonly #netns: Netns;
  readonly #places = new Map<string, NetemPlaces>();

  private constructor(netns: Netns) {
    this.#netns = netns;
  }

  /** A namespace for such links, or nothing on a kernel without netem. It is tried there, and nothing is left. */
  static probe(): NetemLinks | undefined {
    const netns = createSilentNetns();
    try {
      const error = netns.netlink.attemptAll([encodeCreateNetem({ ifindex: LOOPBACK_INDEX })]).get(0);
      if (error === undefined) {
        netns.netlink.request(encodeDeleteQdisc({ ifindex: LOOPBACK_INDEX }));
        return new NetemLinks(netns);
      }
      // EOPNOTSUPP: without traffic control at all.
      if (error.code !== 'ENOENT' && error.code !== 'EOPNOTSUPP') throw error;
    } catch (error) {
      netns.close();
      throw error;
    }
    netns.close();
    return undefined;
  }

  /** Creates the links of a plan that are to be impairable and no wires. Their outer ends are down. */
  connect(plan: LabPlan, nodes: Nodes): void {
    const links = plan.links.filter(({ impairable, wire }) => impairable && !wire);
    for (const [at, link] of links.entries()) this.#connect(link, nodes, FIRST_INDEX + 2 * at);
  }

  /** Where a link is impaired, if it is one of these. */
  places(link: string): NetemPlaces | undefined {
    return this.#places.get(link);
  }

  [Symbol.dispose](): void {
    this.#netns.close();
  }

  #connect(link: PlannedLink, nodes: Nodes, first: number): void {
    const indexes = [first, first + 1] as const;
    const inner = this.#netns;
    for (const [at, end] of link.ends.entries()) {
      const node = nodes.find(({ plan }) => plan.name === end.node);
      const outer = node?.plan.interfaces.find(({ name }) => name === end.interface);
      if (node === undefined || outer === undefined)
        throw new TypeError(`the plan has no interface ${end.interface} on ${end.node}`);
      createEnd(node.netns, outer, { netns: inner, index: first + at });
    }
    inner.netlink.requestAll(indexes.map((ifindex) => encodeCreateClsact({ ifindex })));
    for (const request of crossOver(indexes, 'matchall')) {
      const error = inner.netlink.attemptAll([request]).get(0);
      if (error?.code === 'ENOENT') {
        inner.netlink.requestAll(crossOver(indexes, 'u32'));
        break;
      }
      if (error !== undefined) throw error;
    }
    // What goes to the second end leaves by the second inner end.
    this.#places.set(link.name, {
      aToB: { netns: inner, ifindex: indexes[1] },
      bToA: { netns: inner, ifindex: indexes[0] },
      isPrivate: true,
    });
  }
}

function createEnd(
  netns: Netns,
  outer: PlannedInterface,
  inner: { readonly netns: Netns; readonly index: number },
): void {
  const { index } = inner;
  netns.netlink.request(createWireEnd(outer, { name: `netem${index}`, index, netnsFd: inner.netns.fd }));
  // Else sixty kilobytes of TCP would be one packet to netem, lost and delayed as one.
  netns.run(() => switchOffOffloads(outer.name));
  inner.netns.netlink.request(encodeSetLink({ index, isUp: true }));
}

function crossOver(
  [a, b]: readonly [number, number],
  classifier: 'matchall' | 'u32',
): readonly [NetlinkRequest, NetlinkRequest] {
  const redirect = (from: number, to: number): NetlinkRequest =>
    encodeAddRedirect({ ifindex: from, direction: 'ingress', targetIndex: to, classifier, priority: 1 });
  return [redirect(a, b), redirect(b, a)];
}
