import { describe, expect, test } from 'vitest';
import { BtfBuilder } from '../../../../src/kernel/linux/btf/btf-builder.js';
import { BTF_KINDS, type BtfKind } from '../../../../src/kernel/linux/btf/kinds.js';
import { readBtf } from '../../../../src/kernel/linux/btf/read-btf.js';
import { patch } from '../support.js';

function buildAll() {
  const btf = new BtfBuilder();
  const int = btf.int('int', 4);
  const u64 = btf.int('__u64', 8, { signed: false });
  const typedef = btf.typedef('count_t', btf.const(u64));
  const array = btf.array(typedef, int, 5);
  const node = btf.struct('node', 48, [
    { name: 'next', type: btf.nextId + 1, offsetBytes: 0 },
    { name: 'counts', type: array, offsetBytes: 8 },
  ]);
  const pointer = btf.pointer(node);
  const proto = btf.functionProto(int, [{ name: 'node', type: pointer }]);
  const visit = btf.function('visit', proto, 'global');
  const hidden = btf.function('hidden', proto, 'static');
  const counter = btf.variable('counter', u64, 'global');
  const data = btf.dataSection('.data', 16, [{ variable: counter, offsetBytes: 8, sizeBytes: 8 }]);
  return { bytes: btf.build(), int, u64, typedef, array, node, pointer, proto, visit, hidden, counter, data };
}

test('what the builder makes is read back as it was', () => {
  const made = buildAll();
  const btf = readBtf(made.bytes);
  expect(btf.typeCount).toBe(12);
  expect(btf.type(0)).toEqual({ kind: 'VOID', name: '' });
  expect(btf.type(made.int)).toEqual({ kind: 'INT', name: 'int', sizeBytes: 4, encoding: 1, bits: 32 });
  expect(btf.type(made.u64)).toEqual({ kind: 'INT', name: '__u64', sizeBytes: 8, encoding: 0, bits: 64 });
  expect(btf.type(made.array)).toEqual({ kind: 'ARRAY', name: '', element: made.typedef, index: made.int, length: 5 });
  expect(btf.type(made.node)).toEqual({
    kind: 'STRUCT',
    name: 'node',
    sizeBytes: 48,
    members: [
      { name: 'next', type: made.pointer, offsetBits: 0, widthBits: 0 },
      { name: 'counts', type: made.array, offsetBits: 64, widthBits: 0 },
    ],
  });
  expect(btf.type(made.proto)).toEqual({
    kind: 'FUNC_PROTO',
    name: '',
    returns: made.int,
    parameters: [{ name: 'node', type: made.pointer }],
  });
  expect(btf.type(made.visit)).toEqual({ kind: 'FUNC', name: 'visit', type: made.proto, linkage: 'global' });
  expect(btf.type(made.hidden)).toMatchObject({ linkage: 'static' });
  expect(btf.type(made.counter)).toEqual({ kind: 'VAR', name: 'counter', type: made.u64, linkage: 'global' });
  expect(btf.type(made.data)).toEqual({
    kind: 'DATASEC',
    name: '.data',
    sizeBytes: 16,
    variables: [{ type: made.counter, offsetBytes: 8, sizeBytes: 8 }],
  });
});

test('a type is found by its kind and its whole name', () => {
  const made = buildAll();
  const btf = readBtf(made.bytes);
  expect(btf.find('FUNC', 'visit')).toBe(made.visit);
  expect(btf.find('STRUCT', 'visit')).toBeUndefined();
  expect(btf.find('FUNC', 'visi')).toBeUndefined();
  expect(btf.find('FUNC', 'visits')).toBeUndefined();
  expect(btf.find('VAR', 'counter')).toBe(made.counter);
});

test('sizes go through typedefs, arrays and variables; functions and void have none', () => {
  const made = buildAll();
  const btf = readBtf(made.bytes);
  expect(btf.sizeOf(made.typedef)).toBe(8);
  expect(btf.sizeOf(made.array)).toBe(40);
  expect(btf.sizeOf(made.pointer)).toBe(8);
  expect(btf.sizeOf(made.counter)).toBe(8);
  expect(btf.resolve(made.typedef)).toMatchObject({ name: '__u64' });
  expect(() => btf.sizeOf(0)).toThrow('readBtf: type 0 must have a size; received VOID ""');
  expect(() => btf.sizeOf(made.visit)).toThrow(/must have a size; received FUNC "visit"/);
  expect(() => btf.type(99)).toThrow('readBtf: type 99 must be one of the 12 types of this BTF');
});

test('a circle of types and an array of arrays without end are refused, not followed', () => {
  const circle = new BtfBuilder();
  circle.typedef('a', 2);
  circle.typedef('b', 1);
  expect(() => readBtf(circle.build()).resolve(1)).toThrow('readBtf: type 1 must lead to a type within 64 steps');
  const arrays = new BtfBuilder();
  arrays.array(1, 1, 2 ** 31);
  expect(() => readBtf(arrays.build()).sizeOf(1)).toThrow('readBtf: type 1 must have a size that a number can hold');
});

