import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isGloveboxError } from '../../../../src/core/errors.js';
import { readBtf } from '../../../../src/kernel/linux/btf/read-btf.js';
import { linkProgram } from '../../../../src/kernel/linux/object/link-program.js';
import { readElf } from '../../../../src/kernel/linux/object/read-elf.js';
import { readObject } from '../../../../src/kernel/linux/object/read-object.js';
import { FIXTURES, patch, readFixture, sectionHeader, sectionOffset } from '../support.js';

/** Runs something that may refuse its input in glovebox's own words; any other error is a finding. */
function mayRefuse<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (isGloveboxError(error)) return undefined;
    throw error;
  }
}

/** Everything that a driver does with an object, up to the system calls. */
function readAndLink(bytes: Uint8Array): void {
  const object = mayRefuse(() => readObject(bytes));
  if (object === undefined) return;
  for (const { name } of object.programs) {
    const linked = mayRefuse(() => linkProgram(object, name, { mapFd: () => 3 }));
    expect(linked?.instructions.length ?? 0).toBeLessThanOrEqual(bytes.length);
  }
  for (const { contents } of object.maps) expect(contents?.length ?? 0).toBeLessThanOrEqual(bytes.length);
}

const objects = FIXTURES.map(readFixture);
const files = fc.constantFrom(...objects);

/** A place in a file, likelier where the headers are: a mistake there leads furthest. */
const places = fc.oneof(fc.nat(63), fc.integer({ min: -1024, max: -1 }), fc.nat());
const numbers = fc.oneof(
  fc.constantFrom(0, 1, 7, 8, 24, 64, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff),
  fc.nat(0xffffffff),
);
const edits = fc.array(fc.record({ place: places, value: numbers, size: fc.constantFrom(1, 2, 4) }), {
  minLength: 1,
  maxLength: 8,
});

test('a file with numbers written over is read, or refused in words', () => {
  fc.assert(
    fc.property(files, edits, (file, list) => {
      const bytes = list.reduce((before: Uint8Array, { place, value, size }) => {
        const at = ((place % before.length) + before.length) % before.length;
        const room = Math.min(size, before.length - at);
        return patch(before, at, value, room === 4 ? 4 : room >= 2 ? 2 : 1);
      }, file);
      readAndLink(bytes);
    }),
    { numRuns: 2000 },
  );
});

test('a file that is cut off, or has a hole, is read or refused in words', () => {
  fc.assert(
    fc.property(files, fc.nat(), fc.nat(64), (file, place, hole) => {
      const at = place % file.length;
      readAndLink(file.subarray(0, at));
      readAndLink(Buffer.concat([file.subarray(0, at), file.subarray(at + hole)]));
    }),
    { numRuns: 2000 },
  );
});

test('random bytes are refused in words, with and without the right beginning', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 512 }), (bytes) => {
      expect(() => readElf(bytes)).toThrow(/^readElf: /);
      readAndLink(Buffer.concat([objects[0]?.subarray(0, 64) ?? bytes, bytes]));
    }),
    { numRuns: 2000 },
  );
});

test('BTF with numbers written over is read, or refused in words, type by type', () => {
  const blobs = FIXTURES.flatMap((name) => mayRefuse(() => readObject(readFixture(name)).btf) ?? []);
  fc.assert(
    fc.property(fc.constantFrom(...blobs), edits, (blob, list) => {
      const bytes = list.reduce(
        (before: Uint8Array, { place, value }) => patch(before, Math.abs(place) % (before.length - 4), value),
        blob,
      );
      const btf = mayRefuse(() => readBtf(bytes));
      for (let id = 0; id <= (btf?.typeCount ?? -1); id += 1) {
        mayRefuse(() => btf?.type(id));
        mayRefuse(() => btf?.sizeOf(id));
      }
      btf?.find('FUNC', 'drop');
    }),
    { numRuns: 2000 },
  );
});

