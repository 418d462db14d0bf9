import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.js';
import { allSince, at, codeOf, DEAD_ID, letGo, load, NO_DEVICE, untilGone } from './support.js';
import { setUpTcx } from './tcx-bench.js';

const ATTACH = 'kernel/bpf/mprog.c, bpf_mprog_attach (BPF_F_REPLACE)';

/** Programs that take the place of others on a TCX hook. */
export const TCX_REPLACE_CASES: readonly ContractCase[] = allSince('6.6', [
  {
    id: 'tcx.replace-place',
    rules: ['tcx.replace'],
    title: 'a program that replaces another takes its place in the order, and raises the revision by one',
    source: ATTACH,
    async run(world) {
      const { attach, order, revision, program, ids } = await setUpTcx(world, 3);
      assert.equal(await attach({ program: program(3), replace: program(1) }), 'ok');
      assert.deepEqual(await order(), [ids[0], ids[3], ids[2]]);
      assert.equal(await revision(), 5);
    },
  },
  {
    id: 'tcx.replace-lets-go',
    rules: ['tcx.replace', 'lifetime.references'],
    title: 'the hook lets go of the program that was replaced',
    source: 'kernel/bpf/mprog.c, bpf_mprog_replace, bpf_mprog_mark_for_release',
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      const old = await letGo(program(0));
      assert.equal(await attach({ program: program(1), replace: old }), 'ok');
      await untilGone(world, 'program', old);
    },
  },
  {
    id: 'tcx.replace-itself',
    rules: ['tcx.replace', 'tcx.exists'],
    title: 'a program that replaces itself is EEXIST',
    source: ATTACH,
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      assert.equal(await attach({ program: program(0), replace: program(0) }), 'EEXIST');
    },
  },
  {
    id: 'tcx.replace-absent',
    rules: ['tcx.replace'],
    title: 'replacing a program that is not on the hook, or a dead id, is ENOENT, on an empty hook too',
    source: 'kernel/bpf/mprog.c, bpf_mprog_pos_exact',
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      assert.equal(await attach({ program: program(1), replace: program(2) }), 'ENOENT');
      assert.equal(await attach({ program: program(1), replace: DEAD_ID }), 'ENOENT');
      const spec = { ...world.egress, program: program(1), replace: program(2) };
      assert.equal(await codeOf(world.kernel.attachTcxProgram(spec)), 'ENOENT');
    },
  },
  {
    id: 'tcx.replace-other-type',
    rules: ['tcx.replace', 'tcx.program-type'],
    title: 'replacing a program of another type is EINVAL',
    source: 'kernel/bpf/tcx.c, tcx_prog_attach (bpf_prog_get_type)',
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      assert.equal(await attach({ program: program(1), replace: await load(world, 'xdp') }), 'EINVAL');
    },
  },
  {
    id: 'tcx.replace-device-first',
    rules: ['tcx.replace', 'tcx.missing-device'],
    title: 'a missing device is found before the type of the program to replace',
    source: 'kernel/bpf/tcx.c, tcx_prog_attach',
    async run(world) {
      const [program, replace] = [await load(world, 'tcx'), await load(world, 'xdp')];
      const spec = { ...NO_DEVICE, direction: 'ingress', program, replace } as const;
      assert.equal(await codeOf(world.kernel.attachTcxProgram(spec)), 'ENODEV');
    },
  },
  {
    id: 'tcx.replace-stale',
    rules: ['tcx.replace', 'tcx.revision'],
    title: 'replacing with a wrong revision is ESTALE, before the program to replace is looked for',
    source: ATTACH,
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      assert.equal(await attach({ program: program(1), replace: program(0), expectedRevision: 1 }), 'ESTALE');
      assert.equal(await attach({ program: program(1), replace: program(2), expectedRevision: 1 }), 'ESTALE');
    },
  },
  {
    id: 'tcx.replace-disagrees',
    rules: ['tcx.range', 'tcx.replace'],
    title: 'replacing where before or after the anchor is another place is ERANGE',
    source: ATTACH,
    async run(world) {
      const { attach, program } = await setUpTcx(world, 3);
      const replace = { program: program(3), replace: program(1) };
      assert.equal(await attach({ ...replace, order: 'before', anchor: { program: program(0) } }), 'ERANGE');
      assert.equal(await attach({ ...replace, order: 'after', anchor: { program: program(2) } }), 'ERANGE');
    },
  },
  {
    id: 'tcx.replace-agrees',
    rules: ['tcx.range', 'tcx.replace'],
    title: 'replacing where before or after the anchor is that very place replaces',
    source: ATTACH,
    async run(world) {
      const { attach, order, program, ids } = await setUpTcx(world, 3);
      const before = { order: 'before', anchor: { program: program(2) } } as const;
      const after = { order: 'after', anchor: { program: program(0) } } as const;
      assert.equal(await attach({ program: program(3), replace: program(1), ...before }), 'ok');
      assert.equal(await attach({ program: program(4), replace: program(3), ...after }), 'ok');
      assert.deepEqual(await order(), [ids[0], at(ids, 4), ids[2]]);
    },
  },
  {
    id: 'tcx.replace-without-anchor',
    rules: ['tcx.range', 'tcx.replace'],
    title: 'replacing with before or after, but no anchor, is ERANGE wherever the program is',
    source: ATTACH,
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      const replace = { program: program(1), replace: program(0) };
      assert.equal(await attach({ ...replace, order: 'before' }), 'ERANGE');
      assert.equal(await attach({ ...replace, order: 'after' }), 'ERANGE');
    },
  },
  {
    id: 'tcx.replace-anchor-absent',
    rules: ['tcx.anchor', 'tcx.replace'],
    title: 'replacing beside an anchor that is not on the hook is ENOENT',
    source: ATTACH,
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      const replace = { program: program(1), replace: program(0) };
      assert.equal(await attach({ ...replace, order: 'before', anchor: { program: program(2) } }), 'ENOENT');
    },
  },
  {
    id: 'tcx.replace-link-slot',
    rules: ['tcx.link-slot', 'tcx.replace'],
    title: 'replacing a program that a link owns is EBUSY',
    source: 'kernel/bpf/mprog.c, bpf_mprog_pos_exact',
    async run(world) {
      const { attach, link, program } = await setUpTcx(world, 0);
      await link(program(0));
      assert.equal(await attach({ program: program(1), replace: program(0) }), 'EBUSY');
    },
  },
]);
