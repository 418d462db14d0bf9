import { expect, test } from 'vitest';
import { UnsupportedError } from '../../../../src/core/errors.js';
import { findProgram } from '../../../../src/kernel/linux/object/find-program.js';
import { readObject } from '../../../../src/kernel/linux/object/read-object.js';
import { readSectionName } from '../../../../src/kernel/linux/object/section-names.js';
import { readFixture } from '../support.js';

const read = (name: string) => readObject(readFixture(name));

test('an XDP program and its map are read', () => {
  const object = read('xdp-counter');
  expect(object.programs).toEqual([
    { name: 'drop', section: 'xdp', type: 'xdp', sleepable: false, multiBuffer: false, autoload: true },
  ]);
  expect(object.license).toBe('GPL');
  expect(object.maps).toEqual([
    {
      name: 'packets',
      origin: 'btf',
      kernelType: 2,
      type: 'array',
      keySizeBytes: 4,
      valueSizeBytes: 8,
      maxEntries: 4,
      flags: 0,
      extra: 0,
      keyTypeId: object.types?.find('TYPEDEF', '__u32'),
      valueTypeId: object.types?.find('TYPEDEF', '__u64'),
      pinnedByName: false,
      contents: undefined,
      frozen: false,
      sectionIndex: expect.any(Number),
      sectionOffset: 0,
    },
  ]);
});

test('a map may give types or sizes, flags, and a pin by name', () => {
  const object = read('tc-two-maps');
  expect(object.license).toBe('Dual MIT/GPL');
  expect(object.maps).toMatchObject([
    {
      name: 'flows',
      type: 'lru_hash',
      keySizeBytes: 8,
      valueSizeBytes: 8,
      maxEntries: 1024,
      flags: 0,
      pinnedByName: true,
    },
    {
      name: 'totals',
      type: 'percpu_array',
      keySizeBytes: 4,
      valueSizeBytes: 16,
      maxEntries: 2,
      flags: 8,
      pinnedByName: false,
    },
  ]);
  expect(object.maps[0]?.keyTypeId).toBe(object.types?.find('STRUCT', 'flow'));
  expect(object.maps[1]).toMatchObject({ keyTypeId: undefined, valueTypeId: undefined });
});

test('sections of variables are arrays of one value; what is read-only is to be frozen', () => {
  const object = read('globals');
  const maps = Object.fromEntries(object.maps.map((map) => [map.name, map]));
  expect(Object.keys(maps)).toEqual(['.rodata', '.data', '.rodata.str1.1', '.bss']);
  expect(maps['.rodata']).toMatchObject({
    origin: 'data',
    type: 'array',
    keySizeBytes: 4,
    maxEntries: 1,
    flags: 128,
    frozen: true,
  });
  expect(Buffer.from(maps['.rodata']?.contents ?? []).toString('hex')).toBe('07000000000000008877665544332211');
  expect(maps['.data']).toMatchObject({ flags: 0, frozen: false, contents: new Uint8Array([5, 0, 0, 0, 11, 0, 0, 0]) });
  expect(maps['.bss']).toMatchObject({ flags: 0, frozen: false, valueSizeBytes: 12, contents: undefined });
  expect(maps['.bss']?.valueTypeId).toBe(object.types?.find('DATASEC', '.bss'));
  expect(Buffer.from(maps['.rodata.str1.1']?.contents ?? []).toString()).toContain('a string of its own');
});

test('the BTF has the sizes and places that clang leaves to the loader, and the file is as it was', () => {
  const bytes = readFixture('globals');
  const before = Buffer.from(bytes).toString('hex');
  const { types } = readObject(bytes);
  if (types === undefined) throw new Error('no BTF');
  const variablesOf = (section: string) => {
    const type = types.type(types.find('DATASEC', section) ?? 0);
    if (type.kind !== 'DATASEC') throw new Error('no DATASEC');
    const variables = type.variables.map((each) => [types.type(each.type).name, each.offsetBytes, each.sizeBytes]);
    return [type.sizeBytes, variables];
  };
  expect(variablesOf('.bss')).toEqual([
    12,
    [
      ['total', 0, 8],
      ['last', 8, 4],
    ],
  ]);
  expect(variablesOf('.data')).toEqual([
    8,
    [
      ['seen', 0, 4],
      ['hidden', 4, 4],
    ],
  ]);
  expect(variablesOf('.rodata')).toEqual([
    16,
    [
      ['limit', 0, 4],
      ['mask', 8, 8],
    ],
  ]);
  expect(Buffer.from(bytes).toString('hex')).toBe(before);
});

test('functions keep their linkage in the BTF, but for hidden ones, which are static for the kernel', () => {
  const { types } = read('subprograms');
  const linkageOf = (name: string) => types?.type(types.find('FUNC', name) ?? 0);
  expect(linkageOf('add_four')).toMatchObject({ linkage: 'global' });
  expect(linkageOf('add_two')).toMatchObject({ linkage: 'static' });
  expect(linkageOf('add_none')).toMatchObject({ linkage: 'static' });
});

