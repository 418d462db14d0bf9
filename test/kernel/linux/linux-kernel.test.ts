import { describe, expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { DisposedError, UsageError } from '../../../src/core/errors.js';
import { formatOperation } from '../../../src/core/operation.js';
import { FaultPlan } from '../../../src/faults/plan.js';
import { LinuxKernel } from '../../../src/kernel/linux/linux-kernel.js';
import { openBench } from './linux-bench.js';
import { needsBpf } from './needs-bpf.js';

needsBpf();

describe('a directory for pins', () => {
  test.each(['/etc', '/no/such/directory', '/proc'])(
    'that is no bpffs, %s, is a mistake, and nothing is made there',
    (bpffs) => {
      const nearest = bpffs.startsWith('/no') ? '/' : bpffs;
      expect(() => new LinuxKernel({ bpffs })).toThrow(
        `LinuxKernel: bpffs must be a directory on a bpffs, and "${nearest}" is on another file system: mount one there (mount -t bpf bpf ${bpffs}), or leave the option out for a private one`,
      );
    },
  );

  test('with a NUL in it is a mistake', () => {
    expect(() => new LinuxKernel({ bpffs: '/sys/fs/bpf\0' })).toThrow(UsageError);
  });
});

describe('a Linux kernel', () => {
  test('loads, attaches, tells of it and lets go', async () => {
    const { kernel } = openBench();
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    expect(program).toMatchObject({ kind: 'program', name: 'prog_one', type: 'xdp', mapIds: [], closed: false });
    expect(program.tag).toMatch(/^[0-9a-f]{16}$/);
    const link = await kernel.attach({ type: 'xdp', program, ifindex: 2, mode: 'native' });
    expect(link).toMatchObject({ programId: program.id, type: 'xdp', attached: true, ifindex: 2 });
    expect(await kernel.queryXdp({ ifindex: 2 })).toEqual({ programId: program.id, linkId: link.id, mode: 'native' });
    expect(kernel.snapshot()).toMatchObject({
      programs: [{ id: program.id, name: 'prog_one' }],
      links: [{ id: link.id, programId: program.id, attached: true }],
    });
    await kernel.detach(link);
    await kernel.unload(program);
    expect(await kernel.queryXdp({ ifindex: 2 })).toEqual({ programId: undefined, linkId: undefined, mode: undefined });
    expect([kernel.programCount(), kernel.linkCount(), kernel.handleCount()]).toEqual([0, 0, 0]);
  });

  test('records what was done and fails where it is told to', async () => {
    const { kernel } = openBench();
    kernel.failOnNthLoad(2, 'ENOMEM');
    await kernel.load({ name: 'prog_one', type: 'xdp' });
    expect(await codeOf(kernel.load({ name: 'prog_two', type: 'xdp' }))).toBe('ENOMEM');
    expect(await codeOf(kernel.load({ name: 'a_name_that_is_too_long', type: 'xdp' }))).toBe('EINVAL');
    expect(kernel.operations().map(formatOperation)).toEqual([
      'load:prog_one:ok',
      'load:prog_two:error',
      'load:a_name_that_is_too_long:error',
    ]);
    expect(kernel.programCount()).toBe(1);
  });

  test('keeps what someone else made apart from its own handles, and shows it', async () => {
    const { kernel } = openBench();
    const foreign = kernel.injectXdp({ ifindex: 2 });
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    expect(await codeOf(kernel.attach({ type: 'xdp', program, ifindex: 2 }))).toBe('EBUSY');
    expect((await kernel.programs()).map(({ name }) => name)).toEqual(['foreign_xdp', 'prog_one']);
    expect(kernel.snapshot().attachments).toMatchObject([{ via: 'netlink', programId: foreign.id, ifindex: 2 }]);
    expect(kernel.handleCount()).toBe(1);
  });

  test('shows only what it made, unless it is told to show all', async () => {
    const { kernel } = openBench();
    const other = openBench().kernel;
    const foreign = await other.load({ name: 'other', type: 'xdp' });
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    expect((await kernel.programs()).map(({ id }) => id)).toEqual([program.id]);
    expect(await kernel.nextProgramId(0)).toBe(program.id);
    expect(await codeOf(kernel.nextProgramId(program.id))).toBe('ENOENT');
    const all = openBench({ visibility: 'host' }).kernel;
    const ids = (await all.programs()).map(({ id }) => id);
    expect(ids).toContain(foreign.id);
    expect(ids).toContain(program.id);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    const opened = await kernel.programById(foreign.id);
    expect(opened.name).toBe('other');
  });

  test('refuses handles of another kernel and objects around handles', async () => {
    const { kernel } = openBench();
    const program = await openBench().kernel.load({ name: 'prog_one', type: 'xdp' });
    await expect(kernel.attach({ type: 'xdp', program, ifindex: 2 })).rejects.toThrow(
      'attach "xdp": program is a handle of another kernel; a handle works only on the kernel that made it',
    );
    const wrapped = Object.create(program);
    await expect(kernel.attach({ type: 'xdp', program: wrapped, ifindex: 2 })).rejects.toThrow(
      'An object around a handle is none',
    );
  });

  test('tells all mistakes of its options at once', () => {
    const options = {
      netns: 'blue',
      bpffs: 'here',
      visibility: 'some',
      speed: 1,
      capabilities: ['CAP_CHOWN'],
      faults: 3,
    };
    // @ts-expect-error: all of them are wrong
    expect(() => new LinuxKernel(options)).toThrow(
      expect.objectContaining({
        problems: [
          '"speed" is no option',
          expect.stringContaining('capability "CAP_CHOWN" is not modelled'),
          expect.stringContaining('netns must be an absolute path'),
          'bpffs must be "private" or the path of a directory on a bpffs, not "here"',
          'faults must be a FaultPlan, not 3',
          'visibility "some" is unknown; there are own, host',
        ],
      }),
    );
    expect(() => new LinuxKernel({ faults: new FaultPlan(), clock: new FaultPlan().clock })).toThrow(UsageError);
  });

  test('takes no calls any more once it is closed, and may be closed twice', async () => {
    const { kernel } = openBench();
    const process = kernel.process();
    await kernel[Symbol.asyncDispose]();
    await kernel[Symbol.asyncDispose]();
    for (const one of [kernel, process]) {
      await expect(one.load({ name: 'prog_one', type: 'xdp' })).rejects.toBeInstanceOf(DisposedError);
    }
    expect(() => kernel.process()).toThrow(DisposedError);
  });

  test('is somewhere that exists', () => {
    expect(() => new LinuxKernel({ netns: '/run/netns/glovebox-none' })).toThrow(
      'open "/run/netns/glovebox-none": ENOENT: no such file or directory, open',
    );
  });
});
