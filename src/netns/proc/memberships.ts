import { decodeIpv4, decodeIpv6 } from '../../process/proc/addresses.js';
import { malformedLine, parseCount, splitLines, splitWords } from '../../process/proc/malformed.js';

/** A group that an interface has joined. */
export interface Membership {
  readonly interface: string;
  /** The index of the interface. */
  readonly index: number;
  /** The address of the group. */
  readonly group: string;
  /** How many sockets, or parts of the kernel, want it. */
  readonly users: number;
}

/** /proc/net/igmp: net/ipv4/igmp.c, igmp_mc_seq_show. @throws KernelError EBADMSG */
export function parseIgmp(text: string): readonly Membership[] {
  const found: Membership[] = [];
  let device: { readonly interface: string; readonly index: number } | undefined;
  for (const line of splitLines(text).slice(1)) {
    if (!/^\s/.test(line)) {
      // A name may stand against the colon behind it: "1	a-long-name-123: 1 V3".
      const [, index, name] = /^(\d+)\s+(.*?)\s*:\s/.exec(line) ?? [];
      if (index === undefined || name === undefined) throw malformedLine('igmp', line);
      device = { interface: name, index: Number(index) };
      continue;
    }
    const [hex = '', count] = splitWords(line);
    const group = decodeIpv4(hex);
    const users = parseCount(count);
    if (device === undefined || group === undefined || users === undefined) throw malformedLine('igmp', line);
    found.push({ ...device, group, users });
  }
  return found;
}

/** /proc/net/igmp6: net/ipv6/mcast.c, igmp6_mc_seq_show. @throws KernelError EBADMSG */
export function parseIgmp6(text: string): readonly Membership[] {
  return splitLines(text).map((line) => {
    const [indexText, name, hex = '', usersText] = splitWords(line);
    const index = parseCount(indexText);
    const group = decodeIpv6(hex);
    const users = parseCount(usersText);
    if (index === undefined || name === undefined || group === undefined || users === undefined)
      throw malformedLine('igmp6', line);
    return { interface: name, index, group, users };
  });
}