test('the builder refuses a name that the kernel would refuse', () => {
  expect(() => new BtfBuilder().int('unsigned int', 4)).toThrow(
    'BtfBuilder: a name consists of letters, digits, "_" and "."; received "unsigned int"',
  );
});

/** A blob with one type, its words given as they are. */
function blobOf(kind: BtfKind, flagAndLength: number, value: number, trailer: readonly number[]): Uint8Array {
  const words = [1, (BTF_KINDS.indexOf(kind) << 24) | flagAndLength, value, ...trailer];
  const strings = new TextEncoder().encode('\0name\0');
  const bytes = new Uint8Array(24 + words.length * 4 + strings.length);
  const view = new DataView(bytes.buffer);
  for (const [index, word] of [
    0x1eb9f,
    24,
    0,
    words.length * 4,
    words.length * 4,
    strings.length,
    ...words,
  ].entries()) {
    view.setUint32(index * 4, word, true);
  }
  bytes.set(strings, bytes.length - strings.length);
  return bytes;
}

/** Kinds that the builder does not make. */
test.each([
  ['UNION', 1, 4, [1, 1, 0], { members: [{ name: 'name', type: 1, offsetBits: 0, widthBits: 0 }] }],
  ['STRUCT', 0x80000001, 4, [1, 1, (3 << 24) | 5], { members: [{ offsetBits: 5, widthBits: 3 }] }],
  ['ENUM', 0x80000001, 4, [1, 0xffffffff], { values: [{ name: 'name', value: -1n }] }],
  ['ENUM', 1, 4, [1, 0xffffffff], { values: [{ value: 0xffffffffn }] }],
  ['ENUM64', 1, 8, [1, 1, 2], { values: [{ value: 0x200000001n }] }],
  ['ENUM64', 0x80000001, 8, [1, 0xffffffff, 0xffffffff], { values: [{ value: -1n }] }],
  ['FWD', 0x80000000, 0, [], { of: 'union' }],
  ['FLOAT', 0, 8, [], { sizeBytes: 8 }],
  ['VOLATILE', 0, 1, [], { type: 1 }],
  ['RESTRICT', 0, 1, [], { type: 1 }],
  ['TYPE_TAG', 0, 1, [], { type: 1 }],
  ['DECL_TAG', 0, 1, [0xffffffff], { type: 1, component: -1 }],
] as const)('%s is decoded', (kind, length, value, trailer, expected) => {
  expect(readBtf(blobOf(kind, length, value, trailer)).type(1)).toMatchObject({ kind, name: 'name', ...expected });
});

describe('a damaged blob is refused with its place', () => {
  const good = buildAll().bytes;
  test.each([
    [
      'cut off in the header',
      good.subarray(0, 20),
      'the header (offset 0x0, 24 bytes) must lie within the BTF, which has 20 bytes',
    ],
    ['big-endian', patch(good, 0, 0x9feb, 2), 'the first two bytes must be 0xeb9f, little-endian; received 0x9feb'],
    ['of version 2', patch(good, 2, 2, 1), 'the version must be 1; received 2'],
    ['with a header that is too short', patch(good, 4, 8), 'the header must have at least 24 bytes; received 8'],
    [
      'with types behind its end',
      patch(good, 8, 0x10000),
      /the types \(offset 0x10018, \d+ bytes\) must lie within the BTF, which has \d+ bytes/,
    ],
    ['with strings behind its end', patch(good, 20, 0xffffffff), /the strings .* must lie within the BTF/],
    ['cut off in its strings', patch(good, 20, 6), 'must begin and end with a NUL'],
    [
      'with a kind from the future',
      patch(good, 24 + 4, 20 << 24),
      'type 1 (offset 0x18) must be of a kind from 1 to 19; received 20',
    ],
    [
      'with a type of 65,535 members',
      patch(good, 24 + 4, 0x0400ffff),
      /type 1 \(offset 0x18, 786432 bytes\) must end with the types, at 0x/,
    ],
  ])('%s', (_what, bytes, message) => {
    expect(() => readBtf(bytes)).toThrow(message);
  });

  test('with a name behind its end, once the type is asked for', () => {
    const btf = readBtf(patch(good, 24, 0xffffff));
    expect(() => btf.type(1)).toThrow(
      /readBtf: the name of type 1 \(offset 0x[0-9a-f]+, 1 bytes\) must lie within the BTF/,
    );
    expect(btf.type(2)).toMatchObject({ name: '__u64' });
    expect(btf.find('INT', 'int')).toBeUndefined();
  });
});
