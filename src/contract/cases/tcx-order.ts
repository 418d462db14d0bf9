import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.js';
import { allSince, at, attachTcx, attachXdp, codeOf, DEAD_ID, load } from './support.js';
import { BPF_F_AFTER, BPF_F_BEFORE, FULL, setUpTcx } from './tcx-bench.js';

const ATTACH = 'kernel/bpf/mprog.c, bpf_mprog_attach';

/** Where on a TCX hook a program goes, and which mistake is found first. */
export const TCX_ORDER_CASES: readonly ContractCase[] = allSince('6.6', [
  {
    id: 'tcx.order-appends',
    rules: ['tcx.order'],
    title: 'without a position a program goes last, with a link too',
    source: ATTACH,
    async run(world) {
      const { link, order, program, ids } = await setUpTcx(world, 2, 1);
      await link(program(2));
      assert.deepEqual(await order(), ids);
    },
  },
  {
    id: 'tcx.order-before-all',
    rules: ['tcx.order'],
    title: 'before, without an anchor, means first',
    source: 'kernel/bpf/mprog.c, bpf_mprog_pos_before',
    async run(world) {
      const { attach, order, program, ids } = await setUpTcx(world, 2);
      assert.equal(await attach({ program: program(2), order: 'before' }), 'ok');
      assert.deepEqual(await order(), [ids[2], ids[0], ids[1]]);
    },
  },
  {
    id: 'tcx.order-after-all',
    rules: ['tcx.order'],
    title: 'after, without an anchor, means last',
    source: 'kernel/bpf/mprog.c, bpf_mprog_pos_after',
    async run(world) {
      const { attach, order, program, ids } = await setUpTcx(world, 2);
      assert.equal(await attach({ program: program(2), order: 'after' }), 'ok');
      assert.deepEqual(await order(), [ids[0], ids[1], ids[2]]);
    },
  },
  {
    id: 'tcx.order-before-anchor',
    rules: ['tcx.order'],
    title: 'a program goes right before its anchor, a program by handle or id',
    source: 'kernel/bpf/mprog.c, bpf_mprog_prog, bpf_mprog_pos_before',
    async run(world) {
      const { attach, order, program, ids } = await setUpTcx(world, 2);
      assert.equal(await attach({ program: program(2), order: 'before', anchor: { program: program(1) } }), 'ok');
      assert.equal(await attach({ program: program(3), order: 'before', anchor: { program: program(1).id } }), 'ok');
      assert.deepEqual(await order(), [ids[0], ids[2], ids[3], ids[1]]);
    },
  },
  {
    id: 'tcx.order-after-anchor',
    rules: ['tcx.order'],
    title: 'a program goes right after its anchor, a program by handle or id',
    source: 'kernel/bpf/mprog.c, bpf_mprog_prog, bpf_mprog_pos_after',
    async run(world) {
      const { attach, order, program, ids } = await setUpTcx(world, 2);
      assert.equal(await attach({ program: program(2), order: 'after', anchor: { program: program(0) } }), 'ok');
      assert.equal(await attach({ program: program(3), order: 'after', anchor: { program: program(0).id } }), 'ok');
      assert.deepEqual(await order(), [ids[0], ids[3], ids[2], ids[1]]);
    },
  },
  {
    id: 'tcx.order-link-anchor',
    rules: ['tcx.order'],
    title: 'an anchor may be a link, by handle or id',
    source: 'kernel/bpf/mprog.c, bpf_mprog_link',
    async run(world) {
      const { attach, link, order, program, ids } = await setUpTcx(world, 1, 4);
      const anchor = await link(program(1));
      assert.equal(await attach({ program: program(2), order: 'before', anchor: { link: anchor } }), 'ok');
      assert.equal(await attach({ program: program(3), order: 'after', anchor: { link: anchor.id } }), 'ok');
      assert.deepEqual(await order(), [ids[0], ids[2], ids[1], ids[3]]);
    },
  },
  {
    id: 'tcx.order-linked-program',
    rules: ['tcx.order'],
    title: 'a program that is there by a link is an anchor by its own name too',
    source: 'kernel/bpf/mprog.c, bpf_mprog_pos_before',
    async run(world) {
      const { attach, link, order, program, ids } = await setUpTcx(world, 1);
      await link(program(1));
      assert.equal(await attach({ program: program(2), order: 'before', anchor: { program: program(1) } }), 'ok');
      assert.deepEqual(await order(), [ids[0], ids[2], ids[1]]);
    },
  },
  {
    id: 'tcx.order-of-links',
    rules: ['tcx.order'],
    title: 'a link goes where it asks to: first, or beside an anchor',
    source: 'kernel/bpf/tcx.c, tcx_link_prog_attach',
    async run(world) {
      const { link, order, program, ids } = await setUpTcx(world, 2);
      const first = await link(program(2), { order: 'before' });
      await link(program(3), { order: 'after', anchor: { link: first } });
      await link(program(4), { order: 'before', anchor: { program: program(1) } });
      assert.deepEqual(await order(), [ids[2], ids[3], ids[0], ids[4], ids[1]]);
    },
  },
  {
    id: 'tcx.anchor-absent',
    rules: ['tcx.anchor'],
    title: 'an anchor that is not on the hook is ENOENT, a program or a link of elsewhere',
    source: 'kernel/bpf/mprog.c, bpf_mprog_pos_before, bpf_mprog_pos_after',
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      const elsewhere = await attachTcx(world, program(2), { ...world.otherDevice, direction: 'ingress' });
      for (const order of ['before', 'after'] as const) {
        assert.equal(await attach({ program: program(1), order, anchor: { program: program(3) } }), 'ENOENT');
        assert.equal(await attach({ program: program(1), order, anchor: { link: elsewhere } }), 'ENOENT');
      }
    },
  },
  {
    id: 'tcx.anchor-dead-id',
    rules: ['tcx.anchor'],
    title: 'an anchor by the id of no program or link is ENOENT',
    source: 'kernel/bpf/mprog.c, bpf_mprog_prog, bpf_mprog_link (bpf_prog_by_id, bpf_link_by_id)',
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      assert.equal(await attach({ program: program(1), order: 'after', anchor: { program: DEAD_ID } }), 'ENOENT');
      assert.equal(await attach({ program: program(1), order: 'after', anchor: { link: DEAD_ID } }), 'ENOENT');
    },
  },
  {
    id: 'tcx.anchor-defunct',
    rules: ['tcx.anchor', 'lifetime.defunct'],
    title: 'a defunct link is no anchor: ENOENT',
    source: 'kernel/bpf/mprog.c, bpf_mprog_pos_before',
    async run(world) {
      const { attach, link, program } = await setUpTcx(world, 1);
      const defunct = await link(program(1));
      await world.kernel.forceDetach(defunct);
      assert.equal(await attach({ program: program(2), order: 'before', anchor: { link: defunct } }), 'ENOENT');
    },
  },
  {
    id: 'tcx.anchor-program-type',
    rules: ['tcx.bad-relation'],
    title: 'an anchor that is a program of another type is EINVAL',
    source: 'kernel/bpf/mprog.c, bpf_mprog_prog',
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      const xdp = await load(world, 'xdp');
      assert.equal(await attach({ program: program(1), order: 'before', anchor: { program: xdp } }), 'EINVAL');
      assert.equal(await attach({ program: program(1), order: 'after', anchor: { program: xdp.id } }), 'EINVAL');
    },
  },
  {
    id: 'tcx.anchor-link-type',
    rules: ['tcx.bad-relation'],
    title: 'an anchor that is a link of another type is EINVAL',
    source: 'kernel/bpf/mprog.c, bpf_mprog_link',
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      const link = await attachXdp(world, await load(world, 'xdp'));
      assert.equal(await attach({ program: program(1), order: 'before', anchor: { link } }), 'EINVAL');
      assert.equal(await attach({ program: program(1), order: 'after', anchor: { link: link.id } }), 'EINVAL');
    },
  },
  {
    id: 'tcx.anchor-alone',
    rules: ['tcx.bad-relation'],
    title: 'an anchor without before or after is EINVAL, a program by handle or id or a link, with a link too',
    source: ATTACH,
    async run(world) {
      const { attach, link, program } = await setUpTcx(world, 1);
      assert.equal(await attach({ program: program(1), anchor: { program: program(0) } }), 'EINVAL');
      assert.equal(await attach({ program: program(1), anchor: { program: program(0).id } }), 'EINVAL');
      assert.equal(await attach({ program: program(1), anchor: { link: await link(program(2)) } }), 'EINVAL');
      assert.equal(await codeOf(link(program(1), { anchor: { program: program(0) } })), 'EINVAL');
    },
  },
  {
    id: 'tcx.exists',
    rules: ['tcx.exists'],
    title: 'a program that is on the hook is EEXIST, with a link and without',
    source: 'kernel/bpf/mprog.c, bpf_mprog_exists',
    async run(world) {
      const { attach, link, program } = await setUpTcx(world, 1);
      assert.equal(await attach({ program: program(0) }), 'EEXIST');
      assert.equal(await codeOf(link(program(0))), 'EEXIST');
    },
  },
  {
    id: 'tcx.exists-by-link',
    rules: ['tcx.exists'],
    title: 'a program that a link put on the hook is EEXIST, with a link and without',
    source: 'kernel/bpf/mprog.c, bpf_mprog_exists',
    async run(world) {
      const { attach, link, program } = await setUpTcx(world, 0);
      await link(program(0));
      assert.equal(await attach({ program: program(0) }), 'EEXIST');
      assert.equal(await codeOf(link(program(0))), 'EEXIST');
    },
  },
  {
    id: 'tcx.stale-before-exists',
    rules: ['tcx.revision', 'tcx.exists'],
    title: 'a wrong revision is found before a program that is on the hook',
    source: ATTACH,
    async run(world) {
      const { attach, link, program } = await setUpTcx(world, 1);
      assert.equal(await attach({ program: program(0), expectedRevision: 7 }), 'ESTALE');
      assert.equal(await codeOf(link(program(0), { expectedRevision: 7 })), 'ESTALE');
    },
  },
  {
    id: 'tcx.stale-before-anchor',
    rules: ['tcx.revision', 'tcx.anchor'],
    title: 'a wrong revision is found before an anchor that is absent, dead or without a side',
    source: ATTACH,
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      const wrong = { program: program(1), expectedRevision: 7 };
      assert.equal(await attach({ ...wrong, order: 'before', anchor: { program: program(2) } }), 'ESTALE');
      assert.equal(await attach({ ...wrong, order: 'before', anchor: { program: DEAD_ID } }), 'ESTALE');
      assert.equal(await attach({ ...wrong, anchor: { program: program(0) } }), 'ESTALE');
    },
  },
  {
    id: 'tcx.exists-before-anchor',
    rules: ['tcx.exists', 'tcx.anchor'],
    title:
      'a program that is on the hook is found before an anchor that is absent, dead, of another type or without a side',
    source: ATTACH,
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      const there = { program: program(0) };
      const xdp = await load(world, 'xdp');
      assert.equal(await attach({ ...there, order: 'before', anchor: { program: program(1) } }), 'EEXIST');
      assert.equal(await attach({ ...there, order: 'before', anchor: { program: DEAD_ID } }), 'EEXIST');
      assert.equal(await attach({ ...there, order: 'before', anchor: { program: xdp } }), 'EEXIST');
      assert.equal(await attach({ ...there, anchor: { program: program(1) } }), 'EEXIST');
    },
  },
  // Every change of a hook waits for all readers, so a full one takes Linux seconds: this case sees several things.
  {
    id: 'tcx.full',
    rules: ['tcx.range', 'tcx.revision', 'tcx.exists', 'tcx.anchor', 'tcx.replace'],
    title:
      'the 64th program is ERANGE at any place, after a stale revision, a program that is there and a dead anchor, before one that is elsewhere; replacing works',
    source: ATTACH,
    async run(world) {
      const { attach, link, order, program, ids } = await setUpTcx(world, FULL, 2);
      const xdp = await load(world, 'xdp');
      const spare = { program: program(FULL) };
      assert.equal(await attach(spare), 'ERANGE');
      assert.equal(await attach({ ...spare, order: 'before' }), 'ERANGE');
      assert.equal(await codeOf(link(program(FULL))), 'ERANGE');
      assert.equal(await attach({ ...spare, expectedRevision: 1 }), 'ESTALE');
      assert.equal(await attach({ program: program(3) }), 'EEXIST');
      assert.equal(await attach({ ...spare, order: 'before', anchor: { program: DEAD_ID } }), 'ENOENT');
      assert.equal(await attach({ ...spare, order: 'before', anchor: { program: xdp } }), 'EINVAL');
      assert.equal(await attach({ ...spare, order: 'before', anchor: { program: program(FULL + 1) } }), 'ERANGE');
      assert.equal(await attach({ ...spare, replace: program(0) }), 'ok');
      assert.deepEqual(await order(), [at(ids, FULL), ...ids.slice(1, FULL)]);
      assert.equal(await codeOf(attachTcx(world, program(0), world.egress)), 'ok');
    },
  },
  {
    id: 'tcx.before-and-after',
    rules: ['tcx.range'],
    title: 'before and after together are ERANGE, on an empty hook, without an anchor and with one',
    source: ATTACH,
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      const both = { order: 'before', flags: BPF_F_AFTER } as const;
      assert.equal(await attach({ program: program(1), ...both }), 'ERANGE');
      assert.equal(await attach({ program: program(1), ...both, anchor: { program: program(0) } }), 'ERANGE');
      assert.equal(await codeOf(attachTcxBoth(world.egress)), 'ERANGE');

      function attachTcxBoth(hook: typeof world.egress): Promise<void> {
        return world.kernel.attachTcxProgram({ ...hook, program: program(1), order: 'after', flags: BPF_F_BEFORE });
      }
    },
  },
  {
    id: 'tcx.before-and-after-link',
    rules: ['tcx.range'],
    title: 'before and after together are ERANGE for a link',
    source: 'kernel/bpf/tcx.c, tcx_link_prog_attach; kernel/bpf/mprog.c, bpf_mprog_attach',
    async run(world) {
      const { link, program } = await setUpTcx(world, 1);
      assert.equal(await codeOf(link(program(1), { order: 'before', flags: BPF_F_AFTER })), 'ERANGE');
    },
  },
  {
    id: 'tcx.before-and-after-anchor',
    rules: ['tcx.range', 'tcx.anchor'],
    title: 'an anchor that is not on the hook is found before before and after that disagree',
    source: ATTACH,
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      const both = { order: 'before', flags: BPF_F_AFTER } as const;
      assert.equal(await attach({ program: program(1), ...both, anchor: { program: program(2) } }), 'ENOENT');
    },
  },
]);