test('programs are the global functions outside of .text, several of them to a section', () => {
  expect(read('subprograms').programs.map(({ name, section }) => `${section} ${name}`)).toEqual([
    'tc first',
    'tc second',
    'tc third',
    'xdp fourth',
  ]);
  expect(read('same-section').programs.map(({ name }) => name)).toEqual(['one', 'two', 'three']);
});

test('maps as structs in the section maps are read, without any BTF', () => {
  const object = read('legacy-maps');
  expect(object.btf).toBeUndefined();
  expect(object.maps).toMatchObject([
    { name: 'first_map', origin: 'legacy', type: 'hash', keySizeBytes: 8, valueSizeBytes: 4, maxEntries: 16, flags: 1 },
    {
      name: 'second_map',
      origin: 'legacy',
      type: 'array',
      keySizeBytes: 4,
      valueSizeBytes: 8,
      maxEntries: 2,
      flags: 0,
    },
  ]);
});

test('sections say what a program is and what it is meant for', () => {
  const programs = read('tracing').programs.map(({ name, section: _section, ...meaning }) => [name, meaning]);
  const plain = { sleepable: false, multiBuffer: false, autoload: true };
  expect(programs).toEqual([
    ['on_switch', { ...plain, type: 'tracepoint', attachTo: 'sched:sched_switch' }],
    ['on_kill', { ...plain, type: 'tracepoint', attachTo: 'syscalls:sys_enter_kill' }],
    ['on_unlink', { ...plain, type: 'kprobe', attachTo: 'do_unlinkat' }],
    ['on_main', { ...plain, sleepable: true, type: 'uretprobe', attachTo: '/usr/bin/true:main+4' }],
    ['on_read', { ...plain, type: 'fentry', attachTo: 'vfs_read' }],
    ['on_written', { ...plain, sleepable: true, autoload: false, type: 'fexit', attachTo: 'vfs_write' }],
    ['on_open', { ...plain, type: 'lsm', attachTo: 'file_open' }],
    ['on_egress', { ...plain, type: 'tcx', direction: 'egress' }],
    ['on_redirect', { ...plain, multiBuffer: true, type: 'xdp', xdpTarget: 'devmap' }],
    ['on_cgroup', plain],
  ]);
});

test.each([
  ['xdp/anything', { type: 'xdp' }],
  ['xdp_cpumap/name', { type: 'xdp', xdpTarget: 'cpumap' }],
  ['tc/ingress', { type: 'tc', direction: 'ingress' }],
  ['classifier', { type: 'tc' }],
  ['freplace/slot', { type: 'extension', attachTo: 'slot' }],
  ['uprobe//bin/sh:main', { type: 'uprobe', attachTo: '/bin/sh:main' }],
  ['kprobe.multi/vfs_*', {}],
  ['lsm_cgroup/socket_bind', {}],
  ['constructor', {}],
  ['', {}],
])('section %j means %j', (section, meaning) => {
  expect(readSectionName(section)).toEqual({ sleepable: false, multiBuffer: false, autoload: true, ...meaning });
});

test('a program is chosen by its section, and by its name where a section has several', () => {
  const one = read('xdp-counter');
  expect(findProgram(one, {}).name).toBe('drop');
  expect(findProgram(one, { section: 'xdp', name: 'whatever' }).name).toBe('drop');
  const several = read('subprograms');
  expect(findProgram(several, { section: 'xdp' }).name).toBe('fourth');
  expect(findProgram(several, { section: 'tc', name: 'second' }).name).toBe('second');
  expect(findProgram(read('tracing'), { section: 'fexit.s/vfs_write' }).name).toBe('on_written');
  expect(() => findProgram(several, { section: 'tc', name: 'secnd' })).toThrow(
    'findProgram: section "tc" has 3 programs, so the name must be one of "first", "second", "third"; received "secnd". ' +
      'Did you mean "second"?',
  );
  expect(() => findProgram(one, { section: 'tc' })).toThrow(
    'findProgram: the object must have a program in section "tc": expected one of "xdp"',
  );
});

test('what is not supported is said so: values of maps, the kernel’s variables, the other byte order', () => {
  expect(() => read('inner-maps')).toThrow(
    /^readObject: section \d+ "\.maps" must not hold initial values: inner maps and programs in maps are not supported$/,
  );
  expect(() => read('extern')).toThrow(UnsupportedError);
  expect(() => read('extern')).toThrow(/the object refers to "bpf_prog_active", "LINUX_KERNEL_VERSION" of the kernel/);
  expect(() => read('big-endian')).toThrow(
    'readElf: the byte order (offset 0x5) must be 1 (little-endian; clang -target bpfel); received 2',
  );
});
