import assert from 'node:assert/strict';
import type { Kernel } from '../../kernel/contract.js';
import type { BpfLink, ProgramRef } from '../../kernel/objects.js';
import type { ContractCase } from '../contract-case.js';
import type { ContractWorld } from '../world.js';
import { attachTcx, attachXdp, codeOf, findLink, hasLink, hasProgram, letGo, load, under } from './support.js';

const FREE = 'kernel/bpf/syscall.c, bpf_link_put_deferred, bpf_link_free';
const DETACH = 'kernel/bpf/syscall.c, link_detach; net/core/dev.c, bpf_xdp_link_detach';

/** Whether BPF_LINK_GET_NEXT_ID tells of an id; it does so for longer than the id can be opened. */
async function showsId(kernel: Kernel, id: number): Promise<boolean> {
  return (await kernel.nextLinkId(id - 1).catch(() => undefined)) === id;
}

/** The work that is put off, of a world whose need it was. */
function deferredOf(world: ContractWorld): NonNullable<ContractWorld['deferred']> {
  assert.ok(world.deferred, 'the world has no deferred work');
  return world.deferred;
}

/** Cases of links that are freed, and of links that are detached by force. */
export const LIFETIME_CASES: readonly ContractCase[] = [
  {
    id: 'lifetime.last-handle',
    rules: ['lifetime.last-handle'],
    title: 'a link whose last handle is closed is gone at once, and its hook is free',
    source: 'kernel/bpf/syscall.c, bpf_link_release, bpf_link_put_direct',
    run: async (world) => {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      await link.close();
      assert.equal(await hasLink(world.kernel, link.id), false);
      assert.equal(await codeOf(world.kernel.linkById(link.id)), 'ENOENT');
      assert.equal(await codeOf(attachXdp(world, program)), 'ok');
    },
  },
  {
    id: 'lifetime.last-handle-puts-nothing-off',
    rules: ['lifetime.id-before-hook'],
    title: 'nothing is put off when the last handle of a link is closed',
    source: 'kernel/bpf/syscall.c, bpf_link_release, bpf_link_put_direct',
    needs: ['deferredSteps'],
    world: { deferred: 'manual' },
    run: async (world) => {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      await link.close();
      assert.deepEqual(deferredOf(world).pending, []);
      assert.equal(await codeOf(attachXdp(world, program)), 'ok');
    },
  },
  {
    id: 'lifetime.last-pin-is-late',
    rules: ['lifetime.last-pin'],
    title: 'a link whose last pin is removed is freed in the end, and its hook with it',
    source: FREE,
    run: async (world) => {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      await world.kernel.pin(link, under(world, 'pin'));
      await link.close();
      await world.kernel.unpin(under(world, 'pin'));
      assert.deepEqual(await world.kernel.pins(world.bpffs), []);
      await world.settle();
      assert.equal(await hasLink(world.kernel, link.id), false);
      assert.equal(await codeOf(attachXdp(world, program)), 'ok');
    },
  },
  ...(['xdp', 'tcx'] as const).map(
    (type): ContractCase => ({
      id: `lifetime.id-before-hook-${type}`,
      rules: ['lifetime.id-before-hook'],
      title: `a ${type} link that is being freed loses its id first, then its hook, then its program`,
      source: FREE,
      ...(type === 'tcx' ? { since: '6.6' } : {}),
      needs: ['deferredSteps'],
      world: { deferred: 'manual' },
      run: async (world) => {
        const { kernel } = world;
        const deferred = deferredOf(world);
        const attach = (program: ProgramRef): Promise<BpfLink> =>
          type === 'xdp' ? attachXdp(world, program) : attachTcx(world, program);
        const program = await load(world, type);
        const link = await attach(program);
        await kernel.pin(link, under(world, 'pin'));
        await letGo(link);
        await letGo(program);
        assert.deepEqual(deferred.pending, []);
        await kernel.unpin(under(world, 'pin'));
        assert.equal(await showsId(kernel, link.id), true);
        while (await showsId(kernel, link.id)) assert.notEqual(deferred.step(), undefined);
        assert.equal(await codeOf(attach(program.id)), type === 'xdp' ? 'EBUSY' : 'EEXIST');
        assert.equal(await hasProgram(kernel, program.id), true);
        deferred.drain();
        assert.equal(await hasProgram(kernel, program.id), false);
        assert.equal(await codeOf(attach(await load(world, type))), 'ok');
      },
    }),
  ),
  {
    id: 'lifetime.unpinned-but-open',
    rules: ['lifetime.references'],
    title: 'a link whose last pin is removed stays while a handle is open',
    source: 'kernel/bpf/syscall.c, bpf_link_put',
    run: async (world) => {
      const link = await attachXdp(world, await load(world, 'xdp'));
      await world.kernel.pin(link, under(world, 'pin'));
      await world.kernel.unpin(under(world, 'pin'));
      await world.settle();
      assert.equal((await findLink(world.kernel, link.id))?.attached, true);
    },
  },
  {
    id: 'lifetime.dying-link-is-hidden',
    rules: ['lifetime.id-before-hook'],
    title: 'a link on its way out can neither be opened by id nor listed, and keeps its hook until it is out',
    source: 'kernel/bpf/syscall.c, bpf_link_by_id (bpf_link_inc_not_zero)',
    needs: ['deferredSteps'],
    world: { deferred: 'manual' },
    run: async (world) => {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      await world.kernel.pin(link, under(world, 'pin'));
      await link.close();
      await world.kernel.unpin(under(world, 'pin'));
      assert.equal(await codeOf(world.kernel.linkById(link.id)), 'ENOENT');
      assert.equal(await hasLink(world.kernel, link.id), false);
      assert.equal(await codeOf(attachXdp(world, program)), 'EBUSY');
      deferredOf(world).drain();
      assert.equal(await codeOf(attachXdp(world, program)), 'ok');
    },
  },
  {
    id: 'lifetime.deferred-order',
    rules: ['lifetime.id-before-hook'],
    title: 'what is put off is done in the order in which it was',
    source: FREE,
    needs: ['deferredSteps'],
    world: { deferred: 'manual' },
    run: async (world) => {
      const { kernel } = world;
      const deferred = deferredOf(world);
      const links = [
        await attachXdp(world, await load(world, 'xdp')),
        await attachXdp(world, await load(world, 'xdp'), world.otherDevice),
      ];
      for (const link of links) {
        await kernel.pin(link, under(world, `link_${link.id}`));
        await link.close();
      }
      for (const { id } of links) await kernel.unpin(under(world, `link_${id}`));
      const [first = 0, second = 0] = links.map(({ id }) => id);
      while (await showsId(kernel, first)) assert.notEqual(deferred.step(), undefined);
      assert.equal(await showsId(kernel, second), true);
      deferred.drain();
      assert.equal(await showsId(kernel, second), false);
    },
  },
  {
    id: 'lifetime.defunct-keeps-identity',
    rules: ['lifetime.defunct'],
    title: 'a link that is detached by force keeps its id, its pin and its program, and has no device',
    source: DETACH,
    run: async (world) => {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      await world.kernel.pin(link, under(world, 'pin'));
      await world.kernel.forceDetach(link);
      assert.partialDeepStrictEqual(await findLink(world.kernel, link.id), {
        attached: false,
        ifindex: 0,
        programId: program.id,
      });
      assert.deepEqual(await world.kernel.pins(world.bpffs), [
        { path: under(world, 'pin'), kind: 'link', id: link.id },
      ]);
    },
  },
  {
    id: 'lifetime.defunct-frees-hook',
    rules: ['lifetime.defunct'],
    title: 'a link that is detached by force leaves its hook free',
    source: DETACH,
    run: async (world) => {
      const program = await load(world, 'xdp');
      await world.kernel.forceDetach(await attachXdp(world, program));
      assert.equal((await world.kernel.queryXdp(world.device)).programId, undefined);
      assert.equal(await codeOf(attachXdp(world, program)), 'ok');
    },
  },
  {
    id: 'lifetime.defunct-holds-program',
    rules: ['lifetime.defunct', 'lifetime.link-holds-program'],
    title: 'a defunct link still holds its program',
    source: DETACH,
    run: async (world) => {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      await world.kernel.forceDetach(link);
      await letGo(program);
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), true);
      await link.close();
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), false);
    },
  },
  {
    id: 'lifetime.defunct-again',
    rules: ['lifetime.defunct'],
    title: 'a defunct link can be detached again, by its handle and by its id: nothing happens',
    source: DETACH,
    run: async (world) => {
      const link = await attachXdp(world, await load(world, 'xdp'));
      await world.kernel.forceDetach(link);
      assert.equal(await codeOf(world.kernel.forceDetach(link)), 'ok');
      assert.equal(await codeOf(world.kernel.forceDetach(link.id)), 'ok');
    },
  },
  {
    id: 'lifetime.defunct-update',
    rules: ['lifetime.defunct', 'links.update-wrong-old'],
    title: 'updating a defunct link is ENOLINK',
    source: 'net/core/dev.c, bpf_xdp_link_update',
    run: async (world) => {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      await world.kernel.forceDetach(link);
      assert.equal(await codeOf(world.kernel.updateLink(link, program)), 'ENOLINK');
    },
  },
  {
    id: 'lifetime.defunct-is-harmless',
    rules: ['lifetime.defunct'],
    title: 'a defunct link that goes does not disturb who has its hook now',
    source: DETACH,
    run: async (world) => {
      const program = await load(world, 'xdp');
      const old = await attachXdp(world, program);
      await world.kernel.forceDetach(old);
      const fresh = await attachXdp(world, program);
      await world.kernel.forceDetach(old);
      await old.close();
      await world.settle();
      assert.partialDeepStrictEqual(await world.kernel.queryXdp(world.device), {
        linkId: fresh.id,
        programId: program.id,
      });
    },
  },
];
