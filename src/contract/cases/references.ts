import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.js';
import { attachXdp, codeOf, HASH, hasLink, hasMap, hasProgram, letGo, load, under } from './support.js';

/** Cases of what holds an object, beside its pins. */
export const REFERENCE_CASES: readonly ContractCase[] = [
  {
    id: 'lifetime.program-last-handle',
    rules: ['lifetime.references'],
    title: 'a program goes with its last handle, and closing one twice does nothing more',
    source: 'kernel/bpf/syscall.c, bpf_prog_put',
    run: async (world) => {
      const program = await load(world, 'xdp');
      const second = await world.kernel.programById(program.id);
      await program.close();
      await program.close();
      assert.equal(await hasProgram(world.kernel, program.id), true);
      await second.close();
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), false);
    },
  },
  {
    id: 'lifetime.link-holds-program',
    rules: ['lifetime.link-holds-program'],
    title: 'a link holds its program, which goes with it',
    source: 'kernel/bpf/syscall.c, bpf_link_free',
    run: async (world) => {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      await letGo(program);
      assert.equal(await hasProgram(world.kernel, program.id), true);
      await link.close();
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), false);
    },
  },
  {
    id: 'lifetime.unload-of-attached',
    rules: ['lifetime.link-holds-program'],
    title: 'a program that is attached outlives its unload',
    source: 'kernel/bpf/syscall.c, bpf_link_free',
    run: async (world) => {
      const program = await load(world, 'xdp', { pinPath: under(world, 'app') });
      const link = await attachXdp(world, program);
      await world.kernel.unload(program);
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), true);
      await world.kernel.detach(link);
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), false);
    },
  },
  {
    id: 'lifetime.update-exchanges',
    rules: ['lifetime.link-holds-program'],
    title: 'a link that is updated lets go of its old program and holds the new one',
    source: 'net/core/dev.c, bpf_xdp_link_update',
    run: async (world) => {
      const [one, two] = [await load(world, 'xdp'), await load(world, 'xdp')];
      const link = await attachXdp(world, one);
      await world.kernel.updateLink(link, two);
      await letGo(one);
      await letGo(two);
      await world.settle();
      assert.deepEqual([await hasProgram(world.kernel, one.id), await hasProgram(world.kernel, two.id)], [false, true]);
    },
  },
  {
    id: 'lifetime.program-holds-maps',
    rules: ['lifetime.references'],
    title: 'a program holds its maps',
    source: 'kernel/bpf/syscall.c, bpf_prog_free_deferred (bpf_free_used_maps)',
    run: async (world) => {
      const map = await world.kernel.createMap(HASH);
      const program = await load(world, 'xdp', { maps: [map] });
      await map.close();
      await world.settle();
      assert.equal(await hasMap(world.kernel, map.id), true);
      await program.close();
      await world.settle();
      assert.equal(await hasMap(world.kernel, map.id), false);
    },
  },
  {
    id: 'lifetime.netlink-holds-program',
    rules: ['lifetime.references', 'xdp.netlink'],
    title: 'a program that is attached by netlink is held until it is taken off',
    source: 'net/core/dev.c, dev_xdp_install',
    run: async (world) => {
      const program = await load(world, 'xdp');
      await world.kernel.setXdp({ program, ...world.device });
      await letGo(program);
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), true);
      await world.kernel.setXdp({ program: null, ...world.device });
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), false);
    },
  },
  {
    id: 'lifetime.tcx-holds-program',
    rules: ['lifetime.references'],
    title: 'a program on a TCX hook without a link is held until it is taken off',
    source: 'kernel/bpf/tcx.c, tcx_prog_attach, tcx_prog_detach',
    since: '6.6',
    run: async (world) => {
      const program = await load(world, 'tcx');
      await world.kernel.attachTcxProgram({ ...world.ingress, program });
      await letGo(program);
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), true);
      await world.kernel.detachTcxProgram({ ...world.ingress, program: program.id });
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), false);
    },
  },
  {
    id: 'lifetime.filter-holds-program',
    rules: ['lifetime.references'],
    title: 'a program in a filter of tc is held until the filter is deleted',
    source: 'net/sched/cls_bpf.c, __cls_bpf_delete_prog',
    run: async (world) => {
      const program = await load(world, 'tc');
      await world.kernel.createClsact(world.device);
      await world.kernel.addFilter({ ...world.ingress, program, priority: 1 });
      await letGo(program);
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), true);
      await world.kernel.deleteFilter({ ...world.ingress, priority: 1 });
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), false);
    },
  },
  {
    id: 'lifetime.exit-closes-handles',
    rules: ['lifetime.references', 'lifetime.last-handle'],
    title: 'the end of a process closes its handles: its links go, and their hooks are free',
    source: 'kernel/exit.c, exit_files; kernel/bpf/syscall.c, bpf_link_release',
    run: async (world) => {
      const dying = world.process();
      const program = await load(world, 'xdp', {}, dying);
      const link = await dying.attach({ type: 'xdp', program, ...world.device });
      await dying.exit();
      await world.settle();
      assert.equal(await hasLink(world.kernel, link.id), false);
      assert.equal(await hasProgram(world.kernel, program.id), false);
      assert.equal(await codeOf(attachXdp(world, await load(world, 'xdp'))), 'ok');
    },
  },
  {
    id: 'lifetime.exit-leaves-pins',
    rules: ['lifetime.references'],
    title: 'the end of a process leaves what it pinned',
    source: 'kernel/bpf/inode.c, bpf_any_get',
    run: async (world) => {
      const dying = world.process();
      const program = await load(world, 'xdp', { pinPath: under(world, 'app') }, dying);
      const link = await dying.attach({ type: 'xdp', program, ...world.device });
      await dying.pin(link, under(world, 'link'));
      await dying.exit();
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), true);
      assert.equal((await world.kernel.queryXdp(world.device)).linkId, link.id);
    },
  },
  {
    id: 'lifetime.exit-leaves-attachments',
    rules: ['lifetime.references', 'xdp.netlink'],
    title: 'the end of a process leaves what it attached without a link',
    source: 'net/core/dev.c, dev_xdp_install',
    run: async (world) => {
      const dying = world.process();
      const program = await load(world, 'xdp', {}, dying);
      await dying.setXdp({ program, ...world.device });
      await dying.exit();
      await world.settle();
      assert.equal((await world.kernel.queryXdp(world.device)).programId, program.id);
      assert.equal(await hasProgram(world.kernel, program.id), true);
    },
  },
];