describe('a damaged object is refused with its place', () => {
  const good = readFixture('xdp-counter');
  /** The file with a number of a section's header replaced. */
  const withHeader = (name: string, field: number, value: number, size: 4 | 8 = 4) => {
    const section = readElf(good).sections.find((each) => each.name === name);
    return patch(good, sectionHeader(good, section?.index ?? 0) + field, value, size);
  };
  const section = (name: string) => readElf(good).sections.find((each) => each.name === name);
  const index = (name: string) => `section ${section(name)?.index} "${name}"`;

  test.each([
    [
      'empty',
      new Uint8Array(0),
      'readElf: the file must begin with an ELF header of 64 bytes, 7f 45 4c 46; received 0 bytes',
    ],
    ['a script', new TextEncoder().encode(`#!/bin/sh\n${' '.repeat(80)}`), 'received 90 bytes, 23 21 2f 62'],
    ['of 32 bits', patch(good, 4, 1, 1), 'readElf: the class (offset 0x4) must be 2 (64 bits); received 1'],
    [
      'a program of the host',
      patch(good, 18, 62, 2),
      'readElf: the machine (offset 0x12) must be 247 (eBPF; clang -target bpf); received 62',
    ],
    [
      'linked already',
      patch(good, 16, 3, 2),
      'readElf: the type (offset 0x10) must be 1 (relocatable; clang -c); received 3',
    ],
    ['without sections', patch(good, 60, 0, 2), 'readElf: the file must have sections; received 0'],
    [
      'with 65,535 sections',
      patch(good, 60, 65535, 2),
      /the 65535 section headers \(offset 0x[0-9a-f]+, 4194240 bytes\) must lie within the file/,
    ],
    [
      'with headers beyond 2^53',
      patch(patch(good, 40, 0xffffffff), 44, 0xffffffff),
      'the offset of the section headers (at offset 0x28) must be below 2^53; received 18446744073709551615',
    ],
    [
      'with a section that is too long',
      withHeader('xdp', 32, 1 << 30, 8),
      /section \d+ \(offset 0x40, 1073741824 bytes\) must lie within the file, which has \d+ bytes/,
    ],
    [
      'with two sections in one place',
      withHeader('license', 24, 64, 8),
      `${index('license')} (offset 0x40) must begin after the end of ${index('xdp')}, at 0xa0`,
    ],
    [
      'with symbols of 25 bytes',
      withHeader('.symtab', 56, 25, 8),
      /\.symtab" must consist of entries of 24 bytes; received \d+ bytes in entries of 25/,
    ],
    [
      'with symbols without names',
      withHeader('.symtab', 40, 0),
      `${index('.symtab')} must be linked to a string table; received 0`,
    ],
    [
      'with relocations without symbols',
      withHeader('.relxdp', 40, 1),
      `${index('.relxdp')} must be linked to the symbol table; received 1`,
    ],
    [
      'with relocations that have addends',
      withHeader('.relxdp', 4, 4),
      `${index('.relxdp')} must hold relocations without addends (SHT_REL)`,
    ],
  ])('%s', (_what, bytes, message) => {
    expect(() => readObject(bytes)).toThrow(message);
  });

  test.each([
    ['of the other byte order', 0, 0x9feb, 'readObject: section ".BTF.ext" must begin with 0xeb9f; received 0x9feb'],
    ['with a short header', 4, 16, 'readObject: the header of ".BTF.ext" must have at least 24 bytes; received 16'],
    [
      'with a part behind its end',
      12,
      0x10000,
      /a part of ".BTF.ext" \(offset 0x20, 65536 bytes\) must lie within the section/,
    ],
    ['with records of 4 bytes', 32, 4, 'the records at 0x20 of ".BTF.ext" must have 8 to 1024 bytes; received 4'],
    [
      'with a million records',
      40,
      1_000_000,
      '1000000 records at 0x2c of ".BTF.ext" must end with their part, at 0x34',
    ],
    ['with a function that is none', 48, 1, 'readObject: function "drop" must have a FUNC in the BTF; received type 1'],
  ])('with records %s', (_what, field, value, message) => {
    const at = sectionOffset(good, section('.BTF.ext')?.index ?? 0) + field;
    expect(() => readObject(patch(good, at, value, field === 0 ? 2 : 4))).toThrow(message);
  });

  test('with ten thousand symbols that share a long name', () => {
    const number = section('.symtab')?.index ?? 0;
    const table = sectionOffset(good, number);
    const symbol = good.subarray(table + 24, table + 48);
    const count = 10_000;
    const many = Buffer.concat([good, ...Array.from({ length: count }, () => symbol)]);
    const moved = patch(
      patch(many, sectionHeader(many, number) + 24, good.length, 8),
      sectionHeader(many, number) + 32,
      count * 24,
      8,
    );
    const named = Array.from({ length: count }, (_, index) => good.length + index * 24).reduce((bytes, at) => {
      bytes[at] = 1;
      return bytes;
    }, moved);
    expect(() => readElf(named)).toThrow(/the names of symbols must be at most 16 times as long as their table$/);
  });

  test('with half an instruction', () => {
    const { symbols } = readElf(good);
    const number = symbols.findIndex(({ name }) => name === 'drop');
    const sizeField = sectionOffset(good, section('.symtab')?.index ?? 0) + number * 24 + 16;
    expect(() => readObject(patch(good, sizeField, 20))).toThrow(
      `readObject: function "drop" of ${index('xdp')} (offset 0x0, 20 bytes) must consist of instructions of 8 bytes`,
    );
    expect(() => readObject(patch(good, sizeField, 8000))).toThrow(/must lie within its section, which has \d+ bytes/);
  });

  test('with a relocation of what refers to nothing', () => {
    const object = readObject(good);
    const [relocation] = object.functions[0]?.relocations ?? [];
    expect(relocation).toBeDefined();
    const code = new Uint8Array(object.functions[0]?.instructions ?? []);
    code[relocation?.offset ?? 0] = 0xb7;
    const damaged = { ...object, functions: object.functions.map((each) => ({ ...each, instructions: code })) };
    expect(() => linkProgram(damaged, 'drop', { mapFd: () => 3 })).toThrow(
      /^linkProgram: function "drop", instruction at offset 0x[0-9a-f]+ of section "xdp": refers to "packets" at 0x0 of section \d+ "\.maps": only a call and a 64-bit load can refer to a symbol$/,
    );
  });
});

test('a section of zeros may be as large as it says without costing memory', () => {
  const good = readFixture('globals');
  const bss = readElf(good).sections.find(({ name }) => name === '.bss');
  const large = patch(good, sectionHeader(good, bss?.index ?? 0) + 32, 2 ** 30, 8);
  expect(readObject(large).maps.find(({ name }) => name === '.bss')).toMatchObject({
    valueSizeBytes: 2 ** 30,
    contents: undefined,
  });
  const absurd = patch(good, sectionHeader(good, bss?.index ?? 0) + 32, 2 ** 40, 8);
  expect(() => readObject(absurd)).toThrow(/"\.bss" must have at most 2147483647 bytes; received 1099511627776/);
});
