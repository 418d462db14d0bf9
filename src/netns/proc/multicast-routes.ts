import { decodeIpv4 } from '../../process/proc/addresses.js';
import { areDefined, malformedLine, parseCount, splitLines, splitWords } from '../../process/proc/malformed.js';

/** An interface of multicast routing. */
export interface MulticastVif {
  /** What routes call it. */
  readonly index: number;
  readonly interface: string;
  readonly bytesIn: number;
  readonly packetsIn: number;
  readonly bytesOut: number;
  readonly packetsOut: number;
}

/** A route of multicast: packets of an origin to a group. */
export interface MulticastRoute {
  readonly group: string;
  /** The sender; `0.0.0.0` stands for any. */
  readonly origin: string;
  /** The interface they must come in by; absent while the route is not resolved. */
  readonly inputVif?: number;
  readonly packets: number;
  readonly bytes: number;
  /** Packets that came in by another interface. */
  readonly wrongInterface: number;
  /** Where they go out, and the TTL that they need for it. */
  readonly outputs: readonly { readonly vif: number; readonly ttl: number }[];
}

/** /proc/net/ip_mr_vif: net/ipv4/ipmr.c, ipmr_vif_seq_show. @throws KernelError EBADMSG */
export function parseMulticastVifs(text: string): readonly MulticastVif[] {
  return splitLines(text)
    .slice(1)
    .map((line) => {
      const [indexText, name = '', ...countTexts] = splitWords(line);
      const counts = [indexText, ...countTexts.slice(0, 4)].map(parseCount);
      if (name === '' || counts.length !== 5 || !areDefined(counts)) throw malformedLine('ip_mr_vif', line);
      const [index = 0, bytesIn = 0, packetsIn = 0, bytesOut = 0, packetsOut = 0] = counts;
      return { index, interface: name, bytesIn, packetsIn, bytesOut, packetsOut };
    });
}

/** /proc/net/ip_mr_cache: net/ipv4/ipmr.c, ipmr_mfc_seq_show. @throws KernelError EBADMSG */
export function parseMulticastRoutes(text: string): readonly MulticastRoute[] {
  return splitLines(text)
    .slice(1)
    .map((line) => {
      const [groupHex = '', originHex = '', inputText, ...rest] = splitWords(line);
      const group = decodeIpv4(groupHex);
      const origin = decodeIpv4(originHex);
      const input = parseCount(inputText);
      const counts = rest.slice(0, 3).map(parseCount);
      const outputs = rest.slice(3).map(parseOutput);
      if (group === undefined || origin === undefined || input === undefined) throw malformedLine('ip_mr_cache', line);
      if (counts.length !== 3 || !areDefined(counts) || !areDefined(outputs)) throw malformedLine('ip_mr_cache', line);
      const [packets = 0, bytes = 0, wrongInterface = 0] = counts;
      const inputVif = input < 0 || input === 0xffff ? {} : { inputVif: input };
      return { group, origin, ...inputVif, packets, bytes, wrongInterface, outputs };
    });
}

function parseOutput(text: string): { readonly vif: number; readonly ttl: number } | undefined {
  const [vifText, ttlText] = text.split(':');
  const vif = parseCount(vifText);
  const ttl = parseCount(ttlText);
  return vif === undefined || ttl === undefined ? undefined : { vif, ttl };
}
