import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ContractCase } from '../contract-case.js';
import type { ContractWorld } from '../world.js';
import { codeOf, EXIT_ONLY, HASH, instructions, load, programIds, refusalOf, under } from './support.js';

const SYSCALL = 'kernel/bpf/syscall.c, bpf_prog_load';
/** No BPF_F_… of a load, in any release so far. */
const UNKNOWN_FLAG = 2 ** 30;

const SLEEPABLE = 16;

/** Bits that a load takes, and the first release that knows them. */
const KNOWN_FLAGS: readonly {
  readonly id: string;
  readonly name: string;
  readonly flags: number;
  readonly since?: string;
}[] = [
  { id: 'strict-alignment', name: 'BPF_F_STRICT_ALIGNMENT', flags: 1 },
  { id: 'any-alignment', name: 'BPF_F_ANY_ALIGNMENT', flags: 2 },
  { id: 'test-rnd-hi32', name: 'BPF_F_TEST_RND_HI32', flags: 4 },
  { id: 'test-state-freq', name: 'BPF_F_TEST_STATE_FREQ', flags: 8 },
  { id: 'xdp-has-frags', name: 'BPF_F_XDP_HAS_FRAGS', flags: 32, since: '5.18' },
  { id: 'test-reg-invariants', name: 'BPF_F_TEST_REG_INVARIANTS', flags: 128, since: '6.8' },
];

