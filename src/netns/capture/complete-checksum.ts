const ETHER_TYPE = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100, serviceVlan: 0x88a8 } as const;
const TCP = 6;
const UDP = 17;
const CHECKSUM_AT: Readonly<Record<number, number>> = { [TCP]: 16, [UDP]: 6 };

/**
 * Puts the checksum of TCP or UDP into a frame that the kernel left it out of, as for a network card that would do it;
 * a veth never does. A fragment, and what is neither, stays as it is.
 */
export function completeChecksum(frame: Uint8Array): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  let at = 12;
  while (at + 6 <= frame.length && isVlan(view.getUint16(at))) at += 4;
  if (at + 2 > frame.length) return;
  const type = view.getUint16(at);
  if (type === ETHER_TYPE.ipv4) completeIpv4(view, at + 2);
  else if (type === ETHER_TYPE.ipv6) completeIpv6(view, at + 2);
}

function isVlan(type: number): boolean {
  return type === ETHER_TYPE.vlan || type === ETHER_TYPE.serviceVlan;
}

function completeIpv4(view: DataView, at: number): void {
  if (at + 20 > view.byteLength || (view.getUint16(at + 6) & 0x3fff) !== 0) return;
  const start = at + (view.getUint8(at) & 0xf) * 4;
  // What is too long for the field has 0 in it.
  const length = view.getUint16(at + 2);
  const end = length === 0 ? view.byteLength : at + length;
  complete(view, { protocol: view.getUint8(at + 9), addressesAt: at + 12, addressBytes: 8, start, end });
}

function completeIpv6(view: DataView, at: number): void {
  if (at + 40 > view.byteLength) return;
  const length = view.getUint16(at + 4);
  const end = length === 0 ? view.byteLength : at + 40 + length;
  // Behind an extension header the kernel writes the checksum itself.
  complete(view, { protocol: view.getUint8(at + 6), addressesAt: at + 8, addressBytes: 32, start: at + 40, end });
}

interface Segment {
  readonly protocol: number;
  readonly addressesAt: number;
  readonly addressBytes: number;
  readonly start: number;
  readonly end: number;
}

function complete(view: DataView, { protocol, addressesAt, addressBytes, start, end }: Segment): void {
  const offset = CHECKSUM_AT[protocol];
  if (offset === undefined || end > view.byteLength || start + offset + 2 > end) return;
  const at = start + offset;
  // UDP may have none, in a tunnel above all.
  if (protocol === UDP && view.getUint16(at) === 0) return;
  view.setUint16(at, 0);
  const length = end - start;
  const total =
    sum(view, addressesAt, addressesAt + addressBytes) +
    sum(view, start, end) +
    protocol +
    (length >>> 16) +
    (length & 0xffff);
  const folded = fold(total);
  view.setUint16(at, folded === 0xffff && protocol === UDP ? 0xffff : ~folded & 0xffff);
}

/** RFC 1071, of which the sum fits into a number for frames of any length. */
function sum(view: DataView, start: number, end: number): number {
  let total = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) total += view.getUint32(at);
  if (at + 2 <= end) {
    total += view.getUint16(at);
    at += 2;
  }
  return at < end ? total + view.getUint8(at) * 256 : total;
}

function fold(total: number): number {
  let rest = total;
  while (rest > 0xffff) rest = Math.floor(rest / 0x1_0000) + (rest % 0x1_0000);
  return rest;
}
