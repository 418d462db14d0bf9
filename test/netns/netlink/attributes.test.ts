import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import { AttributeWriter } from '../../../src/netns/netlink/attribute-writer.js';
import { Attributes } from '../../../src/netns/netlink/attributes.js';
import { fromHex, toHex } from './hex.js';

const read = (text: string) => new Attributes(fromHex(text));

describe('the writer of attributes', () => {
  it.each([
    ['u8', (to: AttributeWriter) => to.u8(1, 0xab), '05000100 ab000000'],
    ['u16', (to: AttributeWriter) => to.u16(1, 0x1234), '06000100 34120000'],
    ['u16 in network order', (to: AttributeWriter) => to.u16Be(1, 0x1234), '06000100 12340000'],
    ['u32', (to: AttributeWriter) => to.u32(1, 0x12345678), '08000100 78563412'],
    ['u32 in network order', (to: AttributeWriter) => to.u32Be(1, 0x12345678), '08000100 12345678'],
    ['s32', (to: AttributeWriter) => to.s32(1, -1), '08000100 ffffffff'],
    ['u64', (to: AttributeWriter) => to.u64(1, 0x0102030405060708n), '0c000100 08070605 04030201'],
    ['a flag', (to: AttributeWriter) => to.flag(1), '04000100'],
    ['a string', (to: AttributeWriter) => to.string(1, 'veth0'), '0a000100 76657468 30000000'],
    ['bytes', (to: AttributeWriter) => to.bytes(1, fromHex('0a0b0c')), '07000100 0a0b0c00'],
  ])('writes %s, padded to four bytes', (_what, write, expected) => {
    expect(toHex(write(new AttributeWriter()).finish())).toBe(expected);
  });

  it('puts attributes into attributes, marked as nested, behind a header and padded', () => {
    const bytes = new AttributeWriter(fromHex('aabbccdd ee'))
      .nested(18, (info) => info.u8(1, 7).nested(2, (data) => data.append(fromHex('ff')).flag(3)))
      .flag(4)
      .finish();
    expect(toHex(bytes)).toBe('aabbccdd ee000000 18001280 05000100 07000000 0c000280 ff000000 04000300 04000400');
  });

  it('starts attributes at a multiple of four, whatever the length of those before', () => {
    const bytes = new AttributeWriter()
      .nested(1, (to) => to.bytes(2, fromHex('01')))
      .u8(3, 4)
      .finish();
    expect(toHex(bytes)).toBe('0c000180 05000200 01000000 05000300 04000000');
  });

  it('grows', () => {
    const value = new Uint8Array(60_000).fill(7);
    expect(new Attributes(new AttributeWriter().bytes(1, value).bytes(2, value).finish()).bytes(2)).toEqual(value);
  });

  it.each([
    [(to: AttributeWriter) => to.u8(3, 256), 'netlink: attribute 3 must be an integer from 0 to 255; received 256'],
    [(to: AttributeWriter) => to.u16(3, -1), 'netlink: attribute 3 must be an integer from 0 to 65535; received -1'],
    [
      (to: AttributeWriter) => to.u32(3, 0.5),
      'netlink: attribute 3 must be an integer from 0 to 4294967295; received 0.5',
    ],
    [
      (to: AttributeWriter) => to.s32(3, 2 ** 31),
      'netlink: attribute 3 must be an integer from -2147483648 to 2147483647; received 2147483648',
    ],
    [
      (to: AttributeWriter) => to.u64(3, -1n),
      'netlink: attribute 3 must be an integer from 0 to 18446744073709551615; received -1n',
    ],
    [
      (to: AttributeWriter) => to.string(3, 'a\0b'),
      'netlink: attribute 3 is a string, which may hold no NUL; received "a\\u0000b"',
    ],
    [(to: AttributeWriter) => to.flag(0x4000), "netlink: an attribute's type must be from 0 to 16383; received 16384"],
    [
      (to: AttributeWriter) => to.bytes(3, new Uint8Array(65_532)),
      'netlink: attribute 3 has 65536 bytes; at most 65535 fit',
    ],
    [
      (to: AttributeWriter) => to.nested(3, () => to.bytes(1, new Uint8Array(40_000)).bytes(2, new Uint8Array(40_000))),
      'netlink: attribute 3 has 80012 bytes; at most 65535 fit',
    ],
  ])('refuses what does not fit: %#', (write, message) => {
    const attempt = () => write(new AttributeWriter());
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(new UsageError('netlink', message.replace('netlink: ', '')));
  });
});