/** Cases of loading programs, beside capabilities and the verifier. */
export const LOAD_CASES: readonly ContractCase[] = [
  {
    id: 'load.no-instructions',
    rules: ['load.instruction-count'],
    title: 'a program without instructions is E2BIG',
    source: SYSCALL,
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'xdp', { code: instructions(0) })), 'E2BIG');
    },
  },
  {
    id: 'load.too-many-instructions',
    rules: ['load.instruction-count'],
    title: 'more than a million instructions are E2BIG',
    source: SYSCALL,
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'xdp', { code: instructions(1_000_001) })), 'E2BIG');
    },
  },
  {
    id: 'load.more-than-4096-instructions',
    rules: ['load.instruction-count'],
    title: 'CAP_BPF lifts the limit of 4096 instructions',
    source: SYSCALL,
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'xdp', { code: instructions(4098) })), 'ok');
    },
  },
  {
    id: 'load.count-before-name',
    rules: ['load.instruction-count', 'load.name'],
    title: 'the number of instructions is looked at before the name',
    source: SYSCALL,
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'xdp', { name: 'a-b', code: instructions(0) })), 'E2BIG');
    },
  },
  {
    id: 'load.name-before-verifier',
    rules: ['load.name', 'load.verifier'],
    title: 'the name is looked at before the verifier runs: there is no log',
    source: SYSCALL,
    run: async (world) => {
      const error = await refusalOf(load(world, 'xdp', { name: 'a-b', code: EXIT_ONLY }));
      assert.equal(error.code, 'EINVAL');
      assert.equal(error.verifierLog ?? '', '');
    },
  },
  ...['a-b', 'a b', 'a/b', 'ä', '$'].map(
    (name, index): ContractCase => ({
      id: `load.name-character-${index + 1}`,
      rules: ['load.name'],
      title: `the name ${JSON.stringify(name)} has a character that none may have: EINVAL`,
      source: 'kernel/bpf/syscall.c, bpf_obj_name_cpy',
      run: async (world) => {
        assert.equal(await codeOf(load(world, 'xdp', { name })), 'EINVAL');
      },
    }),
  ),
  {
    id: 'load.name-too-long',
    rules: ['load.name'],
    title: 'a name of sixteen characters leaves no room for its end: EINVAL',
    source: 'kernel/bpf/syscall.c, bpf_obj_name_cpy',
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'xdp', { name: 'sixteen_letters_' })), 'EINVAL');
    },
  },
  {
    id: 'load.name-good',
    rules: ['load.name'],
    title: 'letters, digits, points and underscores make a name, up to fifteen of them',
    source: 'kernel/bpf/syscall.c, bpf_obj_name_cpy',
    run: async (world) => {
      for (const name of ['a.b', '_', 'A9', 'fifteen_letters']) {
        const program = await load(world, 'xdp', { name });
        assert.equal((await world.kernel.programById(program.id)).name, name);
      }
    },
  },
  {
    id: 'load.unknown-flags',
    rules: ['load.flags'],
    title: 'unknown flags are EINVAL',
    source: SYSCALL,
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'xdp', { flags: UNKNOWN_FLAG })), 'EINVAL');
    },
  },
  {
    id: 'load.unknown-flags-before-capability',
    rules: ['load.flags', 'load.capabilities'],
    title: 'unknown flags are found before a missing CAP_BPF',
    source: SYSCALL,
    since: '6.5',
    needs: ['capabilities'],
    run: async (world) => {
      const caller = world.process({ capabilities: [] });
      assert.equal(await codeOf(load(world, 'xdp', { flags: UNKNOWN_FLAG }, caller)), 'EINVAL');
    },
  },
  {
    id: 'load.capability-before-unknown-flags',
    rules: ['load.flags', 'load.capabilities'],
    title: 'a missing CAP_BPF is found before unknown flags',
    source: 'kernel/bpf/syscall.c, __sys_bpf',
    until: '6.5',
    needs: ['capabilities'],
    run: async (world) => {
      const caller = world.process({ capabilities: [] });
      assert.equal(await codeOf(load(world, 'xdp', { flags: UNKNOWN_FLAG }, caller)), 'EPERM');
    },
  },
  ...KNOWN_FLAGS.flatMap(({ id, name, flags, since }): readonly ContractCase[] => [
    {
      id: `load.flags-${id}`,
      rules: ['load.flags'],
      title: `${name} is taken`,
      source: SYSCALL,
      ...(since === undefined ? {} : { since }),
      run: async (world) => {
        assert.equal(await codeOf(load(world, 'xdp', { flags })), 'ok');
      },
    },
    ...(since === undefined
      ? []
      : [
          {
            id: `load.flags-${id}-unknown`,
            rules: ['load.flags'] as const,
            title: `${name} is not known yet: EINVAL`,
            source: SYSCALL,
            until: since,
            run: async (world: ContractWorld) => {
              assert.equal(await codeOf(load(world, 'xdp', { flags })), 'EINVAL');
            },
          },
        ]),
  ]),
  {
    id: 'load.flags-sleepable-xdp',
    rules: ['load.flags'],
    title: 'an XDP program cannot sleep: BPF_F_SLEEPABLE is EINVAL',
    source: 'kernel/bpf/verifier.c, check_attach_btf_id, can_be_sleepable',
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'xdp', { flags: SLEEPABLE })), 'EINVAL');
    },
  },
  {
    id: 'load.flags-sleepable-uprobe',
    rules: ['load.flags'],
    title: 'a program on functions of files may sleep',
    source: 'kernel/bpf/verifier.c, can_be_sleepable',
    since: '6.0',
    needs: ['uprobe'],
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'uprobe', { flags: SLEEPABLE })), 'ok');
    },
  },
  {
    id: 'load.flags-sleepable-uprobe-refused',
    rules: ['load.flags'],
    title: 'a program on functions of files may not sleep yet: EINVAL',
    source: 'kernel/bpf/verifier.c, check_attach_btf_id',
    until: '6.0',
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'uprobe', { flags: SLEEPABLE })), 'EINVAL');
    },
  },
  {
    id: 'load.kernel-target-of-xdp',
    rules: ['load.flags'],
    title: 'a type that is not attached to functions of the kernel takes none: EINVAL',
    source: 'kernel/bpf/syscall.c, bpf_prog_load_check_attach',
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'xdp', { attachTo: world.targets.functions[0] })), 'EINVAL');
    },
  },
  {
    id: 'load.program-target-of-xdp',
    rules: ['load.flags'],
    title: 'a type that replaces no functions takes no target program: EINVAL',
    source: 'kernel/bpf/syscall.c, bpf_prog_load_check_attach',
    run: async (world) => {
      const program = await load(world, 'xdp', { functions: ['prog0'] });
      assert.equal(await codeOf(load(world, 'xdp', { extends: { program, functionName: 'prog0' } })), 'EINVAL');
    },
  },
  ...(['fentry', 'fexit', 'lsm', 'extension'] as const).map(
    (type): ContractCase => ({
      id: `load.no-target-${type}`,
      rules: ['load.target'],
      title: `a program of type ${type} without its target is EINVAL`,
      source: 'kernel/bpf/verifier.c, check_attach_btf_id',
      needs: [type === 'fentry' || type === 'fexit' ? 'tracing' : type],
      run: async (world) => {
        assert.equal(await codeOf(world.kernel.load({ name: 'x', type })), 'EINVAL');
      },
    }),
  ),
  {
    id: 'load.missing-kernel-function',
    rules: ['load.target'],
    title: 'a function that the kernel does not have is ENOENT',
    source: 'tools/lib/bpf/libbpf.c, find_kernel_btf_id',
    needs: ['tracing'],
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'fentry', { attachTo: 'no_such_function' })), 'ENOENT');
    },
  },
  {
    id: 'load.license-lsm',
    rules: ['load.license'],
    title: 'an LSM program under a licence that is not compatible with the GPL is EINVAL',
    source: 'kernel/bpf/bpf_lsm.c, bpf_lsm_verify_prog',
    needs: ['lsm'],
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'lsm', { license: 'MIT' })), 'EINVAL');
    },
  },
  {
    id: 'load.license-xdp',
    rules: ['load.license'],
    title: 'an XDP program may have any licence',
    source: SYSCALL,
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'xdp', { license: 'Proprietary' })), 'ok');
    },
  },
  {
    id: 'load.memory-einval',
    rules: ['load.memory'],
    title: 'a load that finds no memory is EINVAL',
    source: SYSCALL,
    since: '6.9',
    needs: ['memoryExhaustion'],
    run: async (world) => {
      world.setMemoryExhausted?.(true);
      assert.equal(await codeOf(load(world, 'xdp')), 'EINVAL');
    },
  },
  {
    id: 'load.memory-enomem',
    rules: ['load.memory'],
    title: 'a load that finds no memory is ENOMEM',
    source: SYSCALL,
    until: '6.9',
    needs: ['memoryExhaustion'],
    run: async (world) => {
      world.setMemoryExhausted?.(true);
      assert.equal(await codeOf(load(world, 'xdp')), 'ENOMEM');
    },
  },
  {
    id: 'load.memlock',
    rules: ['load.memlock'],
    title: 'a program over RLIMIT_MEMLOCK is EPERM, and the log says nothing',
    source: 'kernel/bpf/syscall.c, bpf_prog_charge_memlock',
    until: '5.11',
    needs: ['memlock'],
    world: { memlockLimitBytes: 4096 },
    run: async (world) => {
      await load(world, 'xdp');
      const error = await refusalOf(load(world, 'xdp'));
      assert.equal(error.code, 'EPERM');
      assert.equal(error.verifierLog, '');
    },
  },
  ...(['sha1', 'sha256'] as const).map(
    (algorithm): ContractCase => ({
      id: `load.tag-${algorithm}`,
      rules: ['load.tag'],
      title: `a program's tag is the start of the ${algorithm === 'sha1' ? 'SHA-1' : 'SHA-256'} of its instructions`,
      source: 'kernel/bpf/core.c, bpf_prog_calc_tag',
      ...(algorithm === 'sha1' ? { until: '6.18' } : { since: '6.18' }),
      run: async (world) => {
        const code = instructions(3);
        const { tag } = await load(world, 'xdp', { code });
        assert.equal(tag, createHash(algorithm).update(code.instructions).digest('hex').slice(0, 16));
      },
    }),
  ),
  {
    id: 'load.refused-leaves-nothing',
    rules: ['load.verifier', 'load.all-or-nothing'],
    title: 'a program that is refused leaves no program and none of its maps',
    source: SYSCALL,
    run: async (world) => {
      const { id } = await load(world, 'xdp');
      assert.equal(await codeOf(load(world, 'xdp', { code: EXIT_ONLY, maps: [HASH] })), 'EACCES');
      assert.deepEqual(await programIds(world.kernel), [id]);
      await world.settle();
      assert.deepEqual(await world.kernel.maps(), []);
    },
  },
  {
    id: 'load.bad-map-leaves-nothing',
    rules: ['load.all-or-nothing', 'maps.create'],
    title: 'a map that is refused fails the load, and takes back the map before it',
    source: 'the contract: load with maps, as loaders do it',
    run: async (world) => {
      assert.equal(await codeOf(load(world, 'xdp', { maps: [HASH, { ...HASH, maxEntries: 0 }] })), 'EINVAL');
      assert.deepEqual(await programIds(world.kernel), []);
      await world.settle();
      assert.deepEqual(await world.kernel.maps(), []);
    },
  },
  {
    id: 'load.pins',
    rules: ['load.all-or-nothing'],
    title: 'a load with a pin path pins the program and its maps, in directories that it makes',
    source: 'the contract: load with pinPath, as loaders do it',
    run: async (world) => {
      const { id, maps } = await load(world, 'xdp', { maps: [HASH], pinPath: under(world, 'a/b') });
      assert.deepEqual(await world.kernel.pins(world.bpffs), [
        { path: under(world, `a/b/maps/${id}/counts`), kind: 'map', id: maps[0]?.id },
        { path: under(world, `a/b/prog_${id}`), kind: 'program', id },
      ]);
    },
  },
  {
    id: 'load.pin-path-refused',
    rules: ['load.all-or-nothing', 'pins.outside'],
    title: 'a pin path that cannot be made fails the load, and nothing stays',
    source: 'the contract: load with pinPath, as loaders do it',
    run: async (world) => {
      const pinPath = under(world, 'a/b.c/d');
      assert.equal(await codeOf(load(world, 'xdp', { maps: [HASH], pinPath })), 'EPERM');
      await world.settle();
      assert.deepEqual(await programIds(world.kernel), []);
      assert.deepEqual(await world.kernel.maps(), []);
      assert.deepEqual(await world.kernel.bpffs.readdir(world.bpffs), []);
    },
  },
  {
    id: 'load.second-pin-refused',
    rules: ['load.all-or-nothing', 'pins.outside'],
    title: 'a map whose name cannot be a pin fails the load, and the pins before it are taken back',
    source: 'the contract: load with pinPath, as loaders do it',
    run: async (world) => {
      const maps = [HASH, { ...HASH, name: '.rodata' }];
      assert.equal(await codeOf(load(world, 'xdp', { maps, pinPath: under(world, 'a') })), 'EPERM');
      await world.settle();
      assert.deepEqual(await programIds(world.kernel), []);
      assert.deepEqual(await world.kernel.maps(), []);
      assert.deepEqual(await world.kernel.bpffs.readdir(world.bpffs), []);
    },
  },
];
