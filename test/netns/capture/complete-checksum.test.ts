import fc from 'fast-check';
import { expect, test } from 'vitest';
import { completeChecksum } from '../../../src/netns/capture/complete-checksum.js';

const u16 = (value: number): readonly number[] => [value >>> 8, value & 0xff];

/** The sum of RFC 1071, written down as it is there: 0xffff for bytes with a right checksum among them. */
function addUp(bytes: readonly number[]): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    total += (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    if (total > 0xffff) total -= 0xffff;
  }
  return total;
}

const segments = fc.record({
  isIpv6: fc.boolean(),
  protocol: fc.constantFrom(6, 17),
  tags: fc.constantFrom([], [0x81, 0, 0, 7]),
  addresses: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  body: fc.uint8Array({ minLength: 20, maxLength: 75 }),
  padding: fc.nat(9),
});

test('a checksum that was left out is put in, of any segment, odd or even, with padding behind it or without', () => {
  fc.assert(
    fc.property(segments, ({ isIpv6, protocol, tags, addresses, body, padding }) => {
      const checksumAt = protocol === 6 ? 16 : 6;
      // What the kernel leaves there is never 0.
      const segment = [...body];
      segment[checksumAt] = 1;
      const some = [...addresses.subarray(0, isIpv6 ? 32 : 8)];
      const ip = isIpv6
        ? [0x86, 0xdd, 0x60, 0, 0, 0, ...u16(segment.length), protocol, 64, ...some]
        : [8, 0, 0x45, 0, ...u16(20 + segment.length), 0, 0, 0x40, 0, 64, protocol, 0, 0, ...some];
      const head = [...Array<number>(12).fill(2), ...tags, ...ip];
      const frame = Uint8Array.from([...head, ...segment, ...Array<number>(padding).fill(9)]);
      completeChecksum(frame);
      const done = [...frame.subarray(head.length, head.length + segment.length)];
      expect(addUp([...some, 0, protocol, ...u16(segment.length), ...done])).toBe(0xffff);
      const others = (bytes: readonly number[]): readonly number[] => bytes.toSpliced(checksumAt, 2);
      expect(others(done)).toEqual(others(segment));
      expect([...frame.subarray(0, head.length)]).toEqual(head);
      expect([...frame.subarray(head.length + segment.length)]).toEqual(Array<number>(padding).fill(9));
    }),
  );
});

test('a fragment, a UDP checksum that is not wanted, other protocols and what is cut short stay as they are', () => {
  const ipv4 = (protocol: number, fragment: number): readonly number[] => [
    ...Array<number>(12).fill(2),
    ...[8, 0, 0x45, 0, 0, 40, 0, 0, ...u16(fragment), 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2],
  ];
  const zeros = Array<number>(20).fill(0);
  const frames = [
    [...ipv4(6, 0x2000), ...zeros],
    [...ipv4(6, 5), ...zeros],
    [...ipv4(17, 0), ...zeros],
    [...ipv4(1, 0), ...zeros],
    [...ipv4(6, 0), 1, 2, 3],
    [...ipv4(6, 0)].slice(0, 20),
    [1, 2, 3],
  ];
  for (const bytes of frames) {
    const frame = Uint8Array.from(bytes);
    completeChecksum(frame);
    expect([...frame]).toEqual(bytes);
  }
});
