import type { LinkState } from '../netlink/link.js';
import type { ProcNet } from '../proc/proc-net.js';

/** Packets of IP that a host passed on since its namespace was made: net/ipv4/ip_forward.c, ip_forward; ipmr.c; ip6_output.c. */
export function countForwardedPackets(proc: ProcNet): number {
  return proc.snmp().Ip.ForwDatagrams + (proc.snmp6()['Ip6OutForwDatagrams'] ?? 0);
}

/** Frames that left by these links, or came in, since they were created. */
export function countFrames(links: readonly LinkState[], direction: 'rxPackets' | 'txPackets'): number {
  return links.reduce((sum, { statistics }) => sum + (statistics?.[direction] ?? 0), 0);
}
