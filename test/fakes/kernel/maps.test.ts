import { expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import type { MapSpec } from '../../../src/kernel/objects.js';
import { ETH0, HASH, loadOne, u32 } from './support.js';

const create = (spec: Partial<MapSpec>, kernel = new FakeKernel()) => kernel.createMap({ ...HASH, ...spec });

test.each<[string, Partial<MapSpec>, string]>([
  ['a hash without elements', { maxEntries: 0 }, 'EINVAL'],
  ['a hash without a key', { keySizeBytes: 0 }, 'EINVAL'],
  ['an array with a key of 3 bytes', { type: 'array', keySizeBytes: 3 }, 'EINVAL'],
  ['an array that is not preallocated', { type: 'array', flags: 1 }, 'EINVAL'],
  ['an LRU hash that is not preallocated', { type: 'lru_hash', flags: 1 }, 'ENOTSUPP'],
  ['a prog_array with values of 8 bytes', { type: 'prog_array', valueSizeBytes: 8 }, 'EINVAL'],
  ['a devmap with values of 5 bytes', { type: 'devmap', valueSizeBytes: 5 }, 'EINVAL'],
  ['a devmap with values of 8 bytes', { type: 'devmap', valueSizeBytes: 8 }, 'ok'],
  ['a cpumap with more slots than CPUs', { type: 'cpumap', maxEntries: 100_000 }, 'E2BIG'],
  ['a value of 40000 bytes for each CPU', { type: 'percpu_array', valueSizeBytes: 40_000 }, 'E2BIG'],
  ['a ring buffer with keys', { type: 'ringbuf', valueSizeBytes: 0, maxEntries: 4096 }, 'EINVAL'],
  ['a ring buffer of 5000 bytes', { type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 5000 }, 'EINVAL'],
  ['a ring buffer of a page', { type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 }, 'ok'],
  ['read-only and write-only at once', { flags: 24 }, 'EINVAL'],
  ['a name of 16 characters', { name: 'abcdefghijklmnop' }, 'EINVAL'],
])('%s', async (_, spec, expected) => {
  expect(await codeOf(create(spec))).toBe(expected);
});

test('a hash finds, replaces, deletes, and is full at its maxEntries', async () => {
  const map = await create({});
  expect(await codeOf(map.lookup(u32(1)))).toBe('ENOENT');
  expect(await codeOf(map.update(u32(1), u32(10), 'exist'))).toBe('ENOENT');
  await map.update(u32(1), u32(10), 'noexist');
  expect(await codeOf(map.update(u32(1), u32(11), 'noexist'))).toBe('EEXIST');
  await map.update(u32(2), u32(20));
  expect(await codeOf(map.update(u32(3), u32(30)))).toBe('E2BIG');
  expect(await codeOf(map.update(u32(3), u32(30), 'exist'))).toBe('ENOENT');
  await map.update(u32(1), u32(11), 'exist');
  expect(await map.entries()).toEqual([
    [u32(1), u32(11)],
    [u32(2), u32(20)],
  ]);
  await map.delete(u32(1));
  expect(await codeOf(map.delete(u32(1)))).toBe('ENOENT');
});

test('keys and values of a wrong size are EINVAL, what is no bytes at all a usage error', async () => {
  const map = await create({});
  expect(await codeOf(map.update(new Uint8Array(3), u32(1)))).toBe('EINVAL');
  expect(await codeOf(map.update(u32(1), new Uint8Array(8)))).toBe('EINVAL');
  await expect(Reflect.apply(map.lookup, map, ['1'])).rejects.toThrow('key must be a Uint8Array, not "1"');
});

test('an LRU hash drops what was written longest ago', async () => {
  const map = await create({ type: 'lru_hash' });
  await map.update(u32(1), u32(1));
  await map.update(u32(2), u32(2));
  await map.update(u32(1), u32(3));
  await map.update(u32(4), u32(4));
  expect((await map.entries()).map(([key]) => key[0])).toEqual([1, 4]);
});

test('an array has all its elements from the start, and keeps them', async () => {
  const map = await create({ type: 'array' });
  expect(await map.lookup(u32(1))).toEqual(u32(0));
  expect(await codeOf(map.update(u32(5), u32(1), 'noexist'))).toBe('E2BIG');
  expect(await codeOf(map.update(u32(0), u32(1), 'noexist'))).toBe('EEXIST');
  expect(await codeOf(map.delete(u32(0)))).toBe('EINVAL');
  expect(await codeOf(map.lookup(u32(9)))).toBe('ENOENT');
  expect(await map.entries()).toHaveLength(2);
});

test('a prog_array holds its programs, of one type, until its last user goes', async () => {
  const kernel = new FakeKernel();
  const map = await create({ type: 'prog_array' }, kernel);
  const program = await loadOne(kernel, 'xdp');
  await map.update(u32(0), u32(program.id));
  expect(await codeOf(map.update(u32(1), u32((await loadOne(kernel, 'tc')).id)))).toBe('EINVAL');
  expect(await codeOf(map.update(u32(1), u32(99)))).toBe('EBADF');
  expect(await codeOf(map.update(u32(9), u32(program.id)))).toBe('E2BIG');
  expect(await codeOf(map.update(u32(1), u32(program.id), 'noexist'))).toBe('EINVAL');
  const user = await loadOne(kernel, 'xdp', { name: 'user', maps: [map] });
  await kernel.unload(program);
  expect(kernel.programCount()).toBe(3);
  await map.close();
  expect((await kernel.programs()).map(({ name }) => name)).toEqual(['a_tc', 'user']);
  expect((await kernel.mapById(user.mapIds[0] ?? 0)).type).toBe('prog_array');
});

test('a devmap takes devices that exist, and forgets them with the device', async () => {
  const kernel = new FakeKernel();
  const map = await create({ type: 'devmap' }, kernel);
  await map.update(u32(0), u32(ETH0));
  expect(await codeOf(map.update(u32(1), u32(99)))).toBe('EINVAL');
  expect(await codeOf(map.update(u32(1), u32(ETH0), 'noexist'))).toBe('EEXIST');
  expect(await codeOf(map.delete(u32(1)))).toBe('ok');
  expect(await codeOf(map.delete(u32(9)))).toBe('EINVAL');
  kernel.interfaces.remove('eth0');
  expect(await codeOf(map.lookup(u32(0)))).toBe('ENOENT');
});

test('a cpumap takes queues of at most 16384 packets, and empties a slot with 0', async () => {
  const map = await create({ type: 'cpumap' });
  expect(await codeOf(map.update(u32(0), u32(16_385)))).toBe('EOVERFLOW');
  await map.update(u32(0), u32(192));
  await map.update(u32(0), u32(0));
  expect(await codeOf(map.lookup(u32(0)))).toBe('ENOENT');
});

test('a ring buffer has no elements', async () => {
  const map = await create({ type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 });
  expect(await codeOf(map.lookup(new Uint8Array()))).toBe('ENOTSUPP');
  expect(await codeOf(map.entries())).toBe('ENOTSUPP');
});

test('read-only maps refuse writing, write-only maps reading, with EPERM', async () => {
  expect(await codeOf((await create({ flags: 8 })).update(u32(0), u32(0)))).toBe('EPERM');
  expect(await codeOf((await create({ flags: 16 })).lookup(u32(0)))).toBe('EPERM');
});

test('a map lives as long as a handle, a pin or a program holds it; a closed handle is EBADF', async () => {
  const kernel = new FakeKernel();
  const map = await create({}, kernel);
  await kernel.pin(map, '/sys/fs/bpf/m');
  await map.close();
  expect(await codeOf(map.lookup(u32(0)))).toBe('EBADF');
  expect(kernel.mapCount()).toBe(1);
  await kernel.unpin('/sys/fs/bpf/m');
  expect(kernel.mapCount()).toBe(0);
});
