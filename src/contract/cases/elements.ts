import assert from 'node:assert/strict';
import type { BpfMap, MapSpec } from '../../kernel/objects.js';
import type { ContractCase } from '../contract-case.js';
import type { ContractWorld } from '../world.js';
import { codeOf, HASH, u32 } from './support.js';

const HASHTAB = 'kernel/bpf/hashtab.c, htab_map_update_elem';
const ARRAY = 'kernel/bpf/arraymap.c, array_map_update_elem';
const EMPTY = new Uint8Array(0);
const RDONLY = 8;
const WRONLY = 16;

/** A map with keys and values of four bytes and two entries. */
function make(world: ContractWorld, rest: Partial<MapSpec> = {}): Promise<BpfMap> {
  return world.kernel.createMap({ ...HASH, ...rest });
}

/** Bytes as a list, whichever class they are of. */
async function bytesAt(map: BpfMap, key: Uint8Array): Promise<readonly number[]> {
  return [...(await map.lookup(key))];
}

/** Cases of the elements of maps, beside those of prog_arrays and of maps of devices. */
export const ELEMENT_CASES: readonly ContractCase[] = [
  ...(['hash', 'percpu_hash', 'lru_hash'] as const).flatMap((type): readonly ContractCase[] => [
    {
      id: `maps.${type.replace('_', '-')}-missing`,
      rules: ['maps.elements'],
      title: `a key that is not in a ${type} is ENOENT to read, to delete and to replace`,
      source: HASHTAB,
      run: async (world) => {
        const map = await make(world, { type });
        assert.equal(await codeOf(map.lookup(u32(1))), 'ENOENT');
        assert.equal(await codeOf(map.delete(u32(1))), 'ENOENT');
        assert.equal(await codeOf(map.update(u32(1), u32(7), 'exist')), 'ENOENT');
      },
    },
    {
      id: `maps.${type.replace('_', '-')}-exists`,
      rules: ['maps.elements'],
      title: `a key that is in a ${type} may not be there for "noexist": EEXIST`,
      source: HASHTAB,
      run: async (world) => {
        const map = await make(world, { type });
        await map.update(u32(1), u32(7), 'noexist');
        assert.equal(await codeOf(map.update(u32(1), u32(8), 'noexist')), 'EEXIST');
        assert.deepEqual(await bytesAt(map, u32(1)), [7, 0, 0, 0]);
      },
    },
    {
      id: `maps.${type.replace('_', '-')}-round-trip`,
      rules: ['maps.elements'],
      title: `what is written to a ${type} is read back, listed, and gone once it is deleted`,
      source: HASHTAB,
      run: async (world) => {
        const map = await make(world, { type });
        await map.update(u32(1), u32(7));
        await map.update(u32(1), u32(9), 'exist');
        assert.deepEqual(await bytesAt(map, u32(1)), [9, 0, 0, 0]);
        const entries = await map.entries();
        assert.deepEqual(
          entries.map(([key, value]) => [[...key], [...value]]),
          [
            [
              [1, 0, 0, 0],
              [9, 0, 0, 0],
            ],
          ],
        );
        await map.delete(u32(1));
        assert.deepEqual(await map.entries(), []);
      },
    },
  ]),
  ...(['hash', 'percpu_hash'] as const).map(
    (type): ContractCase => ({
      id: `maps.${type.replace('_', '-')}-full`,
      rules: ['maps.elements'],
      title: `one key too many in a ${type} is E2BIG; the mode is looked at before`,
      source: HASHTAB,
      run: async (world) => {
        const map = await make(world, { type });
        await map.update(u32(1), u32(7));
        await map.update(u32(2), u32(7));
        assert.equal(await codeOf(map.update(u32(3), u32(7))), 'E2BIG');
        assert.equal(await codeOf(map.update(u32(3), u32(7), 'exist')), 'ENOENT');
        assert.equal(await codeOf(map.update(u32(2), u32(9))), 'ok');
      },
    }),
  ),
  {
    id: 'maps.lru-hash-full',
    rules: ['maps.elements'],
    title: 'one key too many in an LRU hash takes the place of another',
    source: 'kernel/bpf/hashtab.c, htab_lru_map_update_elem; kernel/bpf/bpf_lru_list.c',
    run: async (world) => {
      const map = await make(world, { type: 'lru_hash' });
      for (const key of [1, 2, 3]) await map.update(u32(key), u32(key));
      assert.deepEqual(await bytesAt(map, u32(3)), [3, 0, 0, 0]);
      assert.ok((await map.entries()).length <= 2);
    },
  },
  ...(['array', 'percpu_array'] as const).map(
    (type): ContractCase => ({
      id: `maps.${type.replace('_', '-')}-zero`,
      rules: ['maps.elements'],
      title: `every element of an ${type} is there from the start, all zero`.replace('an percpu', 'a percpu'),
      source: 'kernel/bpf/arraymap.c, array_map_alloc',
      run: async (world) => {
        const map = await make(world, { type });
        assert.deepEqual(
          (await map.entries()).map(([key, value]) => [[...key], [...value]]),
          [
            [
              [0, 0, 0, 0],
              [0, 0, 0, 0],
            ],
            [
              [1, 0, 0, 0],
              [0, 0, 0, 0],
            ],
          ],
        );
        await map.update(u32(1), u32(5), 'exist');
        assert.deepEqual(await bytesAt(map, u32(1)), [5, 0, 0, 0]);
      },
    }),
  ),
  ...(['array', 'percpu_array'] as const).map(
    (type): ContractCase => ({
      id: `maps.${type.replace('_', '-')}-end`,
      rules: ['maps.elements'],
      title: `beyond the end of an ${type} is ENOENT to read and E2BIG to write`.replace('an percpu', 'a percpu'),
      source: ARRAY,
      run: async (world) => {
        const map = await make(world, { type });
        assert.equal(await codeOf(map.lookup(u32(2))), 'ENOENT');
        assert.equal(await codeOf(map.update(u32(2), u32(1))), 'E2BIG');
      },
    }),
  ),
  {
    id: 'maps.array-noexist',
    rules: ['maps.elements'],
    title: 'an element of an array always exists: "noexist" is EEXIST, beyond the end E2BIG first',
    source: ARRAY,
    run: async (world) => {
      const map = await make(world, { type: 'array' });
      assert.equal(await codeOf(map.update(u32(0), u32(1), 'noexist')), 'EEXIST');
      assert.equal(await codeOf(map.update(u32(2), u32(1), 'noexist')), 'E2BIG');
    },
  },
  {
    id: 'maps.array-delete',
    rules: ['maps.elements'],
    title: 'an element of an array cannot be deleted: EINVAL',
    source: 'kernel/bpf/arraymap.c, array_map_delete_elem',
    run: async (world) => {
      assert.equal(await codeOf((await make(world, { type: 'array' })).delete(u32(0))), 'EINVAL');
    },
  },
  {
    id: 'maps.ringbuf',
    rules: ['maps.elements'],
    title: 'a ring buffer has no elements: ENOTSUPP',
    source: 'kernel/bpf/ringbuf.c, ringbuf_map_lookup_elem, ringbuf_map_update_elem, ringbuf_map_delete_elem',
    run: async (world) => {
      const map = await make(world, { type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 65_536 });
      assert.equal(await codeOf(map.lookup(EMPTY)), 'ENOTSUPP');
      assert.equal(await codeOf(map.update(EMPTY, EMPTY)), 'ENOTSUPP');
      assert.equal(await codeOf(map.delete(EMPTY)), 'ENOTSUPP');
    },
  },
  {
    id: 'maps.element-read-only',
    rules: ['maps.access'],
    title: 'a map that is read-only for processes is read, and EPERM to write and to delete from',
    source: 'kernel/bpf/syscall.c, map_update_elem, map_delete_elem (FMODE_CAN_WRITE)',
    run: async (world) => {
      const map = await make(world, { type: 'array', flags: RDONLY });
      assert.deepEqual(await bytesAt(map, u32(0)), [0, 0, 0, 0]);
      assert.equal(await codeOf(map.update(u32(0), u32(1))), 'EPERM');
      assert.equal(await codeOf(map.delete(u32(0))), 'EPERM');
    },
  },
  {
    id: 'maps.element-write-only',
    rules: ['maps.access'],
    title: 'a map that is write-only for processes is written, and EPERM to read',
    source: 'kernel/bpf/syscall.c, map_lookup_elem (FMODE_CAN_READ)',
    run: async (world) => {
      const map = await make(world, { flags: WRONLY });
      assert.equal(await codeOf(map.update(u32(0), u32(1))), 'ok');
      assert.equal(await codeOf(map.lookup(u32(0))), 'EPERM');
      assert.equal(await codeOf(map.entries()), 'EPERM');
    },
  },
  {
    id: 'maps.element-access-of-handle',
    rules: ['maps.access'],
    title: 'what is read-only or write-only is the handle that a map was created with: another one reads and writes',
    source: 'kernel/bpf/syscall.c, map_create (bpf_get_file_flag), bpf_map_flags_retain_permanent',
    run: async (world) => {
      for (const flags of [RDONLY, WRONLY]) {
        const map = await make(world, { type: 'array', flags });
        assert.equal(map.flags, 0);
        const again = await world.kernel.mapById(map.id);
        assert.equal(await codeOf(again.update(u32(0), u32(1))), 'ok');
        assert.deepEqual(await bytesAt(again, u32(0)), [1, 0, 0, 0]);
      }
    },
  },
  {
    id: 'maps.element-wrong-size',
    rules: ['maps.elements'],
    title: 'a key or a value of another size is EINVAL',
    source: 'the contract: bpf(2) takes as many bytes as the map has',
    run: async (world) => {
      const map = await make(world);
      const long = new Uint8Array(8);
      assert.equal(await codeOf(map.lookup(long)), 'EINVAL');
      assert.equal(await codeOf(map.update(long, u32(1))), 'EINVAL');
      assert.equal(await codeOf(map.update(u32(1), long)), 'EINVAL');
      assert.equal(await codeOf(map.delete(long)), 'EINVAL');
    },
  },
  {
    id: 'maps.element-closed-handle',
    rules: ['maps.elements', 'links.bad-handle'],
    title: 'a map whose handle is closed is EBADF',
    source: 'kernel/bpf/syscall.c, __bpf_map_get',
    run: async (world) => {
      const map = await make(world);
      await map.close();
      assert.equal(await codeOf(map.lookup(u32(1))), 'EBADF');
      assert.equal(await codeOf(map.update(u32(1), u32(1))), 'EBADF');
      assert.equal(await codeOf(map.delete(u32(1))), 'EBADF');
    },
  },
];
