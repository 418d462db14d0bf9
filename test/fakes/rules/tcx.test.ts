import { describe, expect, test } from 'vitest';
import type { TcxDetachSpec, TcxProgramSpec } from '../../../src/kernel/attach.js';
import type { Kernel } from '../../../src/kernel/contract.js';
import type { Program } from '../../../src/kernel/objects.js';
import { codeOf } from '../code-of.js';
import {
  at,
  attachTcx,
  attachXdp,
  EGRESS,
  ETH0,
  ETH1,
  expectLink,
  INGRESS,
  load,
  loadMany,
  NO_DEVICE,
  newKernel,
  tcxOrder,
} from './support.js';

const DEAD_ID = 1_000_000;

interface Bench {
  readonly kernel: Kernel;
  readonly programs: readonly Program[];
  readonly xdp: Program;
  attach(spec: Omit<TcxProgramSpec, 'ifindex' | 'direction'>): Promise<string>;
  detach(spec?: Omit<TcxDetachSpec, 'ifindex' | 'direction'>): Promise<string>;
}

/** A kernel with spare programs, of which the first `attached` are on the hook. */
async function setUp(attached: number, spare = 3): Promise<Bench> {
  const kernel = newKernel();
  const programs = await loadMany(kernel, 'tcx', attached + spare);
  for (const program of programs.slice(0, attached)) await kernel.attachTcxProgram({ ...INGRESS, program });
  return {
    kernel,
    programs,
    xdp: await load(kernel, 'xdp'),
    attach: (spec) => codeOf(kernel.attachTcxProgram({ ...INGRESS, ...spec })),
    detach: (spec = {}) => codeOf(kernel.detachTcxProgram({ ...INGRESS, ...spec })),
  };
}

// kernel/bpf/tcx.c: tcx_prog_attach, tcx_link_attach, tcx_prog_query
describe('tcx', () => {
  test('a missing device is ENODEV for attach, link, detach and query', async () => {
    const { kernel, programs } = await setUp(0, 1);
    const hook = { ...INGRESS, ifindex: NO_DEVICE };
    const program = at(programs, 0);
    expect(await codeOf(kernel.attachTcxProgram({ ...hook, program }))).toBe('ENODEV');
    expect(await codeOf(attachTcx(kernel, program, hook))).toBe('ENODEV');
    expect(await codeOf(kernel.detachTcxProgram({ ...hook, program }))).toBe('ENODEV');
    expect(await codeOf(kernel.queryTcx(hook))).toBe('ENODEV');
  });

  // kernel/bpf/syscall.c:bpf_prog_attach_check_attach_type
  test('a program of another type is EINVAL, before the device is looked for', async () => {
    const { kernel, xdp, attach } = await setUp(0, 0);
    expect(await attach({ program: xdp })).toBe('EINVAL');
    expect(await codeOf(attachTcx(kernel, xdp))).toBe('EINVAL');
    expect(await codeOf(attachTcx(kernel, xdp, { ...INGRESS, ifindex: NO_DEVICE }))).toBe('EINVAL');
  });

  test('an empty hook answers a query with revision 1, and a detach with ENOENT, whatever revision is expected', async () => {
    const { kernel, programs, detach } = await setUp(0, 1);
    expect(await kernel.queryTcx(INGRESS)).toEqual({ revision: 1, programs: [] });
    expect(await detach({ program: at(programs, 0) })).toBe('ENOENT');
    expect(await detach()).toBe('ENOENT');
    expect(await detach({ program: at(programs, 0), expectedRevision: 5 })).toBe('ENOENT');
  });

  test('a hook that is empty but kept by a clsact is ESTALE for a wrong revision', async () => {
    const { kernel, programs, detach } = await setUp(0, 1);
    await kernel.createClsact({ ifindex: ETH0 });
    expect(await detach({ program: at(programs, 0), expectedRevision: 5 })).toBe('ESTALE');
    expect(await detach({ program: at(programs, 0), expectedRevision: 1 })).toBe('ENOENT');
  });

  test('the first attach may expect revision 1 and no other; a refused one leaves the hook as it was', async () => {
    const { kernel, programs, attach } = await setUp(0, 1);
    expect(await attach({ program: at(programs, 0), expectedRevision: 2 })).toBe('ESTALE');
    expect(await kernel.queryTcx(INGRESS)).toEqual({ revision: 1, programs: [] });
    expect(await attach({ program: at(programs, 0), expectedRevision: 1 })).toBe('ok');
    expect((await kernel.queryTcx(INGRESS)).revision).toBe(2);
  });

  test('every change raises the revision by one; a refused one does not', async () => {
    const { kernel, programs, attach, detach } = await setUp(2);
    const revision = async () => (await kernel.queryTcx(INGRESS)).revision;
    expect(await revision()).toBe(3);
    await attach({ program: at(programs, 0) });
    expect(await revision()).toBe(3);
    await detach({ program: at(programs, 0) });
    expect(await revision()).toBe(4);
    const link = await attachTcx(kernel, at(programs, 2));
    expect(await revision()).toBe(5);
    await link.close();
    expect(await revision()).toBe(6);
  });

  test('directions and devices are apart', async () => {
    const { kernel, programs } = await setUp(1);
    await kernel.attachTcxProgram({ ...EGRESS, program: at(programs, 0) });
    await kernel.attachTcxProgram({ ...INGRESS, ifindex: ETH1, program: at(programs, 0) });
    expect((await kernel.queryTcx(EGRESS)).revision).toBe(2);
  });
});

