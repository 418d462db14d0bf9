import assert from 'node:assert/strict';
import type { Capability } from '../../kernel/capabilities.js';
import type { KernelObject, ProgramSpec, ProgramType } from '../../kernel/objects.js';
import type { ContractCase } from '../contract-case.js';
import type { ContractNeed, ContractWorld } from '../world.js';
import { codeOf, HASH, instructions, load, under } from './support.js';

const SYSCALL = 'kernel/bpf/syscall.c, bpf_prog_load';

/** The need of a kernel that takes programs of a type; that of probes is one type, whatever they are attached to. */
const NEEDS: Partial<Record<ProgramType, ContractNeed>> = {
  tracepoint: 'tracepoint',
  kprobe: 'uprobe',
  kretprobe: 'uprobe',
  uprobe: 'uprobe',
  uretprobe: 'uprobe',
  fentry: 'tracing',
  fexit: 'tracing',
  lsm: 'lsm',
  extension: 'extension',
};

function needsOf(type: ProgramType): readonly ContractNeed[] {
  const need = NEEDS[type];
  return need === undefined ? ['capabilities'] : ['capabilities', need];
}

/** How a load by a process with these capabilities ends. */
function loadWith(
  world: ContractWorld,
  capabilities: readonly Capability[],
  type: ProgramType,
  rest: Partial<ProgramSpec> = {},
): Promise<string> {
  return codeOf(load(world, type, rest, world.process({ capabilities })));
}

