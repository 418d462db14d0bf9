import assert from 'node:assert/strict';
import type { MapSpec } from '../../kernel/objects.js';
import type { ContractCase } from '../contract-case.js';
import { at, codeOf, HASH, hasProgram, letGo, load, loadMany, NO_DEVICE, u32 } from './support.js';

const PROGRAMS: MapSpec = { ...HASH, name: 'programs', type: 'prog_array' };
const DEVICES: MapSpec = { ...HASH, name: 'devices', type: 'devmap' };
const CPUS: MapSpec = { ...HASH, name: 'cpus', type: 'cpumap' };
const PROG_ARRAY = 'kernel/bpf/arraymap.c, bpf_fd_array_map_update_elem';
const DEVMAP = 'kernel/bpf/devmap.c, __dev_map_update_elem';
const CPUMAP = 'kernel/bpf/cpumap.c, cpu_map_update_elem';

/** Cases of the maps whose elements are programs, devices and CPUs. */
export const SLOT_CASES: readonly ContractCase[] = [
  {
    id: 'maps.prog-array-empty-slot',
    rules: ['maps.prog-array'],
    title: 'an empty slot of a prog_array is ENOENT to read and to delete',
    source: 'kernel/bpf/arraymap.c, bpf_fd_array_map_lookup_elem, __fd_array_map_delete_elem',
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      assert.equal(await codeOf(map.lookup(u32(0))), 'ENOENT');
      assert.equal(await codeOf(map.delete(u32(0))), 'ENOENT');
    },
  },
  {
    id: 'maps.prog-array-beyond-end',
    rules: ['maps.prog-array'],
    title: 'beyond the end of a prog_array is E2BIG to write and to delete',
    source: PROG_ARRAY,
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const program = await load(world, 'xdp');
      assert.equal(await codeOf(map.update(u32(9), u32(program.id))), 'E2BIG');
      assert.equal(await codeOf(map.delete(u32(9))), 'E2BIG');
    },
  },
  {
    id: 'maps.prog-array-mode',
    rules: ['maps.prog-array'],
    title: 'a prog_array is written with mode "any" only: EINVAL',
    source: PROG_ARRAY,
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const program = await load(world, 'xdp');
      assert.equal(await codeOf(map.update(u32(0), u32(program.id), 'noexist')), 'EINVAL');
      assert.equal(await codeOf(map.update(u32(0), u32(program.id), 'exist')), 'EINVAL');
    },
  },
  {
    id: 'maps.prog-array-round-trip',
    rules: ['maps.prog-array'],
    title: 'a slot of a prog_array tells the id of its program, and takes another one',
    source: 'kernel/bpf/arraymap.c, prog_fd_array_sys_lookup_elem',
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const [one, two] = [await load(world, 'xdp'), await load(world, 'xdp')];
      await map.update(u32(1), u32(one.id));
      await map.update(u32(1), u32(two.id));
      assert.deepEqual([...(await map.lookup(u32(1)))], [...u32(two.id)]);
      assert.equal((await map.entries()).length, 1);
    },
  },
  {
    id: 'maps.prog-array-one-type',
    rules: ['maps.prog-array'],
    title: 'a prog_array takes programs of one type, that of the first, even once it is empty again: EINVAL',
    source: 'kernel/bpf/core.c, bpf_prog_map_compatible',
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const [xdp, tc] = [await load(world, 'xdp'), await load(world, 'tc')];
      await map.update(u32(0), u32(xdp.id));
      assert.equal(await codeOf(map.update(u32(1), u32(tc.id))), 'EINVAL');
      await map.delete(u32(0));
      assert.equal(await codeOf(map.update(u32(1), u32(tc.id))), 'EINVAL');
    },
  },
  {
    id: 'maps.prog-array-types-of-the-kernel',
    rules: ['maps.prog-array'],
    title: 'programs for tc and for TCX are of one type, and go into one prog_array',
    source: 'kernel/bpf/core.c, bpf_prog_map_compatible',
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const [tc, tcx] = [await load(world, 'tc'), await load(world, 'tcx')];
      await map.update(u32(0), u32(tc.id));
      assert.equal(await codeOf(map.update(u32(1), u32(tcx.id))), 'ok');
    },
  },
  {
    id: 'maps.prog-array-one-target',
    rules: ['maps.prog-array'],
    title: 'a prog_array takes XDP programs for devices or for maps, as the first was: EINVAL for the others',
    source: 'kernel/bpf/core.c, __bpf_prog_map_compatible (expected_attach_type)',
    since: '6.18',
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const [device, devmap] = [await load(world, 'xdp'), await load(world, 'xdp', { xdpTarget: 'devmap' })];
      await map.update(u32(0), u32(devmap.id));
      assert.equal(await codeOf(map.update(u32(1), u32(device.id))), 'EINVAL');
      assert.equal(await codeOf(map.update(u32(1), u32(devmap.id))), 'ok');
    },
  },
  {
    id: 'maps.prog-array-probes',
    rules: ['maps.prog-array'],
    title: 'programs for all kinds of probes are of one type, and go into one prog_array',
    source: 'kernel/bpf/core.c, bpf_prog_map_compatible',
    needs: ['uprobe'],
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const [uprobe, kretprobe] = [await load(world, 'uprobe'), await load(world, 'kretprobe')];
      await map.update(u32(0), u32(uprobe.id));
      assert.equal(await codeOf(map.update(u32(1), u32(kretprobe.id))), 'ok');
    },
  },
  {
    id: 'maps.prog-array-holds',
    rules: ['maps.prog-array', 'lifetime.references'],
    title: 'a prog_array holds its programs until they are deleted from it',
    source: 'kernel/bpf/arraymap.c, prog_fd_array_get_ptr, prog_fd_array_put_ptr',
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const programs = await loadMany(world, 'xdp', 2);
      for (const [slot, { id }] of programs.entries()) await map.update(u32(slot), u32(id));
      const [one, two] = [await letGo(at(programs, 0)), await letGo(at(programs, 1))];
      assert.equal(await hasProgram(world.kernel, one), true);
      await map.delete(u32(0));
      await world.settle();
      assert.equal(await hasProgram(world.kernel, one), false);
      assert.equal(await hasProgram(world.kernel, two), true);
    },
  },
  {
    id: 'maps.prog-array-goes',
    rules: ['maps.prog-array', 'lifetime.references'],
    title: 'a prog_array that goes lets go of its programs',
    source: 'kernel/bpf/syscall.c, bpf_map_put_uref; kernel/bpf/arraymap.c, prog_array_map_clear',
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const program = await load(world, 'xdp');
      await map.update(u32(0), u32(program.id));
      await letGo(program);
      await map.close();
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), false);
    },
  },
  {
    id: 'maps.prog-array-last-user',
    rules: ['maps.prog-array', 'lifetime.references'],
    title: 'a prog_array that only a program still uses is emptied, and there',
    source: 'kernel/bpf/syscall.c, bpf_map_put_uref; kernel/bpf/arraymap.c, prog_array_map_clear',
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const caller = await load(world, 'xdp', { maps: [map] });
      const called = await load(world, 'xdp');
      await map.update(u32(0), u32(called.id));
      await letGo(called);
      await map.close();
      await world.settle();
      assert.equal(await hasProgram(world.kernel, called.id), false);
      assert.deepEqual(
        (await world.kernel.maps()).map(({ id }) => id),
        [map.id],
      );
      await caller.close();
    },
  },
  {
    id: 'maps.devmap-missing-device',
    rules: ['maps.slots'],
    title: 'a device that there is not is EINVAL in a devmap',
    source: 'kernel/bpf/devmap.c, __dev_map_alloc_node',
    run: async (world) => {
      const map = await world.kernel.createMap(DEVICES);
      assert.equal(await codeOf(map.update(u32(0), u32(NO_DEVICE.ifindex))), 'EINVAL');
    },
  },
  {
    id: 'maps.devmap-round-trip',
    rules: ['maps.slots'],
    title: 'a slot of a devmap holds the index of a device; index 0 empties it, as deleting does',
    source: DEVMAP,
    run: async (world) => {
      const map = await world.kernel.createMap(DEVICES);
      const { ifindex } = world.device;
      assert.equal(await codeOf(map.lookup(u32(0))), 'ENOENT');
      await map.update(u32(0), u32(ifindex));
      assert.deepEqual([...(await map.lookup(u32(0)))], [...u32(ifindex)]);
      await map.update(u32(0), u32(0));
      assert.equal(await codeOf(map.lookup(u32(0))), 'ENOENT');
      await map.update(u32(0), u32(ifindex));
      await map.delete(u32(0));
      assert.equal(await codeOf(map.lookup(u32(0))), 'ENOENT');
    },
  },
  {
    id: 'maps.devmap-limits',
    rules: ['maps.slots'],
    title: 'a devmap: E2BIG beyond its end, EINVAL to delete there, EEXIST for "noexist"',
    source: `${DEVMAP}, dev_map_delete_elem`,
    run: async (world) => {
      const map = await world.kernel.createMap(DEVICES);
      const value = u32(world.device.ifindex);
      assert.equal(await codeOf(map.update(u32(2), value)), 'E2BIG');
      assert.equal(await codeOf(map.delete(u32(2))), 'EINVAL');
      assert.equal(await codeOf(map.update(u32(0), value, 'noexist')), 'EEXIST');
    },
  },
  {
    id: 'maps.devmap-device-removed',
    rules: ['maps.slots', 'lifetime.device-removed'],
    title: 'a device that is removed leaves the slots of devmaps',
    source: 'kernel/bpf/devmap.c, dev_map_notification',
    run: async (world) => {
      const map = await world.kernel.createMap(DEVICES);
      const device = await world.addDevice();
      await map.update(u32(0), u32(device.ifindex));
      await map.update(u32(1), u32(world.device.ifindex));
      await world.removeDevice(device);
      assert.equal(await codeOf(map.lookup(u32(0))), 'ENOENT');
      assert.equal(await codeOf(map.lookup(u32(1))), 'ok');
    },
  },
  {
    id: 'maps.cpumap-round-trip',
    rules: ['maps.slots'],
    title: "a slot of a cpumap holds the size of a CPU's queue; size 0 empties it",
    source: CPUMAP,
    run: async (world) => {
      const map = await world.kernel.createMap(CPUS);
      assert.equal(await codeOf(map.lookup(u32(0))), 'ENOENT');
      await map.update(u32(0), u32(192));
      assert.deepEqual([...(await map.lookup(u32(0)))], [...u32(192)]);
      await map.update(u32(0), u32(0));
      assert.equal(await codeOf(map.lookup(u32(0))), 'ENOENT');
    },
  },
  {
    id: 'maps.cpumap-limits',
    rules: ['maps.slots'],
    title: 'a cpumap: E2BIG beyond its end, EINVAL to delete there, EEXIST for "noexist", EOVERFLOW for a huge queue',
    source: `${CPUMAP}, cpu_map_delete_elem`,
    run: async (world) => {
      const map = await world.kernel.createMap(CPUS);
      assert.equal(await codeOf(map.update(u32(2), u32(192))), 'E2BIG');
      assert.equal(await codeOf(map.delete(u32(2))), 'EINVAL');
      assert.equal(await codeOf(map.update(u32(0), u32(192), 'noexist')), 'EEXIST');
      assert.equal(await codeOf(map.update(u32(0), u32(16_385))), 'EOVERFLOW');
    },
  },
];