// kernel/bpf/mprog.c:bpf_mprog_attach
describe('the order of TCX programs', () => {
  test('without a position it appends; before means first, after means last', async () => {
    const { kernel, programs, attach } = await setUp(2);
    await attach({ program: at(programs, 2), order: 'before' });
    await attach({ program: at(programs, 3), order: 'after' });
    const ids = programs.map((program) => program.id);
    expect(await tcxOrder(kernel)).toEqual([ids[2], ids[0], ids[1], ids[3]]);
  });

  test('an anchor is a program by handle or id, or a link by handle or id', async () => {
    const { kernel, programs, attach } = await setUp(0, 5);
    const [a, b, c, d, e] = programs;
    if (!a || !b || !c || !d || !e) throw new Error('nothing was loaded');
    const link = await attachTcx(kernel, a);
    await attach({ program: b, order: 'before', anchor: { program: a } });
    await attach({ program: c, order: 'before', anchor: { program: a.id } });
    await attach({ program: d, order: 'after', anchor: { link } });
    await attach({ program: e, order: 'after', anchor: { link: link.id } });
    expect(await tcxOrder(kernel)).toEqual([b.id, c.id, a.id, e.id, d.id]);
  });

  test('an anchor that is not on the hook, or a dead id, is ENOENT', async () => {
    const { kernel, programs, attach } = await setUp(1, 4);
    const [, program, absent, elsewhere] = programs;
    if (!program || !absent || !elsewhere) throw new Error('nothing was loaded');
    const link = await attachTcx(kernel, elsewhere, { ...INGRESS, ifindex: ETH1 });
    expect(await attach({ program, order: 'before', anchor: { program: absent } })).toBe('ENOENT');
    expect(await attach({ program, order: 'after', anchor: { program: DEAD_ID } })).toBe('ENOENT');
    expect(await attach({ program, order: 'after', anchor: { link: DEAD_ID } })).toBe('ENOENT');
    expect(await attach({ program, order: 'after', anchor: { link } })).toBe('ENOENT');
  });

  test('a defunct link is no anchor: ENOENT', async () => {
    const { kernel, programs, attach } = await setUp(1, 2);
    const link = await attachTcx(kernel, at(programs, 1));
    await kernel.forceDetach(link);
    expect(await attach({ program: at(programs, 2), order: 'before', anchor: { link } })).toBe('ENOENT');
  });

  test('an anchor of another type, program or link, is EINVAL', async () => {
    const { kernel, programs, xdp, attach } = await setUp(1);
    const link = await attachXdp(kernel, xdp);
    const program = at(programs, 1);
    expect(await attach({ program, order: 'before', anchor: { program: xdp } })).toBe('EINVAL');
    expect(await attach({ program, order: 'before', anchor: { link } })).toBe('EINVAL');
    expect(await attach({ program, order: 'before', anchor: { link: link.id } })).toBe('EINVAL');
  });

  test('an anchor without before or after is EINVAL', async () => {
    const { programs, attach } = await setUp(1);
    expect(await attach({ program: at(programs, 1), anchor: { program: at(programs, 0) } })).toBe('EINVAL');
    expect(await attach({ program: at(programs, 1), anchor: { program: at(programs, 0).id } })).toBe('EINVAL');
  });

  test('a program that is on the hook is EEXIST, by link or without', async () => {
    const { kernel, programs, attach } = await setUp(1);
    expect(await attach({ program: at(programs, 0) })).toBe('EEXIST');
    expect(await codeOf(attachTcx(kernel, at(programs, 0)))).toBe('EEXIST');
    await attachTcx(kernel, at(programs, 1));
    expect(await attach({ program: at(programs, 1) })).toBe('EEXIST');
  });

  test('a wrong revision is found before the program that is there, and that before a bad anchor', async () => {
    const { programs, xdp, attach } = await setUp(1);
    const [there, program, absent] = programs;
    if (!there || !program || !absent) throw new Error('nothing was loaded');
    const expectedRevision = 7;
    expect(await attach({ program: there, expectedRevision })).toBe('ESTALE');
    expect(await attach({ program, order: 'before', anchor: { program: absent }, expectedRevision })).toBe('ESTALE');
    expect(await attach({ program, order: 'before', anchor: { program: DEAD_ID }, expectedRevision })).toBe('ESTALE');
    expect(await attach({ program, anchor: { program: there }, expectedRevision })).toBe('ESTALE');
    expect(await attach({ program: there, order: 'before', anchor: { program: absent } })).toBe('EEXIST');
    expect(await attach({ program: there, order: 'before', anchor: { program: DEAD_ID } })).toBe('EEXIST');
    expect(await attach({ program: there, anchor: { program: absent } })).toBe('EEXIST');
    expect(await attach({ program: there, order: 'before', anchor: { program: xdp } })).toBe('EEXIST');
  });

  test('the 64th program is ERANGE, after ESTALE and EEXIST and dead anchors, before an anchor that is elsewhere', async () => {
    const { kernel, programs, xdp, attach } = await setUp(63);
    const [spare, absent] = programs.slice(63);
    if (!spare || !absent) throw new Error('nothing was loaded');
    expect(await attach({ program: spare })).toBe('ERANGE');
    expect(await codeOf(attachTcx(kernel, spare))).toBe('ERANGE');
    expect(await attach({ program: spare, expectedRevision: 1 })).toBe('ESTALE');
    expect(await attach({ program: at(programs, 3) })).toBe('EEXIST');
    expect(await attach({ program: spare, order: 'before', anchor: { program: DEAD_ID } })).toBe('ENOENT');
    expect(await attach({ program: spare, order: 'before', anchor: { program: xdp } })).toBe('EINVAL');
    expect(await attach({ program: spare, order: 'before', anchor: { program: absent } })).toBe('ERANGE');
    expect(await attach({ program: spare, replace: at(programs, 0) })).toBe('ok');
    expect(await codeOf(kernel.attachTcxProgram({ ...EGRESS, program: spare }))).toBe('ok');
    expect(await tcxOrder(kernel)).toHaveLength(63);
  });
});

