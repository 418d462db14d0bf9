import assert from 'node:assert/strict';
import type { FilterSpec, HookRef } from '../../kernel/attach.js';
import type { Program } from '../../kernel/objects.js';
import type { ContractCase } from '../contract-case.js';
import type { ContractWorld } from '../world.js';
import { codeOf, hasProgram, letGo, load, NO_DEVICE, tcxOrder, untilGone } from './support.js';

const ADD = 'net/sched/cls_api.c, tc_new_tfilter';
const DELETE = 'net/sched/cls_api.c, tc_del_tfilter';
const NOWHERE: HookRef = { ...NO_DEVICE, direction: 'ingress' };

interface TcBench {
  readonly one: Program;
  readonly two: Program;
  /** Adds a filter to the ingress of the device: what the kernel says. */
  add(program: Program, rest?: Partial<FilterSpec>): Promise<string>;
  /** Deletes filters of the ingress of the device: what the kernel says. */
  remove(priority: number, handle?: number): Promise<string>;
  /** The places of the filters of a hook, in their order: `[priority, handle]`. */
  places(hook?: HookRef): Promise<readonly (readonly [priority: number, handle: number])[]>;
}

/** A device with a clsact, and two classifiers. */
async function setUp(world: ContractWorld): Promise<TcBench> {
  const { kernel, ingress } = world;
  await kernel.createClsact(world.device);
  return {
    one: await load(world, 'tc', { name: 'one' }),
    two: await load(world, 'tc', { name: 'two' }),
    add: (program, rest = {}) => codeOf(kernel.addFilter({ ...ingress, program, ...rest })),
    remove: (priority, handle) =>
      codeOf(kernel.deleteFilter({ ...ingress, priority, ...(handle === undefined ? {} : { handle }) })),
    places: async (hook = ingress) =>
      (await kernel.filters(hook)).map(({ priority, handle }) => [priority, handle] as const),
  };
}

