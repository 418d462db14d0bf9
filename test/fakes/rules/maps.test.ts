import { describe, expect, test } from 'vitest';
import type { MapSpec, ProgramType } from '../../../src/kernel/objects.js';
import { codeOf } from '../code-of.js';
import { BPFFS, HASH, hasProgram, load, newKernel, newRuleKernel, u32 } from './support.js';

const ARRAY: MapSpec = { ...HASH, type: 'array' };

// kernel/bpf/syscall.c:map_create and the maps' alloc_check
describe('maps', () => {
  test.each<[string, Partial<MapSpec>]>([
    ['no entries', { maxEntries: 0 }],
    ['a hash with keys of no bytes', { keySizeBytes: 0 }],
    ['an array with keys of eight bytes', { type: 'array', keySizeBytes: 8 }],
    ['unknown flags', { flags: 2 ** 30 }],
    ['a name with another character', { name: 'a-b' }],
    ['a name of sixteen characters', { name: 'sixteen_letters_' }],
    ['a ring buffer with keys', { type: 'ringbuf', valueSizeBytes: 0, maxEntries: 4096 }],
    ['a ring buffer of half a page', { type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 2048 }],
    ['a ring buffer of no power of two', { type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 5000 }],
    ['a prog_array with values of eight bytes', { type: 'prog_array', valueSizeBytes: 8 }],
    ['a devmap with values of six bytes', { type: 'devmap', valueSizeBytes: 6 }],
  ])('%s is EINVAL', async (_, rest) => {
    expect(await codeOf(newKernel().createMap({ ...HASH, ...rest }))).toBe('EINVAL');
  });

  test('a map takes CAP_BPF, a devmap CAP_NET_ADMIN too, a cpumap not', async () => {
    const { process } = newRuleKernel();
    expect(await codeOf(process({ capabilities: [] }).createMap(HASH))).toBe('EPERM');
    const bpfOnly = process({ capabilities: ['CAP_BPF'] });
    expect(await codeOf(bpfOnly.createMap(HASH))).toBe('ok');
    expect(await codeOf(bpfOnly.createMap({ ...HASH, type: 'devmap' }))).toBe('EPERM');
    expect(await codeOf(bpfOnly.createMap({ ...HASH, type: 'cpumap' }))).toBe('ok');
  });

  // kernel/bpf/hashtab.c:htab_map_update_elem, check_flags before the place is taken
  test('a hash: what is not there is ENOENT, what may not be there EEXIST, and one too many E2BIG', async () => {
    const map = await newKernel().createMap(HASH);
    expect(await codeOf(map.lookup(u32(1)))).toBe('ENOENT');
    expect(await codeOf(map.delete(u32(1)))).toBe('ENOENT');
    expect(await codeOf(map.update(u32(1), u32(7), 'exist'))).toBe('ENOENT');
    await map.update(u32(1), u32(7), 'noexist');
    expect(await codeOf(map.update(u32(1), u32(7), 'noexist'))).toBe('EEXIST');
    await map.update(u32(2), u32(7));
    expect(await codeOf(map.update(u32(3), u32(7)))).toBe('E2BIG');
    expect(await codeOf(map.update(u32(3), u32(7), 'exist'))).toBe('ENOENT');
    await map.update(u32(2), u32(9));
    expect(await map.lookup(u32(2))).toEqual(u32(9));
  });

  // kernel/bpf/arraymap.c:array_map_update_elem
  test('an array: every element is there from the start, none beyond the end, and none can be deleted', async () => {
    const map = await newKernel().createMap(ARRAY);
    expect(await map.lookup(u32(1))).toEqual(u32(0));
    expect(await codeOf(map.lookup(u32(2)))).toBe('ENOENT');
    expect(await codeOf(map.update(u32(0), u32(1), 'noexist'))).toBe('EEXIST');
    expect(await codeOf(map.update(u32(0), u32(1), 'exist'))).toBe('ok');
    expect(await codeOf(map.update(u32(2), u32(1)))).toBe('E2BIG');
    expect(await codeOf(map.update(u32(2), u32(1), 'noexist'))).toBe('E2BIG');
    expect(await codeOf(map.delete(u32(0)))).toBe('EINVAL');
    expect(await codeOf(map.delete(u32(9)))).toBe('EINVAL');
  });
});