describe('the reader of attributes', () => {
  it('answers undefined for what is not there', () => {
    const none = new Attributes(new Uint8Array());
    expect([none.has(1), none.u8(1), none.u64(1), none.string(1), none.bytes(1), none.nested(1)]).toEqual([
      false,
      ...Array(5).fill(undefined),
    ]);
  });

  it('takes the marks for nested and for network order off a type', () => {
    expect(read('05000180 01000000 05000240 02000000').u8(1)).toBe(1);
    expect(read('05000180 01000000 05000240 02000000').u8(2)).toBe(2);
  });

  it('counts the last of two attributes of a type, and lists both', () => {
    const twice = read('05000100 0a000000 05000100 0b000000');
    expect(twice.u8(1)).toBe(11);
    expect([...twice].map(({ type, value }) => [type, ...value])).toEqual([
      [1, 10],
      [1, 11],
    ]);
  });

  it('reads a number from the start of a longer value', () => {
    expect(read('0c000100 05000000 09000000').u32(1)).toBe(5);
  });

  it('reads a string to its first NUL, or to the end of the value', () => {
    expect(read('0a000100 61620063 64000000').string(1)).toBe('ab');
    expect(read('06000100 61620000').string(1)).toBe('ab');
    expect(read('04000100').string(1)).toBe('');
  });

  it('says which number is too short', () => {
    expect(() => read('05000900 01000000').u32(9)).toThrow(
      expect.objectContaining({
        code: 'EBADMSG',
        message: 'read attribute 9: EBADMSG: bad message, netlink. It has 1 bytes where a number of 4 was expected',
      }),
    );
  });

  it.each([
    ['claims more than there is', '05000100 01000000 ff000200 02000000'],
    ['claims more than is left', '05000100 01000000 09000200 02000000'],
    ['claims less than its header', '05000100 01000000 03000200 02000000'],
    ['has no length', '05000100 01000000 00000000 05000200 02000000'],
    ['is cut off within its header', '05000100 01000000 0500'],
    ['is cut off within its padding', '05000100 01'],
  ])('ends the list at an attribute that %s', (_what, text) => {
    expect([...read(text)].map(({ type, value }) => [type, ...value])).toEqual([[1, 1]]);
  });

  it('stays within its own bytes of a larger buffer', () => {
    const buffer = fromHex('ffffffff 08000100 01000000 02000000');
    const attributes = new Attributes(buffer.subarray(4, 10));
    expect([...attributes]).toEqual([]);
  });
});

/** Attributes of which no type stands twice, as a value. */
type Tree = { readonly type: number; readonly value: Leaf | readonly Tree[] };
type Leaf = Uint8Array | string | bigint;

const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0')),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const { trees } = fc.letrec<{ trees: readonly Tree[] }>((tie) => ({
  trees: fc.uniqueArray(
    fc.record({
      type: fc.integer({ min: 0, max: 0x3fff }),
      value: fc.oneof({ depthSize: 'small' }, leaf, tie('trees')),
    }),
    { selector: ({ type }) => type, maxLength: 6 },
  ),
}));

function write(to: AttributeWriter, attributes: readonly Tree[]): AttributeWriter {
  for (const { type, value } of attributes) {
    if (typeof value === 'string') to.string(type, value);
    else if (typeof value === 'bigint') to.u64(type, value);
    else if (value instanceof Uint8Array) to.bytes(type, value);
    else to.nested(type, () => write(to, value));
  }
  return to;
}

function readLike(attributes: Attributes | undefined, wanted: readonly Tree[]): readonly unknown[] {
  return wanted.map(({ type, value }) => {
    if (typeof value === 'string') return { type, value: attributes?.string(type) };
    if (typeof value === 'bigint') return { type, value: attributes?.u64(type) };
    if (value instanceof Uint8Array) return { type, value: attributes?.bytes(type) };
    return { type, value: readLike(attributes?.nested(type), value) };
  });
}

function readEverything(bytes: Uint8Array, depth: number): number {
  let count = 0;
  for (const { type, value } of new Attributes(bytes)) {
    expect(value.byteOffset).toBeGreaterThanOrEqual(bytes.byteOffset);
    expect(value.byteOffset + value.length).toBeLessThanOrEqual(bytes.byteOffset + bytes.length);
    expect(type).toBeLessThanOrEqual(0x3fff);
    count += 1 + (depth > 0 ? readEverything(value, depth - 1) : 0);
  }
  return count;
}

describe('attributes', () => {
  it('are read as they were written, however they are nested', () => {
    fc.assert(
      fc.property(trees, (wanted) => {
        const bytes = write(new AttributeWriter(), wanted).finish();
        expect(bytes.length % 4).toBe(0);
        expect(readLike(new Attributes(bytes), wanted)).toEqual(wanted);
        expect([...new Attributes(bytes)].map(({ type }) => type)).toEqual(wanted.map(({ type }) => type));
      }),
    );
  });

  it('are read from any bytes without an end that is not there', () => {
    const short = fc.integer({ min: 0, max: 12 }).map((length) => Uint8Array.of(length, 0));
    const bytes = fc
      .array(fc.oneof(short, fc.uint8Array({ maxLength: 8 })), { maxLength: 40 })
      .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));
    fc.assert(
      fc.property(bytes, (random) => {
        expect(readEverything(random, 3)).toBeLessThanOrEqual(random.length);
      }),
    );
  });

  it('that are cut off are those that were whole', () => {
    fc.assert(
      fc.property(trees, fc.nat(), (wanted, cut) => {
        const bytes = write(new AttributeWriter(), wanted).finish();
        const whole = [...new Attributes(bytes)];
        const left = [...new Attributes(bytes.subarray(0, cut % (bytes.length + 1)))];
        expect(left).toEqual(whole.slice(0, left.length));
      }),
    );
  });
});
