import assert from 'node:assert/strict';
import type { Kernel } from '../../kernel/contract.js';
import type { KernelObject } from '../../kernel/objects.js';
import type { ContractCase } from '../contract-case.js';
import type { ContractWorld } from '../world.js';
import { at, attachXdp, codeOf, DEAD_ID, HASH, load, loadMany, programIds } from './support.js';

const NEXT_ID = 'kernel/bpf/syscall.c, bpf_obj_get_next_id';
/** The highest id there can be. */
const MAX_ID = 2 ** 31 - 2;

interface Kind {
  readonly kind: KernelObject['kind'];
  readonly source: string;
  readonly byId: (kernel: Kernel, id: number) => Promise<KernelObject>;
  readonly nextId: (kernel: Kernel, after: number) => Promise<number>;
  readonly list: (kernel: Kernel) => Promise<readonly { readonly id: number }[]>;
  readonly make: (world: ContractWorld) => Promise<KernelObject>;
}

const KINDS: readonly Kind[] = [
  {
    kind: 'program',
    source: 'kernel/bpf/syscall.c, bpf_prog_get_fd_by_id',
    byId: (kernel, id) => kernel.programById(id),
    nextId: (kernel, after) => kernel.nextProgramId(after),
    list: (kernel) => kernel.programs(),
    make: (world) => load(world, 'xdp'),
  },
  {
    kind: 'link',
    source: 'kernel/bpf/syscall.c, bpf_link_by_id',
    byId: (kernel, id) => kernel.linkById(id),
    nextId: (kernel, after) => kernel.nextLinkId(after),
    list: (kernel) => kernel.links(),
    make: async (world) => attachXdp(world, await load(world, 'xdp')),
  },
  {
    kind: 'map',
    source: 'kernel/bpf/syscall.c, bpf_map_get_fd_by_id',
    byId: (kernel, id) => kernel.mapById(id),
    nextId: (kernel, after) => kernel.nextMapId(after),
    list: (kernel) => kernel.maps(),
    make: (world) => world.kernel.createMap(HASH),
  },
];

