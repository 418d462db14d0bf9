import { decodeIpv4, decodeIpv6 } from '../../process/proc/addresses.js';
import { malformedLine, parseCount, parseHex, splitLines, splitWords } from '../../process/proc/malformed.js';

/** A route of the main table as /proc shows it. */
export interface RouteEntry {
  /** `10.0.0.0/24`; that of all is `0.0.0.0/0` or `::/0`. */
  readonly destination: string;
  /** The next router; absent where the destination is on the link. */
  readonly gateway?: string;
  readonly interface: string;
  readonly metric: number;
  /** RTF_UP (1), RTF_GATEWAY (2), RTF_HOST (4), RTF_REJECT (0x200)…: include/uapi/linux/route.h. */
  readonly flags: number;
}

const RTF_GATEWAY = 2;

/** /proc/net/route: net/ipv4/fib_trie.c, fib_route_seq_show. @throws KernelError EBADMSG */
export function parseRoutes(text: string): readonly RouteEntry[] {
  return splitLines(text)
    .slice(1)
    .map((line) => {
      const [name, destinationHex = '', gatewayHex = '', flagsHex, , , metricText, maskHex = ''] = splitWords(line);
      const destination = decodeIpv4(destinationHex);
      const gateway = decodeIpv4(gatewayHex);
      const flags = parseHex(flagsHex);
      const metric = parseCount(metricText);
      const mask = decodeIpv4(maskHex);
      const prefix = mask === undefined ? undefined : toPrefix(mask);
      if (
        name === undefined ||
        destination === undefined ||
        gateway === undefined ||
        flags === undefined ||
        metric === undefined ||
        prefix === undefined
      ) {
        throw malformedLine('route', line);
      }
      return describe(`${destination}/${prefix}`, gateway, name, metric, flags);
    });
}

/** /proc/net/ipv6_route: net/ipv6/ip6_fib.c, ipv6_route_native_seq_show. @throws KernelError EBADMSG */
export function parseIpv6Routes(text: string): readonly RouteEntry[] {
  return splitLines(text).map((line) => {
    const [toHex = '', prefixHex, , , viaHex = '', metricHex, , , flagsHex, name] = splitWords(line);
    const to = decodeIpv6(toHex);
    const prefix = parseHex(prefixHex);
    const via = decodeIpv6(viaHex);
    const metric = parseHex(metricHex);
    const flags = parseHex(flagsHex);
    if (
      to === undefined ||
      prefix === undefined ||
      prefix > 128 ||
      via === undefined ||
      metric === undefined ||
      flags === undefined ||
      name === undefined
    ) {
      throw malformedLine('ipv6_route', line);
    }
    return describe(`${to}/${prefix}`, via, name, metric, flags);
  });
}

function describe(destination: string, gateway: string, name: string, metric: number, flags: number): RouteEntry {
  const via = (flags & RTF_GATEWAY) === 0 ? {} : { gateway };
  return { destination, ...via, interface: name, metric, flags };
}

function toPrefix(mask: string): number | undefined {
  const bits = mask
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined;
}
