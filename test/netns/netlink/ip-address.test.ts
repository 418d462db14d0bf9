import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import {
  familyOf,
  findIpProblems,
  formatIpAddress,
  isIpAddress,
  parseIpAddress,
} from '../../../src/netns/netlink/ip-address.js';
import { findPrefixProblems, networkOf, parseIpPrefix } from '../../../src/netns/netlink/ip-prefix.js';
import { toHex } from './hex.js';

describe('an IP address', () => {
  it.each([
    ['192.0.2.1', 'c0000201', '192.0.2.1'],
    ['::', '00000000 00000000 00000000 00000000', '::'],
    ['::1', '00000000 00000000 00000000 00000001', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '20010db8 00000000 00010000 00000001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '20010db8 00000001 00010001 00010001', '2001:db8:0:1:1:1:1:1'],
    ['1:0:0:2:0:0:0:3', '00010000 00000002 00000000 00000003', '1:0:0:2::3'],
    ['fe80::', 'fe800000 00000000 00000000 00000000', 'fe80::'],
    ['1:2:3:4:5:6:7::', '00010002 00030004 00050006 00070000', '1:2:3:4:5:6:7:0'],
    ['::ffff:192.0.2.1', '00000000 00000000 0000ffff c0000201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.1', '0064ff9b 00000000 00000000 c0000201', '64:ff9b::c000:201'],
  ])('%s is read, and written in its canonical form', (text, bytes, canonical) => {
    expect(toHex(parseIpAddress(text))).toBe(bytes);
    expect(formatIpAddress(parseIpAddress(text))).toBe(canonical);
  });

  it('of any bytes is written so that Node knows it, and read as it was', () => {
    const groups = fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 0xffff })), { minLength: 8, maxLength: 8 });
    const v6 = groups.map((list) => Uint8Array.from(list.flatMap((group) => [group >> 8, group & 0xff])));
    fc.assert(
      fc.property(fc.oneof(v6, fc.uint8Array({ minLength: 4, maxLength: 4 })), (bytes) => {
        const text = formatIpAddress(bytes);
        expect(parseIpAddress(text)).toEqual(bytes);
        expect(isIpAddress(text, bytes.length === 4 ? 'ipv4' : 'ipv6')).toBe(true);
        expect(familyOf(text)).toBe(bytes.length === 4 ? 'ipv4' : 'ipv6');
      }),
    );
  });

  it('is read as the URL parser reads it, whatever its form', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        fc.pre(isIPv6(text));
        const bytes = parseIpAddress(text);
        const byUrl = new URL(`http://[${text}]`).hostname.slice(1, -1);
        expect(parseIpAddress(byUrl)).toEqual(bytes);
      }),
    );
  });

  it.each(['', '192.0.2', '192.0.2.256', '192.0.2.01', 'fe80::1%eth0', '1:2', ':::', '2001:db8::1/64', 7, undefined])(
    '%o is none',
    (value) => {
      expect(isIpAddress(value)).toBe(false);
    },
  );

  it('that is none is refused with what was given', () => {
    expect(() => parseIpAddress('fe80::1%v0')).toThrow(
      new UsageError(
        'IP address',
        'expected one such as "192.0.2.1" or "2001:db8::1", without a zone; received "fe80::1%v0"',
      ),
    );
    expect(findIpProblems('gateway', '192.0.2.1', 'ipv6')).toEqual([
      'gateway must be an IPv6 address such as "2001:db8::1"; received "192.0.2.1"',
    ]);
    expect(findIpProblems('peer', 'no')).toEqual([
      'peer must be an IP address such as "192.0.2.1" or "2001:db8::1"; received "no"',
    ]);
  });

  it('is not read from another number of bytes', () => {
    expect(() => formatIpAddress(new Uint8Array(5))).toThrow(
      'read an IP address: EBADMSG: bad message, netlink. It has 5 bytes where 4 or 16 were expected',
    );
  });
});

describe('a prefix', () => {
  it.each([
    ['192.0.2.0/24', 'c0000200', 24],
    ['192.0.2.1', 'c0000201', 32],
    ['0.0.0.0/0', '00000000', 0],
    ['2001:db8::/33', '20010db8 00000000 00000000 00000000', 33],
    ['::1', '00000000 00000000 00000000 00000001', 128],
  ])('%s is read', (text, bytes, prefixLength) => {
    const prefix = parseIpPrefix(text);
    expect([toHex(prefix.bytes), prefix.prefixLength]).toEqual([bytes, prefixLength]);
  });

  it('with bits beyond its length is refused, with the one it may have meant', () => {
    expect(findPrefixProblems('destination', '192.0.2.7/24')).toEqual([
      'destination must have no bits beyond its length, as "192.0.2.0/24" has none; received "192.0.2.7/24"',
    ]);
  });

  it.each(['192.0.2.0/33', '::/129', '192.0.2.0/', '192.0.2.0/024', '192.0.2.0/-1', '192.0.2.0/8/8', '/8', 8])(
    '%o is none',
    (value) => {
      expect(findPrefixProblems('to', value)).toEqual([
        `to must be a prefix such as "192.0.2.0/24"; received ${JSON.stringify(value)}`,
      ]);
    },
  );

  it('of an address keeps the bits of its length', () => {
    expect(networkOf('192.0.2.77', 26)).toBe('192.0.2.64/26');
    expect(networkOf('2001:db8:ffff::1', 33)).toBe('2001:db8:8000::/33');
    const address = fc.ipV4();
    fc.assert(
      fc.property(address, fc.nat({ max: 32 }), (text, length) => {
        expect(findPrefixProblems('network', networkOf(text, length))).toEqual([]);
      }),
    );
  });
});
