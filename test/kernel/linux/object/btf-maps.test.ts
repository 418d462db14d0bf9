import { expect, test } from 'vitest';
import { BtfBuilder } from '../../../../src/kernel/linux/btf/btf-builder.js';
import { readBtf } from '../../../../src/kernel/linux/btf/read-btf.js';
import { readBtfMaps } from '../../../../src/kernel/linux/object/btf-maps.js';
import type { ElfFile } from '../../../../src/kernel/linux/object/elf.js';

/** A member of a map's struct: `__uint(name, number)`, or `__type(name, type)` with a size. */
type Member = readonly [name: string, value: number | { readonly typeOf: number }];

/** An object with nothing but the section `.maps`, and the map `m` in it. */
function readMap(members: readonly Member[]) {
  const btf = new BtfBuilder();
  const int = btf.int('int', 4);
  const described = members.map(([name, value], index) => {
    const type = typeof value === 'number' ? btf.array(int, int, value) : btf.struct(`of_${name}`, value.typeOf);
    return { name, type: btf.pointer(type), offsetBytes: index * 8 };
  });
  const struct = btf.struct('map', members.length * 8, described);
  const variable = btf.variable('m', struct, 'global');
  btf.dataSection('.maps', 32, [{ variable, offsetBytes: 0, sizeBytes: 32 }]);
  const contents = new Uint8Array(32);
  const common = { type: 1, executable: false, link: 0, info: 0, entryBytes: 0 };
  const elf: ElfFile = {
    sections: [{ ...common, index: 0, name: '.maps', sizeBytes: 32, contents }],
    symbols: [],
    relocationTables: new Map(),
  };
  return readBtfMaps(elf, readBtf(btf.build()))[0];
}

test('numbers and types of a map are read', () => {
  expect(
    readMap([
      ['type', 1],
      ['key', { typeOf: 6 }],
      ['value', { typeOf: 80 }],
      ['value_size', 80],
      ['max_entries', 1000],
      ['map_flags', 1],
      ['map_extra', 3],
    ]),
  ).toMatchObject({ type: 'hash', keySizeBytes: 6, valueSizeBytes: 80, maxEntries: 1000, flags: 1, extra: 3 });
});

test('a type that the contract does not have is kept as the kernel’s number', () => {
  expect(readMap([['type', 11]])).toMatchObject({ kernelType: 11, type: undefined });
});

test('a program array may say what it holds, as long as it holds nothing yet; other maps may not', () => {
  expect(
    readMap([
      ['type', 3],
      ['key_size', 4],
      ['values', 0],
    ]),
  ).toMatchObject({ type: 'prog_array', valueSizeBytes: 4 });
  expect(() =>
    readMap([
      ['type', 12],
      ['key_size', 4],
      ['values', 0],
    ]),
  ).toThrow('readObject: map "m": maps inside of maps are not supported');
});

test('the kernel is not told the types of a map that refuses them', () => {
  const members: readonly Member[] = [
    ['key', { typeOf: 4 }],
    ['value', { typeOf: 4 }],
  ];
  expect(readMap([['type', 1], ...members])).toMatchObject({
    keyTypeId: expect.any(Number),
    valueTypeId: expect.any(Number),
  });
  expect(readMap([['type', 14], ...members])).toMatchObject({
    type: 'devmap',
    keyTypeId: undefined,
    valueTypeId: undefined,
  });
});

test('every mistake of a map is reported at once', () => {
  expect(() =>
    readMap([
      ['key', { typeOf: 4 }],
      ['key_size', 8],
      ['pinning', 2],
    ]),
  ).toThrow(
    [
      'readObject: map "m": 3 mistakes:',
      '  - it must have a type, __uint(type, …)',
      '  - pinning must be LIBBPF_PIN_NONE (0) or LIBBPF_PIN_BY_NAME (1); received 2',
      '  - key_size must be the size of its key, 4; received 8',
    ].join('\n'),
  );
  expect(() =>
    readMap([
      ['type', 1],
      ['max_entires', 4],
    ]),
  ).toThrow('readObject: map "m": "max_entires" is no property of a map that is supported');
  expect(() =>
    readMap([
      ['type', 1],
      ['type', 1],
    ]),
  ).toThrow('readObject: map "m": "type" must be there once');
  expect(() => readMap([['type', { typeOf: 4 }]])).toThrow(
    'readObject: map "m": "type" must be a number, __uint(type, …); received STRUCT',
  );
});
