import { malformedLine, parseCount, splitLines, splitWords } from '../../process/proc/malformed.js';

/** Counters by their names, in groups: `counters.Udp.RcvbufErrors`. */
export type CounterGroups = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Counters that have types of their own; the kernel has more. What it does not count is 0. */
const SNMP = {
  Ip: [
    'InReceives',
    'InHdrErrors',
    'InAddrErrors',
    'ForwDatagrams',
    'InDiscards',
    'InDelivers',
    'OutRequests',
    'OutDiscards',
    'OutNoRoutes',
  ],
  Icmp: ['InMsgs', 'InErrors', 'InDestUnreachs', 'OutMsgs', 'OutDestUnreachs'],
  Tcp: [
    'ActiveOpens',
    'PassiveOpens',
    'AttemptFails',
    'EstabResets',
    'CurrEstab',
    'InSegs',
    'OutSegs',
    'RetransSegs',
    'InErrs',
    'OutRsts',
  ],
  Udp: ['InDatagrams', 'NoPorts', 'InErrors', 'OutDatagrams', 'RcvbufErrors', 'SndbufErrors', 'InCsumErrors'],
} as const;
const NETSTAT = {
  TcpExt: ['ListenOverflows', 'ListenDrops', 'TCPTimeouts', 'IPReversePathFilter'],
  IpExt: ['InNoRoutes', 'InMcastPkts', 'OutMcastPkts', 'InBcastPkts', 'OutBcastPkts', 'InOctets', 'OutOctets'],
} as const;

type Names = Readonly<Record<string, readonly string[]>>;
type Known<T extends Names> = {
  readonly [Group in keyof T]: Readonly<Record<T[Group][number], number>> & Readonly<Record<string, number>>;
};

/** /proc/net/snmp: RFC 4293 and its kin. */
export type SnmpCounters = CounterGroups & Known<typeof SNMP>;

/** /proc/net/netstat: what Linux counts beyond that. */
export type NetstatCounters = CounterGroups & Known<typeof NETSTAT>;

/** /proc/net/snmp: pairs of lines, names and then numbers. @throws KernelError EBADMSG */
export function parseSnmp(text: string): SnmpCounters {
  return complete(parseGroups('snmp', text), SNMP);
}

/** /proc/net/netstat, of the same form. @throws KernelError EBADMSG */
export function parseNetstat(text: string): NetstatCounters {
  return complete(parseGroups('netstat', text), NETSTAT);
}

/** /proc/net/snmp6: a name and a number a line. @throws KernelError EBADMSG */
export function parseSnmp6(text: string): Readonly<Record<string, number>> {
  const counters = splitLines(text).map((line) => {
    const [name = '', value, ...rest] = splitWords(line);
    const count = parseCount(value);
    if (count === undefined || rest.length > 0) throw malformedLine('snmp6', line);
    return [name, count] as const;
  });
  return Object.fromEntries(counters);
}

function parseGroups(file: string, text: string): CounterGroups {
  const lines = splitLines(text);
  const groups: [string, Readonly<Record<string, number>>][] = [];
  for (let at = 0; at < lines.length; at += 2) {
    const namesLine = lines[at] ?? '';
    const valuesLine = lines[at + 1] ?? '';
    const [group = '', ...names] = splitWords(namesLine);
    const [sameGroup, ...values] = splitWords(valuesLine);
    if (!group.endsWith(':') || group !== sameGroup || names.length !== values.length)
      throw malformedLine(file, valuesLine === '' ? namesLine : valuesLine);
    const counters = names.map((name, index) => {
      const count = parseCount(values[index]);
      if (count === undefined) throw malformedLine(file, valuesLine);
      return [name, count] as const;
    });
    groups.push([group.slice(0, -1), Object.fromEntries(counters)]);
  }
  return Object.fromEntries(groups);
}

function complete<T extends Names>(groups: CounterGroups, known: T): CounterGroups & Known<T> {
  const completed = Object.entries(known).map(([group, names]) => {
    const zeros = Object.fromEntries(names.map((name) => [name, 0]));
    return [group, { ...zeros, ...groups[group] }] as const;
  });
  return { ...groups, ...Object.fromEntries(completed) } as CounterGroups & Known<T>;
}
