import type { CounterDelta } from './counters.js';

/** A counter that moved and should not have. */
export interface Abnormality extends CounterDelta {
  /** What it means: `packets that no route leads on` */
  readonly meaning: string;
}

/** What counters mean that move only when something goes wrong, by the ends of their names. */
const MEANINGS: Readonly<Record<string, string>> = {
  'Ip.InHdrErrors': 'packets whose TTL ended here, or whose header is wrong',
  'Ip.InAddrErrors': 'packets to an address that is not of this host, which does not forward',
  'Ip.InUnknownProtos': 'packets of a protocol that nobody here speaks',
  'Ip.InDiscards': 'packets that came in and were thrown away, for want of memory or by a filter',
  'Ip.OutDiscards': 'packets that were to go out and were thrown away, by a firewall or a full queue',
  'Ip.OutNoRoutes': 'packets of its own programs for which there is no route',
  'Ip.ReasmFails': 'packets whose fragments did not all come',
  'Ip.FragFails': 'packets that are longer than the MTU and may not be fragmented',
  'IpExt.InNoRoutes': 'packets to be passed on for which there is no route',
  'IpExt.InCsumErrors': 'packets with a wrong checksum in the IP header',
  'IpExt.InTruncatedPkts': 'packets that end before their header says',
  'Icmp.InCsumErrors': 'messages of ICMP with a wrong checksum',
  'Icmp.OutDestUnreachs': 'senders that were told that what they want cannot be reached',
  'Icmp.OutTimeExcds': 'senders that were told that the TTL of a packet ended here',
  'Icmp.InDestUnreachs': 'told that something cannot be reached',
  'Icmp.InTimeExcds': 'told that the TTL of a packet ended on the way',
  'Udp.NoPorts': 'datagrams to a port at which nobody listens',
  'Udp.RcvbufErrors': 'datagrams that found the receive buffer of their socket full',
  'Udp.SndbufErrors': 'datagrams that found the send buffer full',
  'Udp.InCsumErrors': 'datagrams with a wrong checksum',
  'Udp.MemErrors': 'datagrams for which UDP had no memory',
  'Tcp.AttemptFails': 'connections that could not be made',
  'Tcp.EstabResets': 'connections that were reset',
  'Tcp.InErrs': 'segments of TCP that are wrong',
  'Tcp.InCsumErrors': 'segments of TCP with a wrong checksum',
  'Tcp.RetransSegs': 'segments of TCP that had to be sent again',
  'TcpExt.IPReversePathFilter': 'packets that came in by another interface than answers would leave by (rp_filter)',
  'TcpExt.ListenOverflows': 'connections that found the queue of a listening socket full',
  'TcpExt.ListenDrops': 'connections that a listening socket dropped',
  'TcpExt.TCPTimeouts': 'times that TCP waited for an answer in vain',
  'TcpExt.TCPRcvQDrop': 'segments of TCP that found the receive buffer full',
  'Ip6.Ip6InHdrErrors': 'packets whose hop limit ended here, or whose header is wrong',
  'Ip6.Ip6InNoRoutes': 'packets to be passed on for which there is no route',
  'Ip6.Ip6InAddrErrors': 'packets to an address that is not of this host',
  'Ip6.Ip6InTooBigErrors': 'packets that are longer than the MTU of the way on',
  'Ip6.Ip6InDiscards': 'packets that came in and were thrown away',
  'Ip6.Ip6OutDiscards': 'packets that were to go out and were thrown away',
  'Ip6.Ip6OutNoRoutes': 'packets of its own programs for which there is no route',
  'Ip6.Ip6FragFails': 'packets that could not be fragmented',
  'Ip6.Udp6NoPorts': 'datagrams to a port at which nobody listens',
  'Ip6.Udp6RcvbufErrors': 'datagrams that found the receive buffer of their socket full',
  'Ip6.Udp6InCsumErrors': 'datagrams with a wrong checksum',
  rxErrors: 'frames that came in damaged',
  txErrors: 'frames that could not be sent',
  rxDropped: 'frames that came in and that nobody took',
  txDropped: 'frames that the other end of the link did not take: it is down, or its queue is full',
  '(drop) packets': 'packets that a rule of nftables dropped',
  '(reject) packets': 'packets that a rule of nftables refused',
  drops: 'thrown away for lack of room, or on purpose',
  wrongInterface: 'packets of a group that came in by another interface than its route says',
  'aToB lost': 'frames lost by an impairment',
  'bToA lost': 'frames lost by an impairment',
  'aToB overLimit': 'frames that found the queue of the wire full',
  'bToA overLimit': 'frames that found the queue of the wire full',
  'aToB dropped': 'frames dropped by a function of the test, or by a fault',
  'bToA dropped': 'frames dropped by a function of the test, or by a fault',
  'aToB corrupted': 'frames damaged by an impairment',
  'bToA corrupted': 'frames damaged by an impairment',
  'aToB refused': 'frames that the far end did not take: it is down',
  'bToA refused': 'frames that the far end did not take: it is down',
  'aToB overrun': 'frames that came faster than the wire could pass them on',
  'bToA overrun': 'frames that came faster than the wire could pass them on',
};

export function findAbnormalities(deltas: readonly CounterDelta[]): readonly Abnormality[] {
  return deltas.flatMap((each) => {
    const words = each.counter.split(' ');
    const meaning =
      MEANINGS[each.counter] ?? MEANINGS[words.slice(-1).join(' ')] ?? MEANINGS[words.slice(-2).join(' ')];
    return meaning === undefined || each.delta <= 0 ? [] : [{ ...each, meaning }];
  });
}
