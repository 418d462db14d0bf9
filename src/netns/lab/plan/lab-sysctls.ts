import type { DraftNode } from '../read/draft.js';
import { isStacked } from './is-stacked.js';
import type { PlannedInterface, PlannedSysctl } from './lab-plan.js';

/**
 * The settings that make a namespace the same on every machine. A new one takes those of IPv4 over from the machine's own
 * (net/ipv4/devinet.c, devinet_init_net), and distributions switch the reverse path filter on.
 */
export function planSysctls(
  node: DraftNode,
  usesIpv6: boolean,
  interfaces: readonly PlannedInterface[],
): readonly PlannedSysctl[] {
  if (node.netns !== undefined) return planAdopted(node, usesIpv6, interfaces);
  return node.kind === 'bridge' ? planBridge(node, usesIpv6) : planMachine(node, usesIpv6);
}

/** What is somebody else's is changed as little as can be: mostly at the lab's own interfaces, with which it goes. */
function planAdopted(
  node: DraftNode,
  usesIpv6: boolean,
  interfaces: readonly PlannedInterface[],
): readonly PlannedSysctl[] {
  const own = ({ name, kind }: PlannedInterface, setting: string, value: number): PlannedSysctl => ({
    ...write(setting.replace('*', name), value, true),
    when: isStacked(kind) ? 'after-stacked' : 'after-links',
  });
  return [
    ...(node.forwarding ? [write('ipv4/ip_forward', 1)] : []),
    ...(node.forwarding && usesIpv6 ? [write('ipv6/conf/all/forwarding', 1)] : []),
    ...interfaces.flatMap((each) => [
      own(each, 'ipv4/conf/*/rp_filter', 0),
      usesIpv6 ? own(each, 'ipv6/conf/*/accept_dad', 0) : own(each, 'ipv6/conf/*/disable_ipv6', 1),
    ]),
  ];
}

function planMachine(node: DraftNode, usesIpv6: boolean): readonly PlannedSysctl[] {
  return [
    write('ipv4/conf/all/rp_filter', 0),
    write('ipv4/conf/default/rp_filter', 0),
    write('ipv4/ip_forward', node.forwarding ? 1 : 0),
    // The names of machines are numbers here: a duplicate is a mistake of the spec, and looking for one takes seconds.
    ...(usesIpv6
      ? [
          write('ipv6/conf/all/accept_dad', 0),
          write('ipv6/conf/default/accept_dad', 0),
          ...(node.forwarding ? [write('ipv6/conf/all/forwarding', 1)] : []),
        ]
      : [write('ipv6/conf/default/disable_ipv6', 1, true)]),
  ];
}

/** A switch speaks no IP, except that it needs an address to ask for groups of IPv6 (net/bridge/br_multicast.c). */
function planBridge(node: DraftNode, usesIpv6: boolean): readonly PlannedSysctl[] {
  const asksForGroups = usesIpv6 && node.multicastQuerier;
  return [
    ...(asksForGroups
      ? [write('ipv6/conf/all/accept_dad', 0), write('ipv6/conf/default/accept_dad', 0)]
      : [write('ipv6/conf/default/disable_ipv6', 1, true)]),
    // On a machine with Docker, frames would else meet the firewall (net/bridge/br_netfilter_hooks.c).
    write('bridge/bridge-nf-call-iptables', 0, true),
    write('bridge/bridge-nf-call-ip6tables', 0, true),
    write('bridge/bridge-nf-call-arptables', 0, true),
  ];
}

function write(path: string, value: number, optional = false): PlannedSysctl {
  return { path, value: String(value), when: 'before-links', optional };
}