// kernel/bpf/arraymap.c: bpf_fd_array_map_update_elem, prog_fd_array_get_ptr; kernel/bpf/core.c:bpf_prog_map_compatible
describe('a prog_array', () => {
  const PROGRAMS: MapSpec = { ...HASH, type: 'prog_array' };

  test('takes any mode only, programs of one type only, and has no slot beyond its end', async () => {
    const kernel = newKernel();
    const [map, xdp, tc] = [await kernel.createMap(PROGRAMS), await load(kernel, 'xdp'), await load(kernel, 'tc')];
    expect(await codeOf(map.lookup(u32(0)))).toBe('ENOENT');
    expect(await codeOf(map.delete(u32(0)))).toBe('ENOENT');
    expect(await codeOf(map.delete(u32(9)))).toBe('E2BIG');
    expect(await codeOf(map.update(u32(0), u32(xdp.id), 'noexist'))).toBe('EINVAL');
    expect(await codeOf(map.update(u32(9), u32(xdp.id)))).toBe('E2BIG');
    expect(await codeOf(map.update(u32(0), u32(xdp.id)))).toBe('ok');
    expect(await codeOf(map.update(u32(1), u32(tc.id)))).toBe('EINVAL');
    await map.delete(u32(0));
    expect(await codeOf(map.update(u32(1), u32(tc.id)))).toBe('EINVAL');
  });

  test('holds its programs until they are deleted from it, or it goes', async () => {
    const kernel = newKernel();
    const [map, one, two] = [await kernel.createMap(PROGRAMS), await load(kernel, 'xdp'), await load(kernel, 'xdp')];
    await map.update(u32(0), u32(one.id));
    await map.update(u32(1), u32(two.id));
    await one.close();
    await two.close();
    expect(await hasProgram(kernel, one.id)).toBe(true);
    await map.delete(u32(0));
    expect([await hasProgram(kernel, one.id), await hasProgram(kernel, two.id)]).toEqual([false, true]);
    await map.close();
    expect(await hasProgram(kernel, two.id)).toBe(false);
  });
});

// kernel/bpf/core.c:bpf_prog_map_compatible, which knows fewer types than the contract
test.each<[ProgramType, ProgramType, string]>([
  ['tc', 'tcx', 'ok'],
  ['uprobe', 'kretprobe', 'ok'],
  ['tc', 'xdp', 'EINVAL'],
])('a prog_array that has a %s program in it: a %s program is %s', async (first, second, expected) => {
  const kernel = newKernel();
  const map = await kernel.createMap({ ...HASH, type: 'prog_array' });
  await map.update(u32(0), u32((await load(kernel, first)).id));
  expect(await codeOf(map.update(u32(1), u32((await load(kernel, second)).id)))).toBe(expected);
});

// tools/lib/bpf/libbpf.c:bpf_object__reuse_map, map_is_reuse_compat
describe('a map that is pinned by its path', () => {
  const pinnedAt = `${BPFFS}/counts`;

  test('is created and pinned at first, and used again after', async () => {
    const kernel = newKernel();
    const made = await kernel.createMap(HASH, { pinnedAt });
    await made.update(u32(1), u32(7));
    const again = await kernel.createMap({ ...HASH, name: 'other_name' }, { pinnedAt });
    expect([again.id, again.name, await again.lookup(u32(1))]).toEqual([made.id, 'counts', u32(7)]);
    expect(await kernel.pins()).toEqual([{ path: pinnedAt, kind: 'map', id: made.id }]);
    expect(await kernel.maps()).toHaveLength(1);
  });

  test.each<[string, Partial<MapSpec>]>([
    ['type', { type: 'lru_hash' }],
    ['size of a key', { keySizeBytes: 8 }],
    ['size of a value', { valueSizeBytes: 8 }],
    ['number of entries', { maxEntries: 3 }],
    ['flags', { flags: 1 }],
  ])('is EINVAL where it has another %s, and nothing has changed', async (_, rest) => {
    const kernel = newKernel();
    await (await kernel.createMap(HASH, { pinnedAt })).close();
    expect(await codeOf(kernel.createMap({ ...HASH, ...rest }, { pinnedAt }))).toBe('EINVAL');
    await kernel.unpin(pinnedAt);
    expect(await kernel.maps()).toEqual([]);
  });

  test('is EINVAL where a program is pinned, EACCES where a directory is', async () => {
    const kernel = newKernel();
    await kernel.pin(await load(kernel, 'xdp'), `${BPFFS}/program`);
    await kernel.bpffs.mkdir(`${BPFFS}/directory`);
    expect(await codeOf(kernel.createMap(HASH, { pinnedAt: `${BPFFS}/program` }))).toBe('EINVAL');
    expect(await codeOf(kernel.createMap(HASH, { pinnedAt: `${BPFFS}/directory` }))).toBe('EACCES');
  });

  test.each([
    ['no parent', `${BPFFS}/none/counts`, 'ENOENT'],
    ['a dot in its name', `${BPFFS}/a.b`, 'EPERM'],
    ['no bpffs', '/tmp/counts', 'EPERM'],
  ])('is not left over without its pin: %s, %s is %s', async (_, path, expected) => {
    const kernel = newKernel();
    expect(await codeOf(kernel.createMap(HASH, { pinnedAt: path }))).toBe(expected);
    expect(await kernel.maps()).toEqual([]);
  });
});