/** Cases of what a caller must be allowed to load programs and create maps. */
export const LOAD_CAPABILITY_CASES: readonly ContractCase[] = [
  ...(
    [
      ['xdp', []],
      ['xdp', ['CAP_NET_ADMIN']],
      ['tracepoint', ['CAP_PERFMON']],
    ] as const
  ).map(
    ([type, capabilities]): ContractCase => ({
      id: `load.no-cap-bpf-${type}${capabilities.length > 0 ? '-with-the-other' : ''}`,
      rules: ['load.capabilities'],
      title: `a program of type ${type} without CAP_BPF is EPERM, with [${capabilities}]`,
      source: SYSCALL,
      needs: needsOf(type),
      run: async (world) => {
        assert.equal(await loadWith(world, capabilities, type), 'EPERM');
      },
    }),
  ),
  ...(['xdp', 'tc', 'tcx'] as const).map(
    (type): ContractCase => ({
      id: `load.cap-net-admin-${type}`,
      rules: ['load.capabilities'],
      title: `a program of type ${type} takes CAP_NET_ADMIN beside CAP_BPF`,
      source: 'kernel/bpf/syscall.c, is_net_admin_prog_type',
      needs: needsOf(type),
      run: async (world) => {
        assert.equal(await loadWith(world, ['CAP_BPF'], type), 'EPERM');
        assert.equal(await loadWith(world, ['CAP_BPF', 'CAP_PERFMON'], type), 'EPERM');
        assert.equal(await loadWith(world, ['CAP_BPF', 'CAP_NET_ADMIN'], type), 'ok');
      },
    }),
  ),
  ...(['tracepoint', 'kprobe', 'kretprobe', 'uprobe', 'uretprobe', 'fentry', 'fexit', 'lsm'] as const).map(
    (type): ContractCase => ({
      id: `load.cap-perfmon-${type}`,
      rules: [
        type === 'fentry' || type === 'fexit' || type === 'lsm' ? 'load.tracing-capabilities' : 'load.capabilities',
      ],
      title: `a program of type ${type} takes CAP_PERFMON beside CAP_BPF`,
      source: 'kernel/bpf/syscall.c, is_perfmon_prog_type',
      needs: needsOf(type),
      run: async (world) => {
        assert.equal(await loadWith(world, ['CAP_BPF'], type), 'EPERM');
        assert.equal(await loadWith(world, ['CAP_BPF', 'CAP_NET_ADMIN'], type), 'EPERM');
        assert.equal(await loadWith(world, ['CAP_BPF', 'CAP_PERFMON'], type), 'ok');
      },
    }),
  ),
  {
    id: 'load.cap-extension',
    rules: ['load.tracing-capabilities'],
    title: 'an extension takes both CAP_NET_ADMIN and CAP_PERFMON, since it may extend anything',
    source: 'kernel/bpf/syscall.c, is_net_admin_prog_type, is_perfmon_prog_type',
    needs: needsOf('extension'),
    run: async (world) => {
      assert.equal(await loadWith(world, ['CAP_BPF', 'CAP_NET_ADMIN'], 'extension'), 'EPERM');
      assert.equal(await loadWith(world, ['CAP_BPF', 'CAP_PERFMON'], 'extension'), 'EPERM');
    },
  },
  ...(['xdp', 'uprobe'] as const).map(
    (type): ContractCase => ({
      id: `load.cap-sys-admin-${type}`,
      rules: ['load.capabilities'],
      title: `CAP_SYS_ADMIN alone is enough for a program of type ${type}`,
      source: 'include/linux/capability.h, bpf_capable, perfmon_capable; kernel/bpf/syscall.c, bpf_net_capable',
      needs: needsOf(type),
      run: async (world) => {
        assert.equal(await loadWith(world, ['CAP_SYS_ADMIN'], type), 'ok');
      },
    }),
  ),
  {
    id: 'load.capability-before-count',
    rules: ['load.capabilities', 'load.instruction-count'],
    title: 'a missing CAP_BPF is found before the number of instructions',
    source: SYSCALL,
    needs: ['capabilities'],
    run: async (world) => {
      assert.equal(await loadWith(world, [], 'xdp', { code: instructions(0) }), 'EPERM');
    },
  },
  ...(['xdp', 'uprobe'] as const).map(
    (type): ContractCase => ({
      id: `load.count-before-type-${type}`,
      rules: ['load.capabilities', 'load.instruction-count'],
      title: `the number of instructions is looked at before what the type ${type} takes`,
      source: SYSCALL,
      needs: needsOf(type),
      run: async (world) => {
        assert.equal(await loadWith(world, ['CAP_BPF'], type, { code: instructions(0) }), 'E2BIG');
      },
    }),
  ),
  {
    id: 'load.type-before-target',
    rules: ['load.capabilities', 'load.flags'],
    title: 'what the type takes is looked at before a target that does not belong there',
    source: SYSCALL,
    needs: ['capabilities'],
    run: async (world) => {
      assert.equal(await loadWith(world, ['CAP_BPF'], 'xdp', { attachTo: world.targets.functions[0] }), 'EPERM');
    },
  },
  {
    id: 'load.type-before-name',
    rules: ['load.capabilities', 'load.name'],
    title: 'what the type takes is looked at before the name',
    source: SYSCALL,
    needs: ['capabilities'],
    run: async (world) => {
      assert.equal(await loadWith(world, ['CAP_BPF'], 'xdp', { name: 'a-b' }), 'EPERM');
    },
  },
  {
    id: 'maps.cap-bpf',
    rules: ['maps.capabilities'],
    title: 'a map takes CAP_BPF',
    source: 'kernel/bpf/syscall.c, map_create',
    needs: ['capabilities'],
    run: async (world) => {
      assert.equal(await codeOf(world.process({ capabilities: [] }).createMap(HASH)), 'EPERM');
      assert.equal(await codeOf(world.process({ capabilities: ['CAP_BPF'] }).createMap(HASH)), 'ok');
    },
  },
  {
    id: 'maps.cap-net-admin-devmap',
    rules: ['maps.capabilities'],
    title: 'a devmap takes CAP_NET_ADMIN beside CAP_BPF',
    source: 'kernel/bpf/syscall.c, map_create; before 6.5 kernel/bpf/devmap.c, dev_map_alloc',
    needs: ['capabilities'],
    run: async (world) => {
      const devmap = { ...HASH, type: 'devmap' } as const;
      assert.equal(await codeOf(world.process({ capabilities: ['CAP_BPF'] }).createMap(devmap)), 'EPERM');
      const caller = world.process({ capabilities: ['CAP_BPF', 'CAP_NET_ADMIN'] });
      assert.equal(await codeOf(caller.createMap(devmap)), 'ok');
    },
  },
  {
    id: 'maps.cap-cpumap',
    rules: ['maps.capabilities'],
    title: 'a cpumap takes CAP_BPF alone',
    source: 'kernel/bpf/cpumap.c, cpu_map_alloc; kernel/bpf/syscall.c, map_create',
    needs: ['capabilities'],
    run: async (world) => {
      const caller = world.process({ capabilities: ['CAP_BPF'] });
      assert.equal(await codeOf(caller.createMap({ ...HASH, type: 'cpumap' })), 'ok');
    },
  },
  {
    id: 'maps.arguments-before-capability',
    rules: ['maps.capabilities', 'maps.create'],
    title: "a map's arguments are looked at before a missing CAP_BPF",
    source: 'kernel/bpf/syscall.c, map_create',
    since: '6.5',
    needs: ['capabilities'],
    run: async (world) => {
      const caller = world.process({ capabilities: [] });
      assert.equal(await codeOf(caller.createMap({ ...HASH, maxEntries: 0 })), 'EINVAL');
    },
  },
  {
    id: 'maps.capability-before-arguments',
    rules: ['maps.capabilities', 'maps.create'],
    title: "a missing CAP_BPF is found before a map's arguments",
    source: 'kernel/bpf/syscall.c, __sys_bpf',
    until: '6.5',
    needs: ['capabilities'],
    run: async (world) => {
      const caller = world.process({ capabilities: [] });
      assert.equal(await codeOf(caller.createMap({ ...HASH, maxEntries: 0 })), 'EPERM');
    },
  },
  {
    id: 'pins.open-without-capability',
    rules: ['pins.capabilities'],
    title: 'a pin is opened without any capability',
    source: 'kernel/bpf/syscall.c, __sys_bpf',
    since: '5.19',
    needs: ['capabilities'],
    run: async (world) => {
      await world.kernel.pin(await load(world, 'xdp'), under(world, 'xdp'));
      const caller = world.process({ capabilities: [] });
      const opened: KernelObject = await caller.open(under(world, 'xdp'));
      assert.equal(opened.kind, 'program');
    },
  },
  {
    id: 'pins.open-takes-capability',
    rules: ['pins.capabilities'],
    title: 'opening a pin takes CAP_BPF, as every command of bpf(2) does',
    source: 'kernel/bpf/syscall.c, __sys_bpf',
    until: '5.19',
    needs: ['capabilities'],
    run: async (world) => {
      await world.kernel.pin(await load(world, 'xdp'), under(world, 'xdp'));
      assert.equal(await codeOf(world.process({ capabilities: [] }).open(under(world, 'xdp'))), 'EPERM');
    },
  },
];
