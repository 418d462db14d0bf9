import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.js';
import { allSince, codeOf, NO_DEVICE } from './support.js';
import { BPF_F_AFTER, BPF_F_BEFORE, BPF_F_ID, BPF_F_LINK, BPF_F_REPLACE, setUpTcx, UNKNOWN_FLAG } from './tcx-bench.js';

/** Flags of TCX calls as bits: unknown ones, and known ones that lack what they speak of. */
export const TCX_FLAG_CASES: readonly ContractCase[] = allSince('6.6', [
  {
    id: 'tcx.unknown-flags',
    rules: ['tcx.flags'],
    title:
      'unknown flags of an attach are EINVAL before a program that is there, a stale revision and a missing device',
    source: 'kernel/bpf/syscall.c, bpf_prog_attach (BPF_F_ATTACH_MASK_MPROG)',
    async run(world) {
      const { attach, program, revision } = await setUpTcx(world, 1);
      const flags = UNKNOWN_FLAG;
      assert.equal(await attach({ program: program(1), flags }), 'EINVAL');
      assert.equal(await attach({ program: program(0), flags }), 'EINVAL');
      assert.equal(await attach({ program: program(1), flags, expectedRevision: 99 }), 'EINVAL');
      const nowhere = { ...NO_DEVICE, direction: 'ingress', program: program(1), flags } as const;
      assert.equal(await codeOf(world.kernel.attachTcxProgram(nowhere)), 'EINVAL');
      assert.equal(await revision(), 2);
    },
  },
  {
    id: 'tcx.unknown-flags-detach',
    rules: ['tcx.flags'],
    title: 'unknown flags of a detach are EINVAL before an empty hook and a missing device',
    source: 'kernel/bpf/syscall.c, bpf_prog_detach (BPF_F_ATTACH_MASK_MPROG)',
    async run(world) {
      const { detach, program } = await setUpTcx(world, 1);
      const flags = UNKNOWN_FLAG;
      assert.equal(await detach({ program: program(0), flags }), 'EINVAL');
      const { kernel, egress } = world;
      assert.equal(await codeOf(kernel.detachTcxProgram({ ...egress, flags })), 'EINVAL');
      const nowhere = { ...NO_DEVICE, direction: 'ingress', flags } as const;
      assert.equal(await codeOf(kernel.detachTcxProgram(nowhere)), 'EINVAL');
    },
  },
  {
    id: 'tcx.unknown-flags-link',
    rules: ['tcx.flags', 'links.flags'],
    title: 'unknown flags of a link, without before or after, are EINVAL, but a program that is there is found first',
    source: 'kernel/bpf/mprog.c, bpf_mprog_attach',
    async run(world) {
      const { link, program } = await setUpTcx(world, 1);
      assert.equal(await codeOf(link(program(1), { flags: UNKNOWN_FLAG })), 'EINVAL');
      assert.equal(await codeOf(link(program(0), { flags: UNKNOWN_FLAG })), 'EEXIST');
    },
  },
  {
    id: 'tcx.unknown-flags-placed',
    rules: ['tcx.flags'],
    title:
      'unknown flags of a link beside before or after are not looked at; of an attach and a detach they are EINVAL',
    source: 'kernel/bpf/mprog.c, bpf_mprog_attach; kernel/bpf/syscall.c, bpf_prog_attach, bpf_prog_detach',
    async run(world) {
      const { attach, detach, link, order, program, ids } = await setUpTcx(world, 1);
      const flags = UNKNOWN_FLAG;
      assert.equal(await codeOf(link(program(1), { order: 'before', flags })), 'ok');
      assert.deepEqual(await order(), [ids[1], ids[0]]);
      assert.equal(await attach({ program: program(2), order: 'before', flags }), 'EINVAL');
      assert.equal(await detach({ order: 'after', flags }), 'EINVAL');
    },
  },
  {
    id: 'tcx.order-bits',
    rules: ['tcx.order'],
    title: 'the bits of before and after alone say where a program goes',
    source: 'include/uapi/linux/bpf.h, BPF_F_BEFORE, BPF_F_AFTER',
    async run(world) {
      const { attach, link, order, program, ids } = await setUpTcx(world, 1);
      assert.equal(await attach({ program: program(1), flags: BPF_F_BEFORE }), 'ok');
      await link(program(2), { flags: BPF_F_AFTER, anchor: { program: program(1) } });
      assert.deepEqual(await order(), [ids[1], ids[2], ids[0]]);
    },
  },
  {
    id: 'tcx.flag-no-id',
    rules: ['tcx.anchor'],
    title: 'an anchor by id, but no id, is ENOENT for an attach, a link and a detach, with a side and without',
    source: 'kernel/bpf/mprog.c, bpf_mprog_prog, bpf_mprog_link',
    async run(world) {
      const { attach, detach, link, program } = await setUpTcx(world, 1);
      for (const flags of [BPF_F_ID, BPF_F_ID | BPF_F_BEFORE, BPF_F_ID | BPF_F_LINK]) {
        assert.equal(await attach({ program: program(1), flags }), 'ENOENT');
        assert.equal(await codeOf(link(program(1), { flags })), 'ENOENT');
        assert.equal(await detach({ program: program(0), flags }), 'ENOENT');
      }
    },
  },
  {
    id: 'tcx.flag-no-link',
    rules: ['tcx.bad-relation'],
    title: 'an anchor that is said to be a link and is the handle of a program is EINVAL',
    source: 'kernel/bpf/mprog.c, bpf_mprog_link (bpf_link_get_from_fd)',
    async run(world) {
      const { attach, program } = await setUpTcx(world, 1);
      const spec = { program: program(1), order: 'after', anchor: { program: program(0) } } as const;
      assert.equal(await attach({ ...spec, flags: BPF_F_LINK }), 'EINVAL');
    },
  },
  {
    id: 'tcx.flag-replace-link',
    rules: ['tcx.replace'],
    title: 'a link with the flag to replace finds no program to replace: ENOENT',
    source: 'kernel/bpf/tcx.c, tcx_link_prog_attach; kernel/bpf/mprog.c, bpf_mprog_pos_exact',
    async run(world) {
      const { link, order, program, ids } = await setUpTcx(world, 1, 1);
      assert.equal(await codeOf(link(program(1), { flags: BPF_F_REPLACE })), 'ENOENT');
      assert.deepEqual(await order(), [ids[0]]);
    },
  },
]);
