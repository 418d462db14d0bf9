import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.js';
import { allSince, codeOf, findLink, hasProgram, letGo, load, untilGone } from './support.js';
import { setUpTcx } from './tcx-bench.js';

const UPDATE = 'kernel/bpf/tcx.c, tcx_link_update';

/** Links on TCX hooks: updated, detached, closed. */
export const TCX_LINK_CASES: readonly ContractCase[] = allSince('6.6', [
  {
    id: 'tcx.link-listed',
    rules: ['tcx.link'],
    title: 'a link tells its device, its direction and its program',
    source: 'kernel/bpf/tcx.c, tcx_link_fill_info',
    async run(world) {
      const { link, program, ids } = await setUpTcx(world, 0, 1);
      const { id } = await link(program(0));
      assert.partialDeepStrictEqual(await findLink(world.kernel, id), {
        type: 'tcx',
        programId: ids[0],
        attached: true,
        ifindex: world.device.ifindex,
        direction: 'ingress',
      });
    },
  },
  {
    id: 'tcx.link-update',
    rules: ['tcx.link'],
    title: 'an update puts the new program in the place of the old one and raises the revision by one',
    source: UPDATE,
    async run(world) {
      const { attach, link, order, revision, program, ids } = await setUpTcx(world, 1);
      const updated = await link(program(1));
      await attach({ program: program(3) });
      await world.kernel.updateLink(updated, program(2));
      assert.deepEqual(await order(), [ids[0], ids[2], ids[3]]);
      assert.equal(await revision(), 5);
      assert.partialDeepStrictEqual(await findLink(world.kernel, updated.id), { programId: ids[2], attached: true });
    },
  },
  {
    id: 'tcx.link-update-lets-go',
    rules: ['tcx.link', 'lifetime.link-holds-program'],
    title: 'an update lets go of the old program',
    source: UPDATE,
    async run(world) {
      const { link, program } = await setUpTcx(world, 0);
      const updated = await link(program(0));
      const old = await letGo(program(0));
      assert.equal(await hasProgram(world.kernel, old), true);
      await world.kernel.updateLink(updated, program(1));
      await untilGone(world, 'program', old);
    },
  },
  {
    id: 'tcx.link-update-same',
    rules: ['tcx.link'],
    title: 'an update to the program that is there succeeds and leaves the revision',
    source: UPDATE,
    async run(world) {
      const { link, revision, program } = await setUpTcx(world, 0);
      const updated = await link(program(0));
      assert.equal(await codeOf(world.kernel.updateLink(updated, program(0))), 'ok');
      assert.equal(await revision(), 2);
    },
  },
  {
    id: 'tcx.link-update-expected',
    rules: ['links.update-wrong-old', 'tcx.link'],
    title: 'an update that expects another program is EPERM, with the right one it succeeds',
    source: UPDATE,
    async run(world) {
      const { link, program } = await setUpTcx(world, 0);
      const updated = await link(program(0));
      const update = (expected: number) =>
        codeOf(world.kernel.updateLink(updated, program(1), { expected: program(expected) }));
      assert.equal(await update(1), 'EPERM');
      assert.equal(await update(0), 'ok');
    },
  },
  {
    id: 'tcx.link-update-type',
    rules: ['tcx.program-type', 'tcx.link'],
    title: 'an update of a TCX link to a program of another type is EINVAL',
    source: 'kernel/bpf/mprog.c, bpf_mprog_attach; kernel/bpf/tcx.c, tcx_link_update',
    async run(world) {
      const { link, program } = await setUpTcx(world, 0);
      const updated = await link(program(0));
      assert.equal(await codeOf(world.kernel.updateLink(updated, await load(world, 'xdp'))), 'EINVAL');
    },
  },
  {
    id: 'tcx.link-update-exists',
    rules: ['tcx.exists', 'tcx.link'],
    title: 'an update to a program that is on the hook is EEXIST',
    source: 'kernel/bpf/mprog.c, bpf_mprog_exists',
    async run(world) {
      const { link, program } = await setUpTcx(world, 1);
      const updated = await link(program(1));
      assert.equal(await codeOf(world.kernel.updateLink(updated, program(0))), 'EEXIST');
    },
  },
  {
    id: 'tcx.link-close',
    rules: ['lifetime.last-handle', 'tcx.link'],
    title: 'closing the last handle takes the program off the hook',
    source: 'kernel/bpf/tcx.c, tcx_link_release',
    async run(world) {
      const { link, order, program, ids } = await setUpTcx(world, 1, 1);
      const closed = await link(program(1));
      await closed.close();
      assert.deepEqual(await order(), [ids[0]]);
      assert.equal(await findLink(world.kernel, closed.id), undefined);
    },
  },
  {
    id: 'tcx.link-defunct',
    rules: ['lifetime.defunct', 'tcx.link'],
    title: 'a forced detach takes the program off the hook and leaves the link defunct, with its program',
    source: 'kernel/bpf/tcx.c, tcx_link_detach',
    async run(world) {
      const { link, order, program, ids } = await setUpTcx(world, 1, 1);
      const { id } = await link(program(1));
      await world.kernel.forceDetach(id);
      assert.deepEqual(await order(), [ids[0]]);
      assert.partialDeepStrictEqual(await findLink(world.kernel, id), {
        programId: ids[1],
        attached: false,
        ifindex: 0,
      });
    },
  },
  {
    id: 'tcx.link-defunct-again',
    rules: ['lifetime.defunct', 'tcx.link'],
    title: 'a link that is defunct can be detached again',
    source: 'kernel/bpf/tcx.c, tcx_link_release',
    async run(world) {
      const { link, program } = await setUpTcx(world, 0);
      const defunct = await link(program(0));
      await world.kernel.forceDetach(defunct);
      assert.equal(await codeOf(world.kernel.forceDetach(defunct)), 'ok');
    },
  },
  {
    id: 'tcx.link-defunct-update',
    rules: ['links.update-wrong-old', 'tcx.link'],
    title: 'a link that is defunct is ENOLINK to update, to its own program and with a wrong expectation too',
    source: UPDATE,
    async run(world) {
      const { link, program } = await setUpTcx(world, 0);
      const defunct = await link(program(0));
      const { kernel } = world;
      await kernel.forceDetach(defunct);
      assert.equal(await codeOf(kernel.updateLink(defunct, program(1))), 'ENOLINK');
      assert.equal(await codeOf(kernel.updateLink(defunct, program(0))), 'ENOLINK');
      assert.equal(await codeOf(kernel.updateLink(defunct, program(1), { expected: program(1) })), 'ENOLINK');
    },
  },
]);