/** Classic tc: the clsact qdisc and its cls_bpf filters. */
export const TC_CASES: readonly ContractCase[] = [
  {
    id: 'tc.clsact-exclusive',
    rules: ['tc.clsact'],
    title: 'a clsact where there is one is EEXIST',
    source: 'net/sched/sch_api.c, tc_modify_qdisc',
    async run({ kernel, device }) {
      await kernel.createClsact(device);
      assert.equal(await codeOf(kernel.createClsact(device)), 'EEXIST');
    },
  },
  {
    id: 'tc.clsact-not-exclusive',
    rules: ['tc.clsact'],
    title: 'a clsact that need not be new leaves the one that is there, with its filters',
    source: 'net/sched/sch_api.c, tc_modify_qdisc',
    async run(world) {
      const { add, places, one } = await setUp(world);
      await add(one, { priority: 50 });
      assert.equal(await codeOf(world.kernel.createClsact({ ...world.device, exclusive: false })), 'ok');
      assert.deepEqual(await places(), [[50, 1]]);
    },
  },
  {
    id: 'tc.clsact-delete-absent',
    rules: ['tc.clsact'],
    title: 'deleting a clsact that never was, or that is gone, is ENOENT',
    source: 'net/sched/sch_api.c, tc_get_qdisc',
    async run({ kernel, device }) {
      assert.equal(await codeOf(kernel.deleteClsact(device)), 'ENOENT');
      await kernel.createClsact(device);
      assert.equal(await codeOf(kernel.deleteClsact(device)), 'ok');
      assert.equal(await codeOf(kernel.deleteClsact(device)), 'ENOENT');
    },
  },
  {
    id: 'tc.clsact-no-device',
    rules: ['tc.clsact'],
    title: 'a clsact on a device that there is not is ENODEV to create and to delete',
    source: 'net/sched/sch_api.c, tc_modify_qdisc, tc_get_qdisc',
    async run({ kernel }) {
      assert.equal(await codeOf(kernel.createClsact(NO_DEVICE)), 'ENODEV');
      assert.equal(await codeOf(kernel.deleteClsact(NO_DEVICE)), 'ENODEV');
    },
  },
  {
    id: 'tc.clsact-takes-filters',
    rules: ['tc.clsact', 'lifetime.references'],
    title: 'a clsact that goes takes the filters of both directions, which let go of their programs',
    source: 'net/sched/sch_ingress.c, clsact_destroy',
    async run(world) {
      const { add, one, two } = await setUp(world);
      await add(one);
      await add(two, world.egress);
      const ids = [await letGo(one), await letGo(two)];
      for (const id of ids) assert.equal(await hasProgram(world.kernel, id), true);
      await world.kernel.deleteClsact(world.device);
      for (const id of ids) await untilGone(world, 'program', id);
    },
  },
  {
    id: 'tc.filter-no-clsact',
    rules: ['tc.filter-place'],
    title: 'a filter without a clsact is EINVAL to add and to delete',
    source: 'net/sched/cls_api.c, __tcf_qdisc_find',
    async run(world) {
      const program = await load(world, 'tc');
      const { kernel, ingress } = world;
      assert.equal(await codeOf(kernel.addFilter({ ...ingress, program })), 'EINVAL');
      assert.equal(await codeOf(kernel.deleteFilter({ ...ingress, priority: 1 })), 'EINVAL');
    },
  },
  {
    id: 'tc.filter-no-device',
    rules: ['tc.filter-place'],
    title: 'a filter on a device that there is not is ENODEV to add and to delete',
    source: 'net/sched/cls_api.c, __tcf_qdisc_find',
    async run(world) {
      const program = await load(world, 'tc');
      assert.equal(await codeOf(world.kernel.addFilter({ ...NOWHERE, program })), 'ENODEV');
      assert.equal(await codeOf(world.kernel.deleteFilter({ ...NOWHERE, priority: 1 })), 'ENODEV');
    },
  },
  {
    id: 'tc.filters-nowhere',
    rules: ['tc.filter-place'],
    title: 'there are no filters where there is no clsact, and none on a fresh one',
    source: 'net/sched/cls_api.c, tc_dump_tfilter',
    async run({ kernel, device, ingress }) {
      assert.deepEqual(await kernel.filters(ingress), []);
      await kernel.createClsact(device);
      assert.deepEqual(await kernel.filters(ingress), []);
    },
  },
  {
    id: 'tc.filter-listed',
    rules: ['tc.filter-order'],
    title: 'a filter tells its place and its program, when it is added and in the list of its direction',
    source: 'net/sched/cls_bpf.c, cls_bpf_dump',
    async run(world) {
      const { one } = await setUp(world);
      const { kernel, ingress, egress } = world;
      const filter = await kernel.addFilter({ ...ingress, program: one, priority: 50, handle: 7 });
      assert.deepEqual(filter, { ...ingress, priority: 50, handle: 7, programId: one.id });
      assert.deepEqual(await kernel.filters(ingress), [filter]);
      assert.deepEqual(await kernel.filters(egress), []);
    },
  },
  {
    id: 'tc.filter-priority',
    rules: ['tc.filter-order'],
    title: 'filters without a priority get one from 49152 downwards',
    source: 'net/sched/cls_api.c, tcf_auto_prio',
    async run(world) {
      const { add, places, one } = await setUp(world);
      for (let count = 0; count < 3; count += 1) await add(one);
      assert.deepEqual(await places(), [
        [49_150, 1],
        [49_151, 1],
        [49_152, 1],
      ]);
    },
  },
  {
    id: 'tc.filter-order',
    rules: ['tc.filter-order'],
    title: 'filters are in the order of their priorities, the newest first among equals',
    source: 'net/sched/cls_api.c, tcf_chain_tp_insert; net/sched/cls_bpf.c, cls_bpf_change',
    async run(world) {
      const { add, places, one } = await setUp(world);
      for (const priority of [50, 60, 40, 50]) assert.equal(await add(one, { priority }), 'ok');
      assert.deepEqual(await places(), [
        [40, 1],
        [50, 2],
        [50, 1],
        [60, 1],
      ]);
    },
  },
  {
    id: 'tc.filter-handle',
    rules: ['tc.filter-order'],
    title: 'filters without a handle get the lowest that is free in their priority, from 1',
    source: 'net/sched/cls_bpf.c, cls_bpf_change (idr_alloc_u32)',
    async run(world) {
      const { kernel, ingress } = world;
      const { one, remove } = await setUp(world);
      const add = async (rest: Partial<FilterSpec> = {}) =>
        (await kernel.addFilter({ ...ingress, program: one, priority: 50, ...rest })).handle;
      assert.deepEqual([await add(), await add(), await add({ exclusive: false })], [1, 2, 3]);
      assert.equal(await remove(50, 2), 'ok');
      assert.deepEqual([await add({ handle: 5 }), await add(), await add(), await add()], [5, 2, 4, 6]);
    },
  },
  {
    id: 'tc.filter-exclusive',
    rules: ['tc.filter-order'],
    title: 'a filter for a place that is taken is EEXIST, before its program is looked at',
    source: ADD,
    async run(world) {
      const { add, one, two } = await setUp(world);
      const place = { priority: 50, handle: 1 };
      await add(one, place);
      assert.equal(await add(two, place), 'EEXIST');
      assert.equal(await add(await load(world, 'xdp'), place), 'EEXIST');
      await two.close();
      assert.equal(await add(two, place), 'EEXIST');
    },
  },
  {
    id: 'tc.filter-replace',
    rules: ['tc.filter-order', 'tc.filter-program'],
    title: 'a filter that need not be new takes the place of the one that is there, whose program is let go',
    source: 'net/sched/cls_bpf.c, cls_bpf_change (list_replace_rcu)',
    async run(world) {
      const { add, one, two } = await setUp(world);
      const { kernel, ingress } = world;
      for (let count = 0; count < 3; count += 1) await add(one, { priority: 50 });
      assert.equal(await add(two, { priority: 50, handle: 2, exclusive: false }), 'ok');
      const programs = (await kernel.filters(ingress)).map(({ programId }) => programId);
      assert.deepEqual(programs, [one.id, two.id, one.id]);
      for (const handle of [1, 3]) await add(two, { priority: 50, handle, exclusive: false });
      const id = await letGo(one);
      await untilGone(world, 'program', id);
    },
  },
  {
    id: 'tc.filter-other-type',
    rules: ['tc.filter-program'],
    title: 'a filter with a program of another type is EINVAL, and leaves nothing of its priority',
    source: 'net/sched/cls_bpf.c, cls_bpf_prog_from_efd',
    async run(world) {
      const { add, places, remove } = await setUp(world);
      assert.equal(await add(await load(world, 'xdp'), { priority: 60 }), 'EINVAL');
      assert.deepEqual(await places(), []);
      assert.equal(await remove(60), 'ENOENT');
    },
  },
  {
    id: 'tc.filter-closed',
    rules: ['tc.filter-program', 'links.bad-handle'],
    title: 'a filter with the closed handle of a program is EBADF',
    source: 'net/sched/cls_bpf.c, cls_bpf_prog_from_efd',
    async run(world) {
      const { add, one } = await setUp(world);
      await one.close();
      assert.equal(await add(one), 'EBADF');
    },
  },
  {
    id: 'tc.filter-holds',
    rules: ['tc.filter-program', 'lifetime.references'],
    title: 'a filter holds its program until it is deleted',
    source: 'net/sched/cls_bpf.c, __cls_bpf_delete_prog',
    async run(world) {
      const { add, remove, one } = await setUp(world);
      await add(one, { priority: 90 });
      const id = await letGo(one);
      assert.equal(await hasProgram(world.kernel, id), true);
      assert.equal(await remove(90), 'ok');
      await untilGone(world, 'program', id);
    },
  },
  {
    id: 'tc.filter-swap',
    rules: ['tc.filter-delete', 'tc.filter-order'],
    title: 'a filter can come beside the one of its priority, which then goes by its handle',
    source: `${ADD}, tc_del_tfilter`,
    async run(world) {
      const { kernel, ingress } = world;
      const { one, two } = await setUp(world);
      const old = await kernel.addFilter({ ...ingress, program: one, priority: 50 });
      const fresh = await kernel.addFilter({ ...ingress, program: two, priority: 50 });
      assert.deepEqual(await kernel.filters(ingress), [fresh, old]);
      await kernel.deleteFilter(old);
      assert.deepEqual(await kernel.filters(ingress), [fresh]);
    },
  },
  {
    id: 'tc.filter-delete-priority',
    rules: ['tc.filter-delete'],
    title: 'deleting a priority takes all its filters and no others',
    source: DELETE,
    async run(world) {
      const { add, places, remove, one } = await setUp(world);
      for (const priority of [50, 50, 51]) await add(one, { priority });
      assert.equal(await remove(50), 'ok');
      assert.deepEqual(await places(), [[51, 1]]);
    },
  },
  {
    id: 'tc.filter-delete-absent',
    rules: ['tc.filter-delete'],
    title: 'deleting a priority or a handle that there is not is ENOENT, and so is deleting one twice',
    source: DELETE,
    async run(world) {
      const { add, remove, one } = await setUp(world);
      assert.equal(await remove(50), 'ENOENT');
      await add(one, { priority: 50 });
      assert.equal(await remove(50, 9), 'ENOENT');
      assert.equal(await remove(51), 'ENOENT');
      assert.equal(await remove(50), 'ok');
      assert.equal(await remove(50), 'ENOENT');
    },
  },
  {
    id: 'tc.filter-directions-apart',
    rules: ['tc.filter-delete'],
    title: 'the directions of a device are apart: what is in one is ENOENT to delete in the other',
    source: DELETE,
    async run(world) {
      const { add, places, one } = await setUp(world);
      await add(one, { priority: 50 });
      assert.equal(await codeOf(world.kernel.deleteFilter({ ...world.egress, priority: 50 })), 'ENOENT');
      assert.deepEqual(await places(), [[50, 1]]);
    },
  },
  {
    id: 'tc.beside-tcx',
    rules: ['tc.beside-tcx'],
    title: 'filters and TCX programs share a direction, the same program too, and do not count each other',
    source: 'net/core/dev.c, sch_handle_ingress (tcx_run, tc_run)',
    since: '6.6',
    async run(world) {
      const { add, places, one } = await setUp(world);
      await add(one, { priority: 50 });
      assert.equal(await codeOf(world.kernel.attachTcxProgram({ ...world.ingress, program: one })), 'ok');
      assert.deepEqual(await tcxOrder(world), [one.id]);
      assert.deepEqual(await places(), [[50, 1]]);
    },
  },
];
