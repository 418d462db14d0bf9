import { until } from '../../../core/until.js';
import { decodeAddresses } from '../../netlink/address.js';
import { encodeListAddresses } from '../../netlink/address-requests.js';
import { decodeLinkCondition } from '../../netlink/link-condition.js';
import { encodeListLinks } from '../../netlink/link-requests.js';
import type { PlannedInterface } from '../plan/lab-plan.js';
import type { BuiltNode } from './build-lab.js';

/** How a lab is waited for. */
export interface ReadyOptions {
  /** @defaultValue 5000; 40000 with a spanning tree, whose ports take half a minute */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Returns when packets would go through: interfaces are up and have a carrier, the ports of bridges forward, and no
 * address is still being looked for a duplicate of.
 *
 * @throws TimeoutError that names what is not ready @throws AbortedError
 */
export async function waitUntilReady(nodes: readonly BuiltNode[], options: ReadyOptions = {}): Promise<void> {
  const hasTree = nodes.some(({ plan }) => plan.bridge?.stp === true);
  const { timeoutMs = hasTree ? 40_000 : 5000, signal } = options;
  let waiting = findUnready(nodes);
  if (waiting.length === 0) return;
  const look = (): boolean => {
    // What was ready is not looked at again.
    waiting = findUnready(waiting.map(({ node }) => node));
    if (waiting.length === 0) return true;
    throw new Error(waiting.map(({ node, what }) => `${node.plan.name}: ${what}`).join('; '));
  };
  await until(look, {
    timeoutMs,
    intervalMs: 1,
    description: 'the lab to be ready',
    ...(signal === undefined ? {} : { signal }),
  });
}

interface Unready {
  readonly node: BuiltNode;
  readonly what: string;
}

function findUnready(nodes: readonly BuiltNode[]): readonly Unready[] {
  return nodes.flatMap((node) => {
    const what = findUnreadyLink(node) ?? findUnreadyAddress(node);
    return what === undefined ? [] : [{ node, what }];
  });
}

function findUnreadyLink({ plan, netns }: BuiltNode): string | undefined {
  const expected = plan.interfaces.filter((each) => each.up);
  if (expected.length === 0) return undefined;
  const listed = netns.netlink.dump(encodeListLinks());
  const links = new Map(listed.map(decodeLinkCondition).map((link) => [link.index, link]));
  const describe = (each: PlannedInterface): string | undefined => {
    const link = links.get(each.ifindex);
    if (link === undefined) return `${each.name} is missing`;
    if (!link.isUp) return `${each.name} is down`;
    // A link whose other end is down has none, and is as it was asked for.
    if (!link.hasCarrier) return `${each.name} has no carrier`;
    // Until the kernel's link watch has run, a queue of a new veth drops frames (net/core/link_watch.c). Others are
    // switched on with their carrier, and so at once (net/sched/sch_generic.c, dev_activate).
    if (each.kind === 'veth' && link.operationalState !== 'up') return `${each.name} is ${link.operationalState}`;
    if (each.isBridgePort && link.portState !== 'forwarding') return `${each.name} is ${link.portState ?? 'no port'}`;
    return undefined;
  };
  for (const each of expected) {
    const problem = describe(each);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function findUnreadyAddress({ plan, netns }: BuiltNode): string | undefined {
  const usesIpv6 = plan.interfaces.some(({ addresses }) => addresses.some(({ family }) => family === 'ipv6'));
  if (!usesIpv6) return undefined;
  // An adopted namespace may have interfaces that are nothing of the lab's.
  const own = new Set(plan.interfaces.map(({ ifindex }) => ifindex));
  const tentative = decodeAddresses(netns.netlink.dump(encodeListAddresses())).find(
    (each) => each.isTentative && own.has(each.ifindex),
  );
  return tentative === undefined ? undefined : `${tentative.address} is tentative`;
}
