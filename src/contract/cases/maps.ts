import assert from 'node:assert/strict';
import type { MapSpec } from '../../kernel/objects.js';
import type { ContractCase } from '../contract-case.js';
import { codeOf, HASH, hasMap, load, under } from './support.js';

const CREATE = 'kernel/bpf/syscall.c, map_create';

/** What is wrong with a map, as the difference from a good one. */
const BAD_MAPS: readonly (readonly [id: string, what: string, code: string, source: string, rest: Partial<MapSpec>])[] =
  [
    ['no-entries', 'no entries', 'EINVAL', 'kernel/bpf/hashtab.c, htab_map_alloc_check', { maxEntries: 0 }],
    ['hash-no-key', 'keys of no bytes', 'EINVAL', 'kernel/bpf/hashtab.c, htab_map_alloc_check', { keySizeBytes: 0 }],
    [
      'hash-no-value',
      'values of no bytes',
      'EINVAL',
      'kernel/bpf/hashtab.c, htab_map_alloc_check',
      { valueSizeBytes: 0 },
    ],
    [
      'array-wide-key',
      'an array with keys of eight bytes',
      'EINVAL',
      'kernel/bpf/arraymap.c, array_map_alloc_check',
      { type: 'array', keySizeBytes: 8 },
    ],
    [
      'hash-huge-value',
      'values that no allocation has room for',
      'E2BIG',
      'kernel/bpf/hashtab.c, htab_map_alloc_check',
      { valueSizeBytes: 2 ** 26 },
    ],
    [
      'hash-huge-key',
      'keys that no allocation has room for',
      'E2BIG',
      'kernel/bpf/hashtab.c, htab_map_alloc_check',
      { keySizeBytes: 2 ** 31 },
    ],
    [
      'hash-too-many',
      'more entries than there can be buckets',
      'E2BIG',
      'kernel/bpf/hashtab.c, htab_map_alloc',
      { maxEntries: 2 ** 32 - 1 },
    ],
    [
      'array-huge-value',
      'an array with values of 2 GiB',
      'E2BIG',
      'kernel/bpf/arraymap.c, array_map_alloc_check',
      { type: 'array', valueSizeBytes: 2 ** 31 },
    ],
    ['unknown-flags', 'unknown flags', 'EINVAL', 'kernel/bpf/hashtab.c, htab_map_alloc_check', { flags: 2 ** 30 }],
    [
      'both-access-flags',
      'BPF_F_RDONLY with BPF_F_WRONLY',
      'EINVAL',
      'include/linux/bpf.h, bpf_map_flags_access_ok; kernel/bpf/syscall.c, bpf_get_file_flag',
      { flags: 24 },
    ],
    [
      'array-no-prealloc',
      'an array that is not allocated before',
      'EINVAL',
      'kernel/bpf/arraymap.c, array_map_alloc_check',
      { type: 'array', flags: 1 },
    ],
    [
      'lru-no-prealloc',
      'an LRU hash that is not allocated before',
      'ENOTSUPP',
      'kernel/bpf/hashtab.c, htab_map_alloc_check',
      { type: 'lru_hash', flags: 1 },
    ],
    [
      'name-character',
      'a name with another character',
      'EINVAL',
      'kernel/bpf/syscall.c, bpf_obj_name_cpy',
      { name: 'a-b' },
    ],
    [
      'name-too-long',
      'a name of sixteen characters',
      'EINVAL',
      'kernel/bpf/syscall.c, bpf_obj_name_cpy',
      { name: 'sixteen_letters_' },
    ],
    [
      'ringbuf-key',
      'a ring buffer with keys',
      'EINVAL',
      'kernel/bpf/ringbuf.c, ringbuf_map_alloc',
      { type: 'ringbuf', valueSizeBytes: 0, maxEntries: 65_536 },
    ],
    [
      'ringbuf-half-page',
      'a ring buffer of half a page',
      'EINVAL',
      'kernel/bpf/ringbuf.c, ringbuf_map_alloc',
      { type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 2048 },
    ],
    [
      'ringbuf-odd-size',
      'a ring buffer of no power of two',
      'EINVAL',
      'kernel/bpf/ringbuf.c, ringbuf_map_alloc',
      { type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 3 * 65_536 },
    ],
    [
      'prog-array-wide-value',
      'a prog_array with values of eight bytes',
      'EINVAL',
      'kernel/bpf/arraymap.c, fd_array_map_alloc_check',
      { type: 'prog_array', valueSizeBytes: 8 },
    ],
    [
      'devmap-odd-value',
      'a devmap with values of six bytes',
      'EINVAL',
      'kernel/bpf/devmap.c, dev_map_init_map',
      { type: 'devmap', valueSizeBytes: 6 },
    ],
    [
      'cpumap-odd-value',
      'a cpumap with values of six bytes',
      'EINVAL',
      'kernel/bpf/cpumap.c, cpu_map_alloc',
      { type: 'cpumap', valueSizeBytes: 6 },
    ],
    [
      'cpumap-too-many',
      'a cpumap with more slots than there can be CPUs',
      'E2BIG',
      'kernel/bpf/cpumap.c, cpu_map_alloc',
      { type: 'cpumap', maxEntries: 1_000_000 },
    ],
    [
      'percpu-array-wide-value',
      'a percpu_array with values of more than 32 KiB',
      'E2BIG',
      'kernel/bpf/arraymap.c, array_map_alloc_check',
      { type: 'percpu_array', valueSizeBytes: 32_776 },
    ],
    [
      'percpu-hash-wide-value',
      'a percpu_hash with values of more than 32 KiB',
      'E2BIG',
      'kernel/bpf/hashtab.c, htab_map_alloc_check',
      { type: 'percpu_hash', valueSizeBytes: 32_776 },
    ],
  ];