describe('a TCX link with an expected revision', () => {
  test('is ESTALE for a wrong one, and attached for the right one', async () => {
    const { kernel, programs } = await setUp(1);
    const attach = (expectedRevision: number) =>
      codeOf(kernel.attach({ type: 'tcx', ...INGRESS, program: at(programs, 1), expectedRevision }));
    expect(await attach(1)).toBe('ESTALE');
    expect(await attach(2)).toBe('ok');
  });
});

describe('replacing a TCX program', () => {
  test('takes its place in the order', async () => {
    const { kernel, programs, attach } = await setUp(3);
    const ids = programs.map((program) => program.id);
    expect(await attach({ program: at(programs, 3), replace: at(programs, 1) })).toBe('ok');
    expect(await tcxOrder(kernel)).toEqual([ids[0], ids[3], ids[2]]);
    expect((await kernel.queryTcx(INGRESS)).revision).toBe(5);
  });

  test('by itself is EEXIST; one that is not there ENOENT; one of another type EINVAL; a stale revision ESTALE', async () => {
    const { programs, xdp, attach } = await setUp(2);
    const [there, , spare, absent] = programs;
    if (!there || !spare || !absent) throw new Error('nothing was loaded');
    expect(await attach({ program: there, replace: there })).toBe('EEXIST');
    expect(await attach({ program: spare, replace: absent })).toBe('ENOENT');
    expect(await attach({ program: spare, replace: xdp })).toBe('EINVAL');
    expect(await attach({ program: spare, replace: there, expectedRevision: 1 })).toBe('ESTALE');
  });

  test('where the position says otherwise is ERANGE; where it agrees it replaces', async () => {
    const { programs, attach } = await setUp(3);
    const [first, second, third, spare] = programs;
    if (!first || !second || !third || !spare) throw new Error('nothing was loaded');
    const replace = { program: spare, replace: second };
    expect(await attach({ ...replace, order: 'before', anchor: { program: first } })).toBe('ERANGE');
    expect(await attach({ ...replace, order: 'after', anchor: { program: third } })).toBe('ERANGE');
    expect(await attach({ ...replace, order: 'before', anchor: { program: third } })).toBe('ok');
  });

  test('that a link owns is EBUSY', async () => {
    const { kernel, programs, attach } = await setUp(0);
    await attachTcx(kernel, at(programs, 0));
    expect(await attach({ program: at(programs, 1), replace: at(programs, 0) })).toBe('EBUSY');
  });
});

