import { describe, expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { UnsupportedError } from '../../../src/core/errors.js';
import { errnoOf } from '../../../src/core/kernel-error.js';
import type { AttachSpec } from '../../../src/kernel/attach.js';
import type { LinuxKernel } from '../../../src/kernel/linux/linux-kernel.js';
import type { Program, ProgramSpec } from '../../../src/kernel/objects.js';
import { openBench } from './linux-bench.js';
import { needsBpf } from './needs-bpf.js';

needsBpf();

const FUNCTION = 'do_unlinkat';
const FILE = { path: process.execPath, offset: 0x2000 };

interface Kind {
  readonly type: AttachSpec['type'];
  readonly spec?: Partial<ProgramSpec>;
  readonly at: (program: Program) => AttachSpec;
  /** Where the link says that it is. */
  readonly place: object;
}

/** What every kernel with BPF has. */
const ALWAYS: readonly Kind[] = [
  { type: 'xdp', at: (program) => ({ type: 'xdp', program, ifindex: 2 }), place: { ifindex: 2 } },
  {
    type: 'tcx',
    at: (program) => ({ type: 'tcx', program, ifindex: 2, direction: 'egress' }),
    place: { ifindex: 2, direction: 'egress' },
  },
  {
    type: 'tracepoint',
    at: (program) => ({ type: 'tracepoint', program, category: 'sched', name: 'sched_switch' }),
    place: { target: 'sched:sched_switch' },
  },
  { type: 'uprobe', at: (program) => ({ type: 'uprobe', program, ...FILE }), place: { target: FILE.path } },
  { type: 'uretprobe', at: (program) => ({ type: 'uretprobe', program, ...FILE }), place: { target: FILE.path } },
];

/** What a kernel may be built without, or refuse for being locked down; each refusal is as good an answer. */
const SOMETIMES: readonly Kind[] = [
  {
    type: 'kprobe',
    at: (program) => ({ type: 'kprobe', program, functionName: FUNCTION }),
    place: { target: FUNCTION },
  },
  {
    type: 'kretprobe',
    at: (program) => ({ type: 'kretprobe', program, functionName: FUNCTION }),
    place: { target: FUNCTION },
  },
  {
    type: 'fentry',
    spec: { attachTo: FUNCTION },
    at: (program) => ({ type: 'fentry', program }),
    place: { target: FUNCTION },
  },
  {
    type: 'fexit',
    spec: { attachTo: FUNCTION },
    at: (program) => ({ type: 'fexit', program }),
    place: { target: FUNCTION },
  },
  {
    type: 'lsm',
    spec: { attachTo: 'file_open' },
    at: (program) => ({ type: 'lsm', program }),
    place: { target: 'file_open' },
  },
];

async function attach(kernel: LinuxKernel, { type, spec, at }: Kind) {
  const program = await kernel.load({ name: 'prog_one', type, ...spec });
  return { program, link: await kernel.attach(at(program)) };
}

/** Attaches, looks at it from all sides, and takes it off. */
async function checkKind(kernel: LinuxKernel, kind: Kind): Promise<void> {
  const { program, link } = await attach(kernel, kind);
  const expected = { id: link.id, programId: program.id, type: kind.type, attached: true, ...kind.place };
  expect(link).toMatchObject(expected);
  expect(await kernel.links()).toEqual([expect.objectContaining(expected)]);
  const again = await kernel.linkById(link.id);
  expect(again).toMatchObject(expected);
  await again.close();
  await kernel.detach(link);
  expect(await kernel.links()).toEqual([]);
  expect(await codeOf(kernel.linkById(link.id))).toBe('ENOENT');
}

describe('links of a Linux kernel', () => {
  test.each(ALWAYS)('of type $type are made, told of and taken off', async (kind) => {
    await checkKind(openBench().kernel, kind);
  });

  test.each(SOMETIMES)('of type $type are made, or refused with a reason', async (kind) => {
    const { kernel } = openBench();
    try {
      await checkKind(kernel, kind);
    } catch (error) {
      const isRefused = error instanceof UnsupportedError || errnoOf(error) === 'EPERM';
      if (!isRefused) throw error;
      expect(kernel.linkCount()).toBe(0);
    }
  });

  test('on TCX keep the order that is asked for, by anchors of any kind', async () => {
    const { kernel } = openBench();
    const hook = { ifindex: 2, direction: 'ingress' } as const;
    const [a, b, c, d] = [
      await kernel.load({ name: 'a', type: 'tcx' }),
      await kernel.load({ name: 'b', type: 'tcx' }),
      await kernel.load({ name: 'c', type: 'tcx' }),
      await kernel.load({ name: 'd', type: 'tc' }),
    ];
    const link = await kernel.attach({ type: 'tcx', program: a, ...hook });
    await kernel.attach({ type: 'tcx', program: b, ...hook, order: 'before' });
    await kernel.attach({ type: 'tcx', program: c, ...hook, order: 'before', anchor: { link: link.id } });
    await kernel.attachTcxProgram({
      program: d,
      ...hook,
      order: 'after',
      anchor: { program: b.id },
      expectedRevision: 4,
    });
    const names = new Map([a, b, c, d].map(({ id, name }) => [id, name]));
    const query = await kernel.queryTcx(hook);
    expect(query.programs.map(({ programId }) => names.get(programId))).toEqual(['b', 'd', 'c', 'a']);
    expect(query.revision).toBe(5);
    expect(query.programs.map(({ linkId }) => linkId === undefined)).toEqual([false, true, false, false]);
    expect(await codeOf(kernel.queryTcx(hook, { limit: 2 }))).toBe('ENOSPC');
    expect(await codeOf(kernel.attachTcxProgram({ program: d, ...hook, expectedRevision: 4 }))).toBe('ESTALE');
    expect(await codeOf(kernel.attachTcxProgram({ program: d, ...hook }))).toBe('EEXIST');
    await kernel.detachTcxProgram({ program: d, ...hook });
    expect((await kernel.queryTcx(hook)).programs).toHaveLength(3);
  });

  test('take another program, if it is the expected one that they have', async () => {
    const { kernel } = openBench();
    const [one, two] = [
      await kernel.load({ name: 'one', type: 'xdp' }),
      await kernel.load({ name: 'two', type: 'xdp' }),
    ];
    const link = await kernel.attach({ type: 'xdp', program: one, ifindex: 2 });
    expect(await codeOf(kernel.updateLink(link, two, { expected: two }))).toBe('EPERM');
    await kernel.updateLink(link, two, { expected: one });
    expect((await kernel.linkById(link.id)).programId).toBe(two.id);
    expect((await kernel.queryXdp({ ifindex: 2 })).programId).toBe(two.id);
  });

  test('stay behind, defunct, when they are forced off or their device goes', async () => {
    const { kernel, devices } = openBench();
    const { index } = devices.add('eth1');
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    const first = await kernel.attach({ type: 'xdp', program, ifindex: 2 });
    const second = await kernel.attach({ type: 'xdp', program, ifindex: index });
    await kernel.forceDetach(first);
    devices.remove('eth1');
    expect(await kernel.links()).toEqual([
      { id: first.id, programId: program.id, type: 'xdp', attached: false, ifindex: 0 },
      { id: second.id, programId: program.id, type: 'xdp', attached: false, ifindex: 0 },
    ]);
    expect(await codeOf(kernel.updateLink(second, program))).toBe('ENOLINK');
  });

  test.each([
    ['a device that there is not', 'EINVAL', (program: Program): AttachSpec => ({ type: 'xdp', program, ifindex: 99 })],
    [
      'a program of another type',
      'EINVAL',
      (program: Program): AttachSpec => ({ type: 'tcx', program, ifindex: 2, direction: 'ingress' }),
    ],
    [
      'bits that mean nothing',
      'EINVAL',
      (program: Program): AttachSpec => ({ type: 'xdp', program, ifindex: 2, flags: 1 << 7 }),
    ],
    ['no program', 'ENOENT', (): AttachSpec => ({ type: 'xdp', program: 2 ** 31 - 1, ifindex: 2 })],
    [
      'a tracepoint that there is not',
      'ENOENT',
      (program: Program): AttachSpec => ({ type: 'tracepoint', program, category: 'sched', name: 'none' }),
    ],
    [
      'a path in the name of a tracepoint',
      'ENOENT',
      (program: Program): AttachSpec => ({
        type: 'tracepoint',
        program,
        category: '..',
        name: '../sched/sched_switch',
      }),
    ],
    [
      'a file that there is not',
      'ENOENT',
      (program: Program): AttachSpec => ({ type: 'uprobe', program, path: '/no/such/file' }),
    ],
  ])('are refused for %s', async (_what, code, at) => {
    const { kernel } = openBench();
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    expect(await codeOf(kernel.attach(at(program)))).toBe(code);
    expect(kernel.handleCount()).toBe(1);
  });

  test('are refused for a handle that is closed, or another process has', async () => {
    const { kernel } = openBench();
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    const at = { type: 'xdp', program, ifindex: 2 } as const;
    expect(await codeOf(kernel.process().attach(at))).toBe('EBADF');
    await program.close();
    expect(await codeOf(kernel.attach(at))).toBe('EBADF');
    expect(await codeOf(kernel.setXdp({ program, ifindex: 2 }))).toBe('EBADF');
  });
});

describe('attachments without a link', () => {
  test('are XDP by netlink, which others do not replace unasked', async () => {
    const { kernel } = openBench();
    const [one, two] = [
      await kernel.load({ name: 'one', type: 'xdp' }),
      await kernel.load({ name: 'two', type: 'xdp' }),
    ];
    await kernel.setXdp({ program: one, ifindex: 2, mode: 'generic' });
    expect(await kernel.queryXdp({ ifindex: 2 })).toEqual({ programId: one.id, linkId: undefined, mode: 'generic' });
    expect(await codeOf(kernel.setXdp({ program: two, ifindex: 2, ifNoExist: true, mode: 'generic' }))).toBe('EBUSY');
    expect(await codeOf(kernel.setXdp({ program: two, ifindex: 2, expected: two, mode: 'generic' }))).toBe('EEXIST');
    expect(await codeOf(kernel.setXdp({ program: two, ifindex: 2, flags: 1 << 6 }))).toBe('EINVAL');
    await kernel.setXdp({ program: two, ifindex: 2, expected: one, mode: 'generic' });
    await kernel.setXdp({ program: null, ifindex: 2, mode: 'generic' });
    expect((await kernel.queryXdp({ ifindex: 2 })).programId).toBeUndefined();
  });

  test('are filters of tc, on a clsact', async () => {
    const { kernel } = openBench();
    const hook = { ifindex: 2, direction: 'ingress' } as const;
    const program = await kernel.load({ name: 'prog_one', type: 'tc' });
    expect(await codeOf(kernel.addFilter({ ...hook, program }))).toBe('EINVAL');
    await kernel.createClsact({ ifindex: 2 });
    expect(await codeOf(kernel.createClsact({ ifindex: 2 }))).toBe('EEXIST');
    await kernel.createClsact({ ifindex: 2, exclusive: false });
    const chosen = await kernel.addFilter({ ...hook, program });
    const given = await kernel.addFilter({ ...hook, program, priority: 50, handle: 7 });
    expect(chosen).toEqual({ ...hook, priority: 49152, handle: 1, programId: program.id });
    expect(await kernel.filters(hook)).toEqual([given, chosen]);
    expect(kernel.snapshot()).toMatchObject({
      attachments: [
        { via: 'filter', priority: 50, handle: 7 },
        { via: 'filter', priority: 49152, handle: 1 },
      ],
      clsacts: [{ ifindex: 2 }],
    });
    await kernel.deleteFilter(given);
    expect(await codeOf(kernel.deleteFilter(given))).toBe('ENOENT');
    await kernel.deleteClsact({ ifindex: 2 });
    expect(await kernel.filters(hook)).toEqual([]);
    expect(await codeOf(kernel.deleteClsact({ ifindex: 2 }))).toBe('ENOENT');
  });
});
