import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.js';
import { allSince, attachTcx, codeOf, load, NO_DEVICE, tcxOrder } from './support.js';
import { setUpTcx } from './tcx-bench.js';

/** TCX hooks as wholes: where they are, what goes on them, their revision, how they are asked. */
export const TCX_CASES: readonly ContractCase[] = [
  {
    id: 'tcx.before-6-6',
    rules: ['tcx.release'],
    title: 'before 6.6 every call on TCX is EINVAL',
    source: 'kernel/bpf/syscall.c, attach_type_to_prog_type, bpf_prog_query',
    until: '6.6',
    async run(world) {
      const { kernel, ingress } = world;
      const program = await load(world, 'tc');
      assert.equal(await codeOf(kernel.queryTcx(ingress)), 'EINVAL');
      assert.equal(await codeOf(kernel.attachTcxProgram({ ...ingress, program })), 'EINVAL');
      assert.equal(await codeOf(kernel.detachTcxProgram({ ...ingress, program })), 'EINVAL');
      assert.equal(await codeOf(attachTcx(world, program)), 'EINVAL');
    },
  },
  ...allSince('6.6', [
    {
      id: 'tcx.no-device-attach',
      rules: ['tcx.missing-device'],
      title: 'attaching to a device that there is not is ENODEV, with a link and without',
      source: 'kernel/bpf/tcx.c, tcx_prog_attach, tcx_link_attach',
      async run(world) {
        const { kernel } = world;
        const hook = { ...NO_DEVICE, direction: 'ingress' } as const;
        const program = await load(world, 'tcx');
        assert.equal(await codeOf(kernel.attachTcxProgram({ ...hook, program })), 'ENODEV');
        assert.equal(await codeOf(attachTcx(world, program, hook)), 'ENODEV');
      },
    },
    {
      id: 'tcx.no-device-detach',
      rules: ['tcx.missing-device'],
      title: 'detaching from a device that there is not is ENODEV',
      source: 'kernel/bpf/tcx.c, tcx_prog_detach',
      async run(world) {
        const program = await load(world, 'tcx');
        const spec = { ...NO_DEVICE, direction: 'ingress', program } as const;
        assert.equal(await codeOf(world.kernel.detachTcxProgram(spec)), 'ENODEV');
      },
    },
    {
      id: 'tcx.no-device-query',
      rules: ['tcx.missing-device'],
      title: 'asking for the hook of a device that there is not is ENODEV',
      source: 'kernel/bpf/tcx.c, tcx_prog_query',
      async run({ kernel }) {
        assert.equal(await codeOf(kernel.queryTcx({ ...NO_DEVICE, direction: 'ingress' })), 'ENODEV');
      },
    },
    {
      id: 'tcx.classifier',
      rules: ['tcx.program-type'],
      title: 'a program that was loaded for tc filters goes on TCX: they are one type',
      source: 'kernel/bpf/syscall.c, attach_type_to_prog_type',
      async run(world) {
        const [one, two] = [await load(world, 'tc'), await load(world, 'tc')];
        await world.kernel.attachTcxProgram({ ...world.ingress, program: one });
        await attachTcx(world, two);
        assert.deepEqual(await tcxOrder(world), [one.id, two.id]);
      },
    },
    {
      id: 'tcx.other-type',
      rules: ['tcx.program-type'],
      title: 'a program of another type is EINVAL, with a link and without',
      source: 'kernel/bpf/syscall.c, bpf_prog_attach, bpf_prog_attach_check_attach_type',
      async run(world) {
        const xdp = await load(world, 'xdp');
        assert.equal(await codeOf(world.kernel.attachTcxProgram({ ...world.ingress, program: xdp })), 'EINVAL');
        assert.equal(await codeOf(attachTcx(world, xdp)), 'EINVAL');
      },
    },
    {
      id: 'tcx.other-type-first',
      rules: ['tcx.program-type'],
      title: 'a program of another type is found before a missing device',
      source: 'kernel/bpf/syscall.c, bpf_prog_attach, link_create',
      async run(world) {
        const hook = { ...NO_DEVICE, direction: 'ingress' } as const;
        const xdp = await load(world, 'xdp');
        assert.equal(await codeOf(world.kernel.attachTcxProgram({ ...hook, program: xdp })), 'EINVAL');
        assert.equal(await codeOf(attachTcx(world, xdp, hook)), 'EINVAL');
      },
    },
    {
      id: 'tcx.directions-apart',
      rules: ['tcx.order'],
      title: 'the directions of a device are apart: the same program goes on both',
      source: 'kernel/bpf/tcx.c, tcx_prog_attach (tcx_entry_fetch_or_create)',
      async run(world) {
        const { program, ids } = await setUpTcx(world, 1);
        await world.kernel.attachTcxProgram({ ...world.egress, program: program(0) });
        const programs = [{ programId: ids[0], linkId: undefined }];
        assert.deepEqual(await world.kernel.queryTcx(world.egress), { revision: 2, programs });
      },
    },
    {
      id: 'tcx.devices-apart',
      rules: ['tcx.order'],
      title: 'TCX hooks of two devices are apart: the same program goes on both',
      source: 'kernel/bpf/tcx.c, tcx_prog_attach (tcx_entry_fetch_or_create)',
      async run(world) {
        const { program, ids } = await setUpTcx(world, 1);
        const hook = { ...world.otherDevice, direction: 'ingress' } as const;
        await world.kernel.attachTcxProgram({ ...hook, program: program(0) });
        assert.deepEqual(await tcxOrder(world, hook), [ids[0]]);
      },
    },
    {
      id: 'tcx.empty-query',
      rules: ['tcx.detach-nothing'],
      title: 'asking for an empty hook tells of revision 1 and no programs',
      source: 'kernel/bpf/mprog.c, bpf_mprog_query',
      async run({ kernel, ingress }) {
        assert.deepEqual(await kernel.queryTcx(ingress), { revision: 1, programs: [] });
      },
    },
    {
      id: 'tcx.query-tells-links',
      rules: ['tcx.link'],
      title: 'asking for a hook tells which programs are there by a link',
      source: 'kernel/bpf/mprog.c, bpf_mprog_query',
      async run(world) {
        const { link, program, ids } = await setUpTcx(world, 1);
        const { id } = await link(program(1));
        assert.deepEqual((await world.kernel.queryTcx(world.ingress)).programs, [
          { programId: ids[0], linkId: undefined },
          { programId: ids[1], linkId: id },
        ]);
      },
    },
    {
      id: 'tcx.query-too-small',
      rules: ['tcx.query-limit'],
      title: 'a query with room for fewer programs than there are is ENOSPC',
      source: 'kernel/bpf/mprog.c, bpf_mprog_query',
      async run(world) {
        await setUpTcx(world, 3, 0);
        assert.equal(await codeOf(world.kernel.queryTcx(world.ingress, { limit: 1 })), 'ENOSPC');
        assert.equal(await codeOf(world.kernel.queryTcx(world.ingress, { limit: 2 })), 'ENOSPC');
      },
    },
    {
      id: 'tcx.query-room',
      rules: ['tcx.query-limit'],
      title: 'a query with just enough room, or for an empty hook, tells all',
      source: 'kernel/bpf/mprog.c, bpf_mprog_query',
      async run(world) {
        const { kernel, ingress, egress } = world;
        const { ids } = await setUpTcx(world, 3, 0);
        const { programs } = await kernel.queryTcx(ingress, { limit: 3 });
        assert.deepEqual(
          programs.map(({ programId }) => programId),
          ids,
        );
        assert.deepEqual(await kernel.queryTcx(egress, { limit: 1 }), { revision: 1, programs: [] });
      },
    },
    {
      id: 'tcx.revision-first',
      rules: ['tcx.revision'],
      title: 'the first attach may expect revision 1, and makes it 2',
      source: 'kernel/bpf/mprog.c, bpf_mprog_attach',
      async run(world) {
        const { attach, program, revision } = await setUpTcx(world, 0);
        assert.equal(await attach({ program: program(0), expectedRevision: 1 }), 'ok');
        assert.equal(await revision(), 2);
      },
    },
    {
      id: 'tcx.revision-first-stale',
      rules: ['tcx.revision'],
      title: 'the first attach with another revision than 1 is ESTALE and leaves the hook as it was',
      source: 'kernel/bpf/tcx.c, tcx_prog_attach; kernel/bpf/mprog.c, bpf_mprog_attach',
      async run(world) {
        const { attach, program } = await setUpTcx(world, 0);
        assert.equal(await attach({ program: program(0), expectedRevision: 2 }), 'ESTALE');
        assert.deepEqual(await world.kernel.queryTcx(world.ingress), { revision: 1, programs: [] });
      },
    },
    {
      id: 'tcx.revision-rises',
      rules: ['tcx.revision'],
      title: 'every attach and detach, with a link and without, raises the revision by one',
      source: 'include/linux/bpf_mprog.h, bpf_mprog_commit',
      async run(world) {
        const { attach, detach, link, program, revision } = await setUpTcx(world, 1);
        assert.equal(await revision(), 2);
        await attach({ program: program(1) });
        assert.equal(await revision(), 3);
        await detach({ program: program(0) });
        assert.equal(await revision(), 4);
        const added = await link(program(2));
        assert.equal(await revision(), 5);
        await added.close();
        assert.equal(await revision(), 6);
      },
    },
    {
      id: 'tcx.revision-refused',
      rules: ['tcx.revision'],
      title: 'what is refused leaves the revision as it was',
      source: 'kernel/bpf/tcx.c, tcx_prog_attach, tcx_prog_detach',
      async run(world) {
        const { attach, detach, link, program, revision } = await setUpTcx(world, 2);
        assert.equal(await attach({ program: program(0) }), 'EEXIST');
        assert.equal(await codeOf(link(program(1))), 'EEXIST');
        assert.equal(await detach({ program: program(2) }), 'ENOENT');
        assert.equal(await revision(), 3);
      },
    },
    {
      id: 'tcx.revision-expected',
      rules: ['tcx.revision'],
      title: 'a program that expects the wrong revision is ESTALE, with the right one it attaches',
      source: 'kernel/bpf/mprog.c, bpf_mprog_attach',
      async run(world) {
        const { attach, program } = await setUpTcx(world, 1);
        assert.equal(await attach({ program: program(1), expectedRevision: 1 }), 'ESTALE');
        assert.equal(await attach({ program: program(1), expectedRevision: 2 }), 'ok');
      },
    },
    {
      id: 'tcx.revision-expected-link',
      rules: ['tcx.revision'],
      title: 'a link that expects the wrong revision is ESTALE, with the right one it attaches',
      source: 'kernel/bpf/tcx.c, tcx_link_prog_attach; kernel/bpf/mprog.c, bpf_mprog_attach',
      async run(world) {
        const { link, program } = await setUpTcx(world, 1);
        assert.equal(await codeOf(link(program(1), { expectedRevision: 1 })), 'ESTALE');
        assert.equal(await codeOf(link(program(1), { expectedRevision: 2 })), 'ok');
      },
    },
    {
      id: 'tcx.entry-starts-again',
      rules: ['tcx.entry'],
      title: 'a hook whose last program goes starts again at revision 1',
      source: 'kernel/bpf/tcx.c, tcx_prog_detach (tcx_entry_free)',
      async run(world) {
        const { attach, detach, program, revision } = await setUpTcx(world, 2);
        await detach({ program: program(0) });
        await detach({ program: program(1) });
        assert.equal(await revision(), 1);
        await attach({ program: program(0) });
        assert.equal(await revision(), 2);
      },
    },
    {
      id: 'tcx.entry-kept',
      rules: ['tcx.entry'],
      title: 'while there is a clsact, the revision of an emptied hook goes on, in its direction',
      source: 'include/net/tcx.h, tcx_entry_is_active; net/sched/sch_ingress.c, clsact_init',
      async run(world) {
        const { attach, detach, program, revision } = await setUpTcx(world, 0);
        await world.kernel.createClsact(world.device);
        assert.equal(await revision(), 1);
        await attach({ program: program(0) });
        await detach({ program: program(0) });
        assert.equal(await revision(), 3);
        assert.equal((await world.kernel.queryTcx(world.egress)).revision, 1);
      },
    },
    {
      id: 'tcx.entry-forgotten',
      rules: ['tcx.entry'],
      title: 'an empty hook starts again at revision 1 once the clsact that kept it goes',
      source: 'net/sched/sch_ingress.c, clsact_destroy (tcx_entry_free)',
      async run(world) {
        const { attach, detach, program, revision } = await setUpTcx(world, 0);
        await world.kernel.createClsact(world.device);
        await attach({ program: program(0) });
        await detach({ program: program(0) });
        await world.kernel.deleteClsact(world.device);
        assert.equal(await revision(), 1);
      },
    },
    {
      id: 'tcx.entry-beside-clsact',
      rules: ['tcx.entry'],
      title: 'a clsact that comes and goes leaves the programs and the revision of a hook as they are',
      source: 'net/sched/sch_ingress.c, clsact_init, clsact_destroy',
      async run(world) {
        const { order, revision, ids } = await setUpTcx(world, 1, 0);
        await world.kernel.createClsact(world.device);
        assert.equal(await revision(), 2);
        await world.kernel.deleteClsact(world.device);
        assert.equal(await revision(), 2);
        assert.deepEqual(await order(), ids);
      },
    },
  ]),
];