// kernel/bpf/mprog.c:bpf_mprog_detach
describe('detaching a TCX program', () => {
  test('that is not on the hook is ENOENT, with a stale revision ESTALE', async () => {
    const { programs, detach } = await setUp(1);
    expect(await detach({ program: at(programs, 1) })).toBe('ENOENT');
    expect(await detach({ program: at(programs, 1), expectedRevision: 9 })).toBe('ESTALE');
    expect(await detach({ program: at(programs, 0), expectedRevision: 9 })).toBe('ESTALE');
    expect(await detach({ program: at(programs, 0), expectedRevision: 2 })).toBe('ok');
  });

  test('without naming one takes the first for before, the last for after and for nothing', async () => {
    const { kernel, programs, detach } = await setUp(4, 0);
    const ids = programs.map((program) => program.id);
    await detach({ order: 'before' });
    expect(await tcxOrder(kernel)).toEqual([ids[1], ids[2], ids[3]]);
    await detach({ order: 'after' });
    expect(await tcxOrder(kernel)).toEqual([ids[1], ids[2]]);
    await detach();
    expect(await tcxOrder(kernel)).toEqual([ids[1]]);
  });

  test('where the position says otherwise is ERANGE', async () => {
    const { programs, detach } = await setUp(3);
    const [first, , third] = programs;
    if (!first || !third) throw new Error('nothing was loaded');
    expect(await detach({ program: third, order: 'before', anchor: { program: first } })).toBe('ERANGE');
  });

  test('without naming one, but an anchor, takes the one beside it', async () => {
    const { kernel, programs, detach } = await setUp(4, 0);
    const ids = programs.map((program) => program.id);
    expect(await detach({ order: 'after', anchor: { program: at(programs, 0) } })).toBe('ok');
    expect(await tcxOrder(kernel)).toEqual([ids[0], ids[2], ids[3]]);
    expect(await detach({ order: 'before', anchor: { program: at(programs, 3) } })).toBe('ok');
    expect(await tcxOrder(kernel)).toEqual([ids[0], ids[3]]);
  });

  test('without naming one, with an anchor but without before or after, is EINVAL', async () => {
    const { programs, detach } = await setUp(2, 0);
    expect(await detach({ anchor: { program: at(programs, 0) } })).toBe('EINVAL');
  });

  // Without a place the index is the number of programs, which is past the last one on a full hook.
  test('without naming one or a place is ERANGE on a full hook', async () => {
    const { detach } = await setUp(63, 0);
    expect(await detach()).toBe('ERANGE');
    expect(await detach({ order: 'before' })).toBe('ok');
    expect(await detach()).toBe('ok');
  });

  test('with an anchor, but without before or after, ignores the anchor', async () => {
    const { kernel, programs, detach } = await setUp(2, 0);
    expect(await detach({ program: at(programs, 1), anchor: { program: at(programs, 0) } })).toBe('ok');
    expect(await tcxOrder(kernel)).toEqual([at(programs, 0).id]);
  });

  test('of another type is EINVAL', async () => {
    const { xdp, detach } = await setUp(1);
    expect(await detach({ program: xdp })).toBe('EINVAL');
  });

  test('that a link owns is EBUSY, named or not, but ESTALE comes first', async () => {
    const { kernel, programs, detach } = await setUp(0);
    await attachTcx(kernel, at(programs, 0));
    expect(await detach({ program: at(programs, 0) })).toBe('EBUSY');
    expect(await detach()).toBe('EBUSY');
    expect(await detach({ program: at(programs, 0), expectedRevision: 9 })).toBe('ESTALE');
  });
});