/** How a map that is pinned differs from that which is asked for. */
const OTHER_MAPS: readonly (readonly [what: string, rest: Partial<MapSpec>])[] = [
  ['type', { type: 'lru_hash' }],
  ['key', { keySizeBytes: 8 }],
  ['value', { valueSizeBytes: 8 }],
  ['entries', { maxEntries: 3 }],
  ['flags', { flags: 1 }],
];

/** Cases of creating maps, and of using those that are pinned. */
export const MAP_CASES: readonly ContractCase[] = [
  ...BAD_MAPS.map(
    ([id, what, code, source, rest]): ContractCase => ({
      id: `maps.${id}`,
      rules: ['maps.create'],
      title: `a map with ${what} is ${code}`.replace('a map with a', 'a'),
      source,
      run: async (world) => {
        assert.equal(await codeOf(world.kernel.createMap({ ...HASH, ...rest })), code);
      },
    }),
  ),
  {
    id: 'maps.listed',
    rules: ['maps.create'],
    title: 'a map is listed as it was asked for',
    source: 'kernel/bpf/syscall.c, bpf_map_get_info_by_fd',
    run: async (world) => {
      const spec: MapSpec = { ...HASH, valueSizeBytes: 12, flags: 1 };
      const { id } = await world.kernel.createMap(spec);
      assert.deepEqual(await world.kernel.maps(), [{ ...spec, id }]);
    },
  },
  {
    id: 'maps.of-a-program',
    rules: ['maps.create'],
    title: 'a program tells its maps: those that were made with it and those that were there',
    source: 'kernel/bpf/syscall.c, bpf_prog_get_info_by_fd',
    run: async (world) => {
      const shared = await world.kernel.createMap({ ...HASH, name: 'shared' });
      const program = await load(world, 'xdp', { maps: [HASH, shared] });
      const made = program.maps.map(({ id }) => id);
      assert.equal(made.length, 1);
      const { mapIds } = await world.kernel.programById(program.id);
      assert.deepEqual([...mapIds].sort(), [...made, shared.id].sort());
    },
  },
  {
    id: 'maps.memory',
    rules: ['maps.memory'],
    title: 'a map that finds no memory is ENOMEM',
    source: CREATE,
    needs: ['memoryExhaustion'],
    run: async (world) => {
      world.setMemoryExhausted?.(true);
      assert.equal(await codeOf(world.kernel.createMap(HASH)), 'ENOMEM');
    },
  },
  {
    id: 'maps.memlock',
    rules: ['maps.memory', 'load.memlock'],
    title: 'a map over RLIMIT_MEMLOCK is EPERM',
    source: 'kernel/bpf/syscall.c, bpf_map_charge_init',
    until: '5.11',
    needs: ['memlock'],
    world: { memlockLimitBytes: 4096 },
    run: async (world) => {
      await world.kernel.createMap(HASH);
      assert.equal(await codeOf(world.kernel.createMap(HASH)), 'EPERM');
    },
  },
  {
    id: 'maps.pinned-new',
    rules: ['maps.pinned-reuse'],
    title: 'a map that is to be pinned where nothing is, is created and pinned there',
    source: 'tools/lib/bpf/libbpf.c, bpf_object__create_maps',
    run: async (world) => {
      const path = under(world, 'counts');
      const { id } = await world.kernel.createMap(HASH, { pinnedAt: path });
      assert.deepEqual(await world.kernel.pins(world.bpffs), [{ path, kind: 'map', id }]);
    },
  },
  {
    id: 'maps.pinned-same',
    rules: ['maps.pinned-reuse'],
    title: 'a map that is pinned already is used again, with what is in it',
    source: 'tools/lib/bpf/libbpf.c, bpf_object__reuse_map',
    run: async (world) => {
      const options = { pinnedAt: under(world, 'counts') };
      const first = await world.kernel.createMap(HASH, options);
      await first.update(Uint8Array.of(1, 0, 0, 0), Uint8Array.of(2, 0, 0, 0));
      await first.close();
      const again = await world.kernel.createMap(HASH, options);
      assert.equal(again.id, first.id);
      assert.deepEqual([...(await again.lookup(Uint8Array.of(1, 0, 0, 0)))], [2, 0, 0, 0]);
    },
  },
  {
    id: 'maps.pinned-added-flags',
    rules: ['maps.pinned-reuse', 'maps.create'],
    title: 'flags that the kernel adds to a devmap are told, and do not keep it from being used again',
    source: 'kernel/bpf/devmap.c, dev_map_init_map (BPF_F_RDONLY_PROG); tools/lib/bpf/libbpf.c, map_is_reuse_compat',
    run: async (world) => {
      const spec = { ...HASH, type: 'devmap' as const };
      const options = { pinnedAt: under(world, 'devices') };
      const first = await world.kernel.createMap(spec, options);
      assert.equal(first.flags, 1 << 7);
      assert.equal((await world.kernel.createMap(spec, options)).id, first.id);
    },
  },
  {
    id: 'maps.pinned-another-name',
    rules: ['maps.pinned-reuse'],
    title: 'a map that is pinned is used again whatever its name is',
    source: 'tools/lib/bpf/libbpf.c, map_is_reuse_compat',
    run: async (world) => {
      const options = { pinnedAt: under(world, 'counts') };
      const first = await world.kernel.createMap(HASH, options);
      const again = await world.kernel.createMap({ ...HASH, name: 'other' }, options);
      assert.deepEqual([again.id, again.name], [first.id, 'counts']);
    },
  },
  ...OTHER_MAPS.map(
    ([what, rest]): ContractCase => ({
      id: `maps.pinned-other-${what}`,
      rules: ['maps.pinned-reuse'],
      title: `a pinned map used again with another ${what} is EINVAL, and stays as it is`,
      source: 'tools/lib/bpf/libbpf.c, map_is_reuse_compat',
      run: async (world) => {
        const options = { pinnedAt: under(world, 'counts') };
        const { id } = await world.kernel.createMap(HASH, options);
        assert.equal(await codeOf(world.kernel.createMap({ ...HASH, ...rest }, options)), 'EINVAL');
        assert.deepEqual(
          (await world.kernel.maps()).map((map) => map.id),
          [id],
        );
      },
    }),
  ),
  {
    id: 'maps.pinned-program',
    rules: ['maps.pinned-reuse'],
    title: 'a map that is to be used where a program is pinned is EINVAL',
    source: 'tools/lib/bpf/libbpf.c, bpf_object__reuse_map',
    run: async (world) => {
      const path = under(world, 'pin');
      await world.kernel.pin(await load(world, 'xdp'), path);
      assert.equal(await codeOf(world.kernel.createMap(HASH, { pinnedAt: path })), 'EINVAL');
    },
  },
  {
    id: 'maps.pinned-directory',
    rules: ['maps.pinned-reuse'],
    title: 'a map that is to be used where a directory is, is EACCES',
    source: 'kernel/bpf/inode.c, bpf_inode_type',
    run: async (world) => {
      assert.equal(await codeOf(world.kernel.createMap(HASH, { pinnedAt: world.bpffs })), 'EACCES');
    },
  },
  {
    id: 'maps.pin-without-parent',
    rules: ['maps.pinned-reuse', 'pins.exists'],
    title: 'a map that is to be pinned in a directory that there is not is ENOENT, and does not stay',
    source: 'kernel/bpf/inode.c, bpf_obj_do_pin',
    run: async (world) => {
      assert.equal(await codeOf(world.kernel.createMap(HASH, { pinnedAt: under(world, 'none/counts') })), 'ENOENT');
      await world.settle();
      assert.deepEqual(await world.kernel.maps(), []);
    },
  },
  {
    id: 'maps.pin-refused',
    rules: ['maps.pinned-reuse', 'pins.outside'],
    title: 'a map that cannot be pinned where it should be does not stay',
    source: 'tools/lib/bpf/libbpf.c, bpf_object__create_maps',
    run: async (world) => {
      assert.equal(await codeOf(world.kernel.createMap(HASH, { pinnedAt: under(world, 'a.b') })), 'EPERM');
      await world.settle();
      assert.deepEqual(await world.kernel.maps(), []);
    },
  },
  {
    id: 'lifetime.map-last-handle',
    rules: ['lifetime.references'],
    title: 'a map goes with its last handle',
    source: 'kernel/bpf/syscall.c, bpf_map_put',
    run: async (world) => {
      const map = await world.kernel.createMap(HASH);
      const second = await world.kernel.mapById(map.id);
      await map.close();
      assert.equal(await hasMap(world.kernel, map.id), true);
      await second.close();
      await world.settle();
      assert.equal(await hasMap(world.kernel, map.id), false);
    },
  },
];
