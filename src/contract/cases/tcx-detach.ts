import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.js';
import { allSince, codeOf, DEAD_ID, letGo, load, NO_DEVICE, untilGone } from './support.js';
import { BPF_F_AFTER, BPF_F_REPLACE, FULL, setUpTcx } from './tcx-bench.js';

const DETACH = 'kernel/bpf/mprog.c, bpf_mprog_detach';

/** Programs that are taken off a TCX hook without a link. */
export const TCX_DETACH_CASES: readonly ContractCase[] = allSince('6.6', [
  {
    id: 'tcx.detach-empty',
    rules: ['tcx.detach-nothing'],
    title: 'detaching from an empty hook is ENOENT, named or not, whatever revision is expected',
    source: 'kernel/bpf/tcx.c, tcx_prog_detach',
    async run(world) {
      const { detach, program } = await setUpTcx(world, 0);
      assert.equal(await detach({ program: program(0) }), 'ENOENT');
      assert.equal(await detach(), 'ENOENT');
      assert.equal(await detach({ program: program(0), expectedRevision: 5 }), 'ENOENT');
    },
  },
  {
    id: 'tcx.detach-emptied',
    rules: ['tcx.detach-nothing', 'tcx.entry'],
    title: 'detaching from a hook whose last program went is ENOENT, whatever revision is expected',
    source: 'kernel/bpf/tcx.c, tcx_prog_detach',
    async run(world) {
      const { detach, program } = await setUpTcx(world, 1, 0);
      assert.equal(await detach({ program: program(0) }), 'ok');
      assert.equal(await detach({ program: program(0) }), 'ENOENT');
      assert.equal(await detach({ program: program(0), expectedRevision: 3 }), 'ENOENT');
    },
  },
  {
    id: 'tcx.detach-empty-kept',
    rules: ['tcx.detach-nothing', 'tcx.entry'],
    title: 'detaching from an empty hook that a clsact keeps is ESTALE for a wrong revision, else ENOENT',
    source: DETACH,
    async run(world) {
      const { detach, program } = await setUpTcx(world, 0);
      await world.kernel.createClsact(world.device);
      assert.equal(await detach({ program: program(0), expectedRevision: 5 }), 'ESTALE');
      assert.equal(await detach({ program: program(0), expectedRevision: 1 }), 'ENOENT');
      assert.equal(await detach({ program: program(0) }), 'ENOENT');
    },
  },
  {
    id: 'tcx.detach-named',
    rules: ['tcx.detach', 'lifetime.references'],
    title: 'a program that is named goes, and the hook lets go of it',
    source: DETACH,
    async run(world) {
      const { detach, order, program, ids } = await setUpTcx(world, 3, 0);
      assert.equal(await detach({ program: program(1) }), 'ok');
      assert.deepEqual(await order(), [ids[0], ids[2]]);
      const gone = await letGo(program(1));
      await untilGone(world, 'program', gone);
    },
  },
  {
    id: 'tcx.detach-absent',
    rules: ['tcx.detach'],
    title: 'detaching a program that is not on the hook is ENOENT',
    source: 'kernel/bpf/mprog.c, bpf_mprog_pos_exact',
    async run(world) {
      const { detach, program } = await setUpTcx(world, 1);
      assert.equal(await detach({ program: program(1) }), 'ENOENT');
    },
  },
  {
    id: 'tcx.detach-stale',
    rules: ['tcx.revision', 'tcx.detach'],
    title:
      'detaching with a wrong revision is ESTALE, also for a program that is not there; with the right one it goes',
    source: DETACH,
    async run(world) {
      const { detach, program } = await setUpTcx(world, 1);
      assert.equal(await detach({ program: program(0), expectedRevision: 9 }), 'ESTALE');
      assert.equal(await detach({ program: program(1), expectedRevision: 9 }), 'ESTALE');
      assert.equal(await detach({ program: program(0), expectedRevision: 2 }), 'ok');
    },
  },
  {
    id: 'tcx.detach-first',
    rules: ['tcx.detach'],
    title: 'detaching before all, without naming a program, takes the first',
    source: 'kernel/bpf/mprog.c, bpf_mprog_fetch',
    async run(world) {
      const { detach, order, ids } = await setUpTcx(world, 3, 0);
      assert.equal(await detach({ order: 'before' }), 'ok');
      assert.deepEqual(await order(), [ids[1], ids[2]]);
    },
  },
  {
    id: 'tcx.detach-last',
    rules: ['tcx.detach'],
    title: 'detaching after all, or at no place, without naming a program, takes the last',
    source: 'kernel/bpf/mprog.c, bpf_mprog_fetch',
    async run(world) {
      const { detach, order, ids } = await setUpTcx(world, 3, 0);
      assert.equal(await detach({ order: 'after' }), 'ok');
      assert.deepEqual(await order(), [ids[0], ids[1]]);
      assert.equal(await detach(), 'ok');
      assert.deepEqual(await order(), [ids[0]]);
    },
  },
  {
    id: 'tcx.detach-beside-anchor',
    rules: ['tcx.detach'],
    title: 'detaching before or after an anchor, without naming a program, takes the one beside it',
    source: DETACH,
    async run(world) {
      const { detach, order, program, ids } = await setUpTcx(world, 4, 0);
      assert.equal(await detach({ order: 'after', anchor: { program: program(0) } }), 'ok');
      assert.deepEqual(await order(), [ids[0], ids[2], ids[3]]);
      assert.equal(await detach({ order: 'before', anchor: { program: program(3) } }), 'ok');
      assert.deepEqual(await order(), [ids[0], ids[3]]);
    },
  },
  {
    id: 'tcx.detach-anchor-absent',
    rules: ['tcx.anchor', 'tcx.detach'],
    title: 'detaching beside an anchor that is absent, or a dead id, is ENOENT',
    source: DETACH,
    async run(world) {
      const { detach, program } = await setUpTcx(world, 1);
      assert.equal(await detach({ order: 'before', anchor: { program: program(1) } }), 'ENOENT');
      assert.equal(await detach({ order: 'after', anchor: { program: DEAD_ID } }), 'ENOENT');
      assert.equal(await detach({ order: 'after', anchor: { link: DEAD_ID } }), 'ENOENT');
    },
  },
  {
    id: 'tcx.detach-anchor-alone',
    rules: ['tcx.bad-relation', 'tcx.detach'],
    title: 'detaching beside an anchor, without before or after and without naming a program, is EINVAL',
    source: DETACH,
    async run(world) {
      const { detach, program } = await setUpTcx(world, 2, 0);
      assert.equal(await detach({ anchor: { program: program(0) } }), 'EINVAL');
    },
  },
  {
    id: 'tcx.detach-anchor-ignored',
    rules: ['tcx.detach'],
    title: 'detaching a program that is named takes no notice of an anchor without before or after',
    source: DETACH,
    async run(world) {
      const { detach, order, program, ids } = await setUpTcx(world, 2, 0);
      assert.equal(await detach({ program: program(1), anchor: { program: program(0) } }), 'ok');
      assert.deepEqual(await order(), [ids[0]]);
    },
  },
  {
    id: 'tcx.detach-disagrees',
    rules: ['tcx.range', 'tcx.detach'],
    title: 'detaching a program that is named where before or after is another place is ERANGE',
    source: DETACH,
    async run(world) {
      const { detach, program } = await setUpTcx(world, 3, 0);
      const anchor = { program: program(0) };
      assert.equal(await detach({ program: program(2), order: 'before', anchor }), 'ERANGE');
      assert.equal(await detach({ program: program(2), order: 'after', anchor }), 'ERANGE');
      assert.equal(await detach({ program: program(1), order: 'after', anchor }), 'ok');
    },
  },
  {
    id: 'tcx.detach-without-anchor',
    rules: ['tcx.range', 'tcx.detach'],
    title: 'detaching a program that is named, before or after all, is ERANGE wherever it is',
    source: 'kernel/bpf/mprog.c, bpf_mprog_pos_before, bpf_mprog_pos_after',
    async run(world) {
      const { detach, program } = await setUpTcx(world, 2, 0);
      assert.equal(await detach({ program: program(0), order: 'before' }), 'ERANGE');
      assert.equal(await detach({ program: program(1), order: 'after' }), 'ERANGE');
    },
  },
  {
    id: 'tcx.detach-before-and-after',
    rules: ['tcx.range', 'tcx.detach'],
    title: 'detaching before and after at once is ERANGE',
    source: DETACH,
    async run(world) {
      const { detach, program } = await setUpTcx(world, 3, 0);
      const both = { order: 'before', flags: BPF_F_AFTER } as const;
      assert.equal(await detach(both), 'ERANGE');
      assert.equal(await detach({ ...both, anchor: { program: program(1) } }), 'ERANGE');
    },
  },
  {
    id: 'tcx.detach-full',
    rules: ['tcx.range', 'tcx.detach'],
    title: 'detaching from a full hook is ERANGE without a program and a place, and succeeds with a place',
    source: 'kernel/bpf/mprog.c, bpf_mprog_detach, bpf_mprog_fetch',
    async run(world) {
      const { detach } = await setUpTcx(world, FULL, 0);
      assert.equal(await detach(), 'ERANGE');
      assert.equal(await detach({ order: 'before' }), 'ok');
      assert.equal(await detach(), 'ok');
    },
  },
  {
    id: 'tcx.detach-other-type',
    rules: ['tcx.program-type', 'tcx.detach'],
    title: 'detaching a program of another type is EINVAL, before an empty hook and a missing device',
    source: 'kernel/bpf/syscall.c, bpf_prog_detach (bpf_prog_get_type)',
    async run(world) {
      const { detach } = await setUpTcx(world, 1);
      const program = await load(world, 'xdp');
      assert.equal(await detach({ program }), 'EINVAL');
      assert.equal(await codeOf(world.kernel.detachTcxProgram({ ...world.egress, program })), 'EINVAL');
      const nowhere = { ...NO_DEVICE, direction: 'ingress', program } as const;
      assert.equal(await codeOf(world.kernel.detachTcxProgram(nowhere)), 'EINVAL');
    },
  },
  {
    id: 'tcx.detach-link-slot',
    rules: ['tcx.link-slot'],
    title: 'detaching a program that a link owns is EBUSY, named or not',
    source: DETACH,
    async run(world) {
      const { detach, link, order, program, ids } = await setUpTcx(world, 0, 1);
      await link(program(0));
      assert.equal(await detach({ program: program(0) }), 'EBUSY');
      assert.equal(await detach(), 'EBUSY');
      assert.deepEqual(await order(), ids);
    },
  },
  {
    id: 'tcx.detach-link-slot-stale',
    rules: ['tcx.link-slot', 'tcx.revision'],
    title: 'a wrong revision is found before the link that owns the place',
    source: DETACH,
    async run(world) {
      const { detach, link, program } = await setUpTcx(world, 0);
      await link(program(0));
      assert.equal(await detach({ program: program(0), expectedRevision: 9 }), 'ESTALE');
    },
  },
  {
    id: 'tcx.detach-replace-flag',
    rules: ['tcx.bad-relation', 'tcx.detach'],
    title: 'detaching with the flag to replace is EINVAL, before a wrong revision and an absent program',
    source: DETACH,
    async run(world) {
      const { detach, program } = await setUpTcx(world, 1);
      const flags = BPF_F_REPLACE;
      assert.equal(await detach({ program: program(0), flags }), 'EINVAL');
      assert.equal(await detach({ program: program(0), flags, expectedRevision: 9 }), 'EINVAL');
      assert.equal(await detach({ program: program(1), flags }), 'EINVAL');
    },
  },
  {
    id: 'tcx.detach-replace-flag-empty',
    rules: ['tcx.detach-nothing', 'tcx.bad-relation'],
    title: 'detaching with the flag to replace from an empty hook is ENOENT, EINVAL where a clsact keeps it',
    source: 'kernel/bpf/tcx.c, tcx_prog_detach; kernel/bpf/mprog.c, bpf_mprog_detach',
    async run(world) {
      const { detach, program } = await setUpTcx(world, 0);
      const flags = BPF_F_REPLACE;
      assert.equal(await detach({ program: program(0), flags }), 'ENOENT');
      await world.kernel.createClsact(world.device);
      assert.equal(await detach({ program: program(0), flags }), 'EINVAL');
    },
  },
]);
