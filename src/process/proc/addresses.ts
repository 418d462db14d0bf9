/** An IPv4 address that the kernel printed as the `%08X` of its bytes in memory: net/ipv4/udp.c, udp4_format_sock. */
export function decodeIpv4(hex: string): string | undefined {
  if (!/^[0-9a-f]{8}$/i.test(hex)) return undefined;
  const value = Number.parseInt(hex, 16);
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24].join('.');
}

/** An IPv6 address that was printed as four such words: net/ipv6/datagram.c, __ip6_dgram_sock_seq_show. */
export function decodeIpv6Words(hex: string): string | undefined {
  if (!/^[0-9a-f]{32}$/i.test(hex)) return undefined;
  const inOrder = (hex.match(/.{8}/g) ?? []).map((word) => (word.match(/../g) ?? []).reverse().join(''));
  return decodeIpv6(inOrder.join(''));
}

/** An IPv6 address that was printed in network order (`%pi6`), in its shortest form: RFC 5952. */
export function decodeIpv6(hex: string): string | undefined {
  if (!/^[0-9a-f]{32}$/i.test(hex)) return undefined;
  const groups = (hex.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16));
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) {
    const [high = 0, low = 0] = groups.slice(6);
    return `::ffff:${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
  }
  const zeros = findLongestZeros(groups);
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return zeros.length < 2 ? text(0, 8) : `${text(0, zeros.start)}::${text(zeros.start + zeros.length, 8)}`;
}

function findLongestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  return best;
}
