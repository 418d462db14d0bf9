import { isIPv4 } from 'node:net';
import { malformedLine, parseHex, splitLines, splitWords } from '../../process/proc/malformed.js';

/** An entry of the neighbour table of IPv4. */
export interface ArpEntry {
  readonly address: string;
  /** `00:00:00:00:00:00` as long as nobody has answered. */
  readonly macAddress: string;
  readonly interface: string;
  /** Whether the MAC address is known (ATF_COM). */
  readonly isComplete: boolean;
  /** Whether it was put there by hand (ATF_PERM). */
  readonly isPermanent: boolean;
}

/** include/uapi/linux/if_arp.h */
const ATF_COM = 2;
const ATF_PERM = 4;

/** /proc/net/arp: net/ipv4/arp.c, arp_format_neigh_entry. @throws KernelError EBADMSG */
export function parseArp(text: string): readonly ArpEntry[] {
  return splitLines(text)
    .slice(1)
    .map((line) => {
      const [address = '', , flagsHex, macAddress, , name] = splitWords(line);
      const flags = parseHex(flagsHex);
      if (!isIPv4(address) || flags === undefined || macAddress === undefined || name === undefined)
        throw malformedLine('arp', line);
      const isComplete = (flags & ATF_COM) !== 0;
      return { address, macAddress, interface: name, isComplete, isPermanent: (flags & ATF_PERM) !== 0 };
    });
}