// kernel/bpf/tcx.c: tcx_link_update, tcx_link_detach
describe('a TCX link', () => {
  test('is updated in place, which raises the revision unless the program is the same', async () => {
    const { kernel, programs } = await setUp(1);
    const [, one, two] = programs;
    if (!one || !two) throw new Error('nothing was loaded');
    const link = await attachTcx(kernel, one);
    await kernel.updateLink(link, two, { expected: one });
    expect(await kernel.queryTcx(INGRESS)).toEqual({
      revision: 4,
      programs: [
        { programId: programs[0]?.id, linkId: undefined },
        { programId: two.id, linkId: link.id },
      ],
    });
    await kernel.updateLink(link, two);
    expect((await kernel.queryTcx(INGRESS)).revision).toBe(4);
  });

  test('is not updated to another type (EINVAL), with a wrong expectation (EPERM), to one on the hook (EEXIST)', async () => {
    const { kernel, programs, xdp } = await setUp(1);
    const link = await attachTcx(kernel, at(programs, 1));
    expect(await codeOf(kernel.updateLink(link, xdp))).toBe('EINVAL');
    expect(await codeOf(kernel.updateLink(link, at(programs, 2), { expected: at(programs, 2) }))).toBe('EPERM');
    expect(await codeOf(kernel.updateLink(link, at(programs, 0)))).toBe('EEXIST');
  });

  test('once detached stays as a defunct link, can be detached again, and is ENOLINK to update', async () => {
    const { kernel, programs } = await setUp(0);
    const [one, two] = programs;
    if (!one || !two) throw new Error('nothing was loaded');
    const link = await attachTcx(kernel, one);
    await kernel.forceDetach(link);
    await expectLink(kernel, link.id, { attached: false, ifindex: 0, programId: one.id });
    expect(await kernel.queryTcx(INGRESS)).toEqual({ revision: 1, programs: [] });
    expect(await codeOf(kernel.forceDetach(link))).toBe('ok');
    for (const program of [one, two]) expect(await codeOf(kernel.updateLink(link, program))).toBe('ENOLINK');
    expect(await codeOf(kernel.updateLink(link, two, { expected: two }))).toBe('ENOLINK');
  });
});

// include/net/tcx.h: the entry is shared with clsact (miniq_active), net/sched/sch_ingress.c
describe('the revision of an emptied TCX hook', () => {
  test('starts again at 1', async () => {
    const { kernel, programs, detach, attach } = await setUp(1);
    await detach({ program: at(programs, 0) });
    expect((await kernel.queryTcx(INGRESS)).revision).toBe(1);
    await attach({ program: at(programs, 0) });
    expect((await kernel.queryTcx(INGRESS)).revision).toBe(2);
  });

  test('goes on while a clsact keeps the hook, and starts again when that goes', async () => {
    const { kernel, programs, detach, attach } = await setUp(0);
    await kernel.createClsact({ ifindex: ETH0 });
    expect((await kernel.queryTcx(INGRESS)).revision).toBe(1);
    await attach({ program: at(programs, 0) });
    await detach({ program: at(programs, 0) });
    expect((await kernel.queryTcx(INGRESS)).revision).toBe(3);
    expect((await kernel.queryTcx(EGRESS)).revision).toBe(1);
    expect(await detach({ program: at(programs, 0) })).toBe('ENOENT');
    await kernel.deleteClsact({ ifindex: ETH0 });
    expect((await kernel.queryTcx(INGRESS)).revision).toBe(1);
  });

  test('a clsact that comes and goes beside programs changes nothing', async () => {
    const { kernel, programs } = await setUp(1);
    await kernel.createClsact({ ifindex: ETH0 });
    expect((await kernel.queryTcx(INGRESS)).revision).toBe(2);
    await kernel.deleteClsact({ ifindex: ETH0 });
    expect(await kernel.queryTcx(INGRESS)).toMatchObject({
      revision: 2,
      programs: [{ programId: at(programs, 0).id }],
    });
  });
});

// kernel/bpf/mprog.c:bpf_mprog_query
test('a query for which there are more programs than room is ENOSPC', async () => {
  const kernel = newKernel();
  expect(await kernel.queryTcx(INGRESS, { limit: 1 })).toEqual({ revision: 1, programs: [] });
  for (const program of await loadMany(kernel, 'tc', 2)) await attachTcx(kernel, program);
  expect(await codeOf(kernel.queryTcx(INGRESS, { limit: 1 }))).toBe('ENOSPC');
  expect((await kernel.queryTcx(INGRESS, { limit: 2 })).programs).toHaveLength(2);
});
