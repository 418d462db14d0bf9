import { describe, expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { until } from '../../../src/core/until.js';
import type { MapSpec } from '../../../src/kernel/objects.js';
import { findLeft, openBench } from './linux-bench.js';
import { needsBpf } from './needs-bpf.js';

needsBpf();

const HASH: MapSpec = { name: 'counts', type: 'hash', keySizeBytes: 4, valueSizeBytes: 8, maxEntries: 2 };

const key = (index: number): Uint8Array => Uint8Array.of(index, 0, 0, 0);
const value = (...bytes: readonly number[]): Uint8Array => Uint8Array.from({ length: 8 }, (_, at) => bytes[at] ?? 0);

describe('maps of a Linux kernel', () => {
  test.each([
    ['hash', 4, 8, 4],
    ['array', 4, 8, 4],
    ['percpu_hash', 4, 12, 4],
    ['percpu_array', 4, 12, 4],
    ['lru_hash', 4, 8, 4],
    ['prog_array', 4, 4, 4],
    ['devmap', 4, 4, 4],
    ['cpumap', 4, 4, 4],
    ['ringbuf', 0, 0, 4096],
  ] as const)('of type %s are made and told of', async (type, keySizeBytes, valueSizeBytes, maxEntries) => {
    const { kernel } = openBench();
    const map = await kernel.createMap({ name: 'map_one', type, keySizeBytes, valueSizeBytes, maxEntries });
    const expected = { id: map.id, name: 'map_one', type, keySizeBytes, valueSizeBytes, maxEntries };
    expect(await kernel.maps()).toEqual([expect.objectContaining(expected)]);
    expect(await kernel.mapById(map.id)).toMatchObject(expected);
  });

  test('of programs are freed however often they were listed while only a program held them', async () => {
    const { kernel } = openBench();
    const maps: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const map = await kernel.createMap({ ...HASH, name: 'programs', type: 'prog_array', valueSizeBytes: 4 });
      const program = await kernel.load({ name: 'prog_one', type: 'xdp', maps: [map] });
      await map.close();
      // Linux would lose count of one that is opened and closed quickly, again and again.
      for (let look = 0; look < 5; look += 1) expect((await kernel.maps()).map(({ id }) => id)).toContain(map.id);
      await program.close();
      maps.push(map.id);
    }
    await until(() => kernel.isSettled());
    expect(findLeft({ program: [], link: [], map: maps })).toEqual([]);
  });

  test('keep what is written to them', async () => {
    const { kernel } = openBench();
    const map = await kernel.createMap(HASH);
    await map.update(key(1), value(1, 2));
    await map.update(key(2), value(3), 'noexist');
    expect(await map.lookup(key(1))).toEqual(value(1, 2));
    expect(await codeOf(map.update(key(1), value(), 'noexist'))).toBe('EEXIST');
    expect(await codeOf(map.update(key(3), value(), 'exist'))).toBe('ENOENT');
    expect(await codeOf(map.update(key(3), value()))).toBe('E2BIG');
    expect((await map.entries()).toSorted((a, b) => (a[0][0] ?? 0) - (b[0][0] ?? 0))).toEqual([
      [key(1), value(1, 2)],
      [key(2), value(3)],
    ]);
    await map.delete(key(1));
    expect(await codeOf(map.delete(key(1)))).toBe('ENOENT');
    expect(await codeOf(map.lookup(key(1)))).toBe('ENOENT');
  });

  test('are not read or written beyond what is given', async () => {
    const { kernel } = openBench();
    const map = await kernel.createMap(HASH);
    await expect(map.update(key(1), Uint8Array.of(1))).rejects.toThrow(
      'update in map "counts": EINVAL: invalid argument, bpf(BPF_MAP_UPDATE_ELEM). The value has 1 bytes, the map\'s have 8',
    );
    expect(await codeOf(map.lookup(Uint8Array.of(1)))).toBe('EINVAL');
    expect(await codeOf(map.delete(new Uint8Array(5)))).toBe('EINVAL');
  });

  test('take parts of larger buffers as they are', async () => {
    const { kernel } = openBench();
    const map = await kernel.createMap(HASH);
    const buffer = Uint8Array.of(9, 9, 9, 9, 1, 0, 0, 0, 5, 6, 7, 8, 0, 0, 0, 0, 9, 9);
    await map.update(buffer.subarray(4, 8), buffer.subarray(8, 16));
    expect(await map.entries()).toEqual([[key(1), value(5, 6, 7, 8)]]);
  });

  test.each(['percpu_array', 'percpu_hash'] as const)('of type %s have one value, for every CPU', async (type) => {
    const { kernel } = openBench();
    const map = await kernel.createMap({ ...HASH, type, valueSizeBytes: 12 });
    const written = Uint8Array.from({ length: 12 }, (_, at) => at + 1);
    await map.update(key(1), written);
    expect(await map.lookup(key(1))).toEqual(written);
  });

  test('of programs take ids and give ids', async () => {
    const { kernel } = openBench();
    const [one, two] = [
      await kernel.load({ name: 'one', type: 'xdp' }),
      await kernel.load({ name: 'two', type: 'tc' }),
    ];
    const map = await kernel.createMap({ ...HASH, type: 'prog_array', valueSizeBytes: 4, maxEntries: 4 });
    const toId = (id: number): Uint8Array => new Uint8Array(Uint32Array.of(id).buffer);
    await map.update(key(2), toId(one.id));
    expect(await map.lookup(key(2))).toEqual(toId(one.id));
    expect(await map.entries()).toEqual([[key(2), toId(one.id)]]);
    expect(await codeOf(map.update(key(1), toId(two.id)))).toBe('EINVAL');
    expect(await codeOf(map.update(key(1), toId(2 ** 31 - 2)))).toBe('EBADF');
    expect(await codeOf(map.lookup(key(1)))).toBe('ENOENT');
    await one.close();
    expect((await kernel.programs()).map(({ id }) => id)).toEqual([one.id, two.id]);
  });

  test('of devices look in the namespace of their user', async () => {
    const { kernel } = openBench();
    const map = await kernel.createMap({ ...HASH, type: 'devmap', valueSizeBytes: 4 });
    await map.update(key(0), key(2));
    expect(await codeOf(map.update(key(1), key(99)))).toBe('EINVAL');
    expect(await map.entries()).toEqual([[key(0), key(2)]]);
  });

  test('of records have no elements', async () => {
    const { kernel } = openBench();
    const map = await kernel.createMap({
      name: 'ring',
      type: 'ringbuf',
      keySizeBytes: 0,
      valueSizeBytes: 0,
      maxEntries: 4096,
    });
    expect(await codeOf(map.lookup(new Uint8Array(0)))).toBe('ENOTSUPP');
    expect(await codeOf(map.update(new Uint8Array(0), new Uint8Array(0)))).toBe('ENOTSUPP');
    expect(await codeOf(map.entries())).toBe('ENOTSUPP');
  });

  test('are held by the programs that have them', async () => {
    const { kernel } = openBench();
    const shared = await kernel.createMap(HASH);
    const program = await kernel.load({ name: 'prog_one', type: 'xdp', maps: [shared, { ...HASH, name: 'made' }] });
    expect(program.mapIds).toEqual([shared.id, program.maps[0]?.id]);
    await shared.close();
    expect((await kernel.maps()).map(({ name }) => name)).toEqual(['counts', 'made']);
  });

  test('may be given to instructions by their place', async () => {
    const { kernel } = openBench();
    const map = await kernel.createMap(HASH);
    // r1 = map 0 (BPF_PSEUDO_MAP_IDX); r0 = 2; exit
    const instructions = Uint8Array.of(
      0x18,
      0x51,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0xb7,
      0,
      0,
      0,
      2,
      0,
      0,
      0,
      0x95,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
    );
    const program = await kernel.load({ name: 'prog_one', type: 'xdp', code: { instructions }, maps: [map] });
    expect(program.mapIds).toEqual([map.id]);
  });
});
