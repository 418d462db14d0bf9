import { expect, test } from 'vitest';
import { UnsupportedError } from '../../../../src/core/errors.js';
import { linkProgram } from '../../../../src/kernel/linux/object/link-program.js';
import type { ObjectFile } from '../../../../src/kernel/linux/object/object-file.js';
import { readObject } from '../../../../src/kernel/linux/object/read-object.js';
import { decode, readFixture, toWords } from '../support.js';

const read = (name: string) => readObject(readFixture(name));

/** Links with file descriptors from 100 on, in the order of the object's maps. */
function link(object: ObjectFile, program: string) {
  return linkProgram(object, program, { mapFd: (map) => 100 + object.maps.indexOf(map) });
}

/** Where the functions of a linked program begin, by the records for the kernel. */
function startsOf(object: ObjectFile, info: Uint8Array | undefined): readonly (readonly [string, number])[] {
  return toWords(info, 2).map(([slot = 0, typeId = 0]) => [object.types?.type(typeId).name ?? '', slot]);
}

/** The 64-bit loads that refer to something: source register, and both halves. */
function loadsOf(instructions: Uint8Array) {
  const slots = decode(instructions);
  return slots.flatMap(({ opcode, source, immediate }, at) =>
    opcode === 0x18 && source !== 0 ? [[source, immediate, slots[at + 1]?.immediate]] : [],
  );
}

/** The functions that each call of a program leads to, by the places of all functions. */
function callsOf(object: ObjectFile, linked: ReturnType<typeof link>) {
  const starts = new Map(startsOf(object, linked.functionInfo).map(([name, slot]) => [slot, name]));
  return decode(linked.instructions).flatMap(({ opcode, source, immediate }, slot) =>
    opcode === 0x85 && source === 1 ? [starts.get(slot + 1 + immediate)] : [],
  );
}

test('a map’s file descriptor is put into the load that refers to it', () => {
  const object = read('xdp-counter');
  const linked = link(object, 'drop');
  expect(loadsOf(linked.instructions)).toEqual([[1, 100, 0]]);
  expect(linked.maps.map(({ name }) => name)).toEqual(['packets']);
  expect(linked.functions).toEqual(['drop']);
});

test('the file descriptor of each map is asked for once, and of none that is not used', () => {
  const object = read('subprograms');
  const asked: string[] = [];
  const mapFd = ({ name }: { readonly name: string }) => asked.push(name) + 10;
  linkProgram(object, 'first', { mapFd });
  expect(asked).toEqual(['state']);
  linkProgram(object, 'fourth', { mapFd });
  expect(asked).toEqual(['state']);
});

test('variables are reached through the map of their section, by their place in it', () => {
  const object = read('globals');
  const { instructions, maps } = link(object, 'remember');
  const names = object.maps.map(({ name }) => name);
  const places = loadsOf(instructions).map(([source, fd = 0, offset]) => `${source} ${names[fd - 100]}+${offset}`);
  expect([...new Set(places)].sort()).toEqual([
    '2 .bss+0',
    '2 .bss+8',
    '2 .data+0',
    '2 .data+4',
    '2 .rodata+0',
    '2 .rodata+8',
  ]);
  expect(maps.map(({ name }) => name).sort()).toEqual(['.bss', '.data', '.rodata']);
});

test('legacy maps are linked without BTF, and then there are no records', () => {
  const linked = link(read('legacy-maps'), 'classify');
  expect(loadsOf(linked.instructions)).toEqual([
    [1, 100, 0],
    [1, 101, 0],
  ]);
  expect(linked).toMatchObject({ functionInfo: undefined, lineInfo: undefined });
});

test('called functions follow the program, each once, and calls lead to them', () => {
  const object = read('subprograms');
  const linked = link(object, 'first');
  expect(linked.functions).toEqual(['first', 'add_four', 'add_none', 'add_two', 'add_one']);
  expect(callsOf(object, linked)).toEqual([
    'add_four', // first
    'add_none',
    'add_two', // add_four
    'add_two',
    'add_one', // add_two
    'add_one',
  ]);
  const sizes = linked.functions.map(
    (name) => (object.functions.find((each) => each.name === name)?.instructions.length ?? 0) / 8,
  );
  expect(startsOf(object, linked.functionInfo)).toEqual(
    linked.functions.map((name, index) => [name, sizes.slice(0, index).reduce((sum, size) => sum + size, 0)]),
  );
  expect(linked.instructions.length / 8).toBe(sizes.reduce((sum, size) => sum + size, 0));
});

test('a callback’s address is the way to it, and a program can call another one', () => {
  const object = read('subprograms');
  const linked = link(object, 'third');
  expect(linked.functions).toEqual(['third', 'step', 'second', 'add_two', 'add_one']);
  const slots = decode(linked.instructions);
  const at = slots.findIndex(({ opcode, source }) => opcode === 0x18 && source === 4);
  expect(slots[at + 1]?.immediate).toBe(0);
  const start = at + 1 + (slots[at]?.immediate ?? 0);
  expect(startsOf(object, linked.functionInfo)).toContainEqual(['step', start]);
});

test('calls beside a program, which need no relocation, are led anew when functions move', () => {
  const object = read('same-section');
  const one = link(object, 'one');
  expect(one.functions).toEqual(['one', 'choose']);
  expect(callsOf(object, one)).toEqual(['choose']);
  const three = link(object, 'three');
  expect(three.functions).toEqual(['three', 'choose']);
  expect(callsOf(object, three)).toEqual(['choose', 'choose']);
  expect(link(object, 'two').instructions).toHaveLength(16);
});

test('every function has a line for its first instruction, and lines rise with the instructions', () => {
  const object = read('subprograms');
  const linked = link(object, 'first');
  const lines = toWords(linked.lineInfo, 4);
  const slots = lines.map(([slot = 0]) => slot);
  expect(slots).toEqual(slots.toSorted((a, b) => a - b));
  expect(slots).toEqual(expect.arrayContaining(startsOf(object, linked.functionInfo).map(([, slot]) => slot)));
  expect(Math.max(...slots)).toBeLessThan(linked.instructions.length / 8);
  const [, fileName = 0, text = 0, place = 0] = lines[0] ?? [];
  expect(object.types?.string(fileName)).toMatch(/subprograms\.c$/);
  expect(object.types?.string(text)).toBe('  return add_four(skb, 100) + add_none(1);');
  expect(place >>> 10).toBeGreaterThan(40);
});

test('a file can be linked again and again: linking changes nothing of it', () => {
  const object = read('subprograms');
  const before = link(object, 'third');
  link(object, 'first');
  expect(link(object, 'third')).toEqual(before);
});

test('a program that needs CO-RE is refused by what it reads; its neighbour is linked', () => {
  const object = read('core');
  expect(() => link(object, 'relocated')).toThrow(UnsupportedError);
  expect(() => link(object, 'relocated')).toThrow(
    'CO-RE is not available: program "relocated" depends on how the running kernel lays out its types: ' +
      'task_struct.inner[2].depth. To mend it: compile it without __attribute__((preserve_access_index)), ' +
      'against the headers of the kernel it is to run on',
  );
  expect(link(object, 'plain').instructions).toHaveLength(16);
});

test('a program that is not there is a mistake of the caller', () => {
  expect(() => link(read('same-section'), 'tree')).toThrow(
    'linkProgram: the program must be one of "one", "two", "three"; received "tree". Did you mean "three"?',
  );
});