/** Cases of ids, of the three kinds of objects. */
export const ID_CASES: readonly ContractCase[] = [
  ...KINDS.flatMap(({ kind, source, byId, nextId, list, make }): readonly ContractCase[] => [
    {
      id: `ids.missing-${kind}`,
      rules: ['ids.missing'],
      title: `a ${kind} by id 0, and by an id that there is not, is ENOENT`,
      source,
      run: async ({ kernel }) => {
        assert.equal(await codeOf(byId(kernel, 0)), 'ENOENT');
        assert.equal(await codeOf(byId(kernel, DEAD_ID)), 'ENOENT');
        assert.equal(await codeOf(byId(kernel, 2 ** 32 - 1)), 'ENOENT');
      },
    },
    {
      id: `ids.open-${kind}`,
      rules: ['ids.missing', 'lifetime.references'],
      title: `a ${kind} opens by its id, as a handle of its own`,
      source,
      run: async (world) => {
        const object = await make(world);
        const second = await byId(world.kernel, object.id);
        assert.deepEqual([second.kind, second.id], [kind, object.id]);
        await object.close();
        await world.settle();
        assert.deepEqual(
          (await list(world.kernel)).map(({ id }) => id),
          [object.id],
        );
        await second.close();
        await world.settle();
        assert.deepEqual(await list(world.kernel), []);
        assert.equal(await codeOf(byId(world.kernel, object.id)), 'ENOENT');
      },
    },
    {
      id: `ids.capability-open-${kind}`,
      rules: ['ids.capabilities'],
      title: `a ${kind} by id without CAP_SYS_ADMIN is EPERM, whether it is there or not`,
      source,
      needs: ['capabilities'],
      run: async (world) => {
        const caller = world.process({ capabilities: ['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_PERFMON'] });
        assert.equal(await codeOf(byId(caller, 0)), 'EPERM');
        assert.equal(await codeOf(byId(caller, (await make(world)).id)), 'EPERM');
      },
    },
    {
      id: `ids.capability-next-${kind}`,
      rules: ['ids.capabilities'],
      title: `the next id of a ${kind}, and so a listing, without CAP_SYS_ADMIN is EPERM`,
      source: NEXT_ID,
      needs: ['capabilities'],
      run: async (world) => {
        const caller = world.process({ capabilities: ['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_PERFMON'] });
        assert.equal(await codeOf(nextId(caller, 0)), 'EPERM');
        assert.equal(await codeOf(list(caller)), 'EPERM');
      },
    },
    {
      id: `ids.start-${kind}`,
      rules: ['ids.start', 'ids.order'],
      title: `the next id of a ${kind} from INT_MAX on is EINVAL; below it there is none: ENOENT`,
      source: NEXT_ID,
      run: async ({ kernel }) => {
        assert.equal(await codeOf(nextId(kernel, MAX_ID + 1)), 'EINVAL');
        assert.equal(await codeOf(nextId(kernel, 2 ** 32 - 1)), 'EINVAL');
        assert.equal(await codeOf(nextId(kernel, MAX_ID)), 'ENOENT');
      },
    },
    {
      id: `ids.start-before-capability-${kind}`,
      rules: ['ids.start', 'ids.capabilities'],
      title: `a start of INT_MAX for the next id of a ${kind} is found before a missing capability`,
      source: NEXT_ID,
      since: '5.19',
      needs: ['capabilities'],
      run: async (world) => {
        assert.equal(await codeOf(nextId(world.process({ capabilities: [] }), MAX_ID + 1)), 'EINVAL');
      },
    },
    {
      id: `lifetime.ids-rise-${kind}`,
      rules: ['lifetime.ids-cyclic'],
      title: `the id of a ${kind} that went is not given out again at once`,
      source: 'kernel/bpf/syscall.c, bpf_prog_alloc_id, bpf_map_alloc_id, bpf_link_alloc_id (idr_alloc_cyclic)',
      run: async (world) => {
        const first = await make(world);
        await first.close();
        await world.settle();
        assert.ok((await make(world)).id > first.id);
      },
    },
  ]),
  {
    id: 'ids.start-after-capability',
    rules: ['ids.start', 'ids.capabilities'],
    title: 'without CAP_BPF every command of bpf(2) is EPERM before it is looked at',
    source: 'kernel/bpf/syscall.c, __sys_bpf',
    until: '5.19',
    needs: ['capabilities'],
    run: async (world) => {
      assert.equal(await codeOf(world.process({ capabilities: [] }).nextProgramId(MAX_ID + 1)), 'EPERM');
    },
  },
  {
    id: 'ids.order',
    rules: ['ids.order'],
    title: 'next ids ascend, also from one that is gone, and listings are in their order',
    source: NEXT_ID,
    run: async (world) => {
      const { kernel } = world;
      const programs = await loadMany(world, 'xdp', 4);
      const [one, two, three, four] = [0, 1, 2, 3].map((index) => at(programs, index).id);
      await at(programs, 1).close();
      await world.settle();
      assert.equal(await kernel.nextProgramId((one ?? 0) - 1), one);
      assert.equal(await kernel.nextProgramId(one ?? 0), three);
      assert.equal(await kernel.nextProgramId(two ?? 0), three);
      assert.deepEqual(await programIds(kernel), [one, three, four]);
    },
  },
  {
    id: 'lifetime.ids-wrap',
    rules: ['lifetime.ids-wrap'],
    title: 'after 2147483646 comes the lowest id that is free',
    source: 'kernel/bpf/syscall.c, bpf_prog_alloc_id (idr_alloc_cyclic)',
    needs: ['chosenIds'],
    world: { nextId: MAX_ID - 1 },
    run: async (world) => {
      const first = await load(world, 'xdp');
      await first.close();
      const others = await loadMany(world, 'xdp', 3);
      assert.deepEqual([first.id, ...others.map(({ id }) => id)], [MAX_ID - 1, MAX_ID, 1, 2]);
    },
  },
];
