import { describe, expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { UsageError } from '../../../src/core/errors.js';
import { KernelError } from '../../../src/core/kernel-error.js';
import { assemble } from '../../../src/kernel/linux/assemble/assemble.js';
import { exit, movImm } from '../../../src/kernel/linux/assemble/instructions.js';
import type { ProgramSpec } from '../../../src/kernel/objects.js';
import { openBench } from './linux-bench.js';
import { needsBpf } from './needs-bpf.js';
import { readFixture } from './support.js';

needsBpf();

/** It returns what it never set. */
const BAD = { instructions: assemble([exit()]).instructions };

async function failureOf(call: Promise<unknown>): Promise<KernelError> {
  const error = await call.catch((reason: unknown) => reason);
  if (error instanceof KernelError) return error;
  throw error;
}

describe('programs of a Linux kernel', () => {
  test('are of every type that needs nothing but to be loaded', async () => {
    const { kernel } = openBench();
    for (const type of ['xdp', 'tc', 'tcx', 'tracepoint', 'kprobe', 'kretprobe', 'uprobe', 'uretprobe'] as const) {
      const program = await kernel.load({ name: `prog_${type}`, type });
      expect(program).toMatchObject({ name: `prog_${type}`, type });
      expect(await kernel.programById(program.id)).toMatchObject({ name: `prog_${type}`, type, tag: program.tag });
    }
  });

  test('that are refused come with the words of the verifier', async () => {
    const { kernel } = openBench();
    const error = await failureOf(kernel.load({ name: 'bad', type: 'xdp', code: BAD }));
    expect(error).toMatchObject({ code: 'EACCES', syscall: 'bpf(BPF_PROG_LOAD)' });
    expect(error.verifierLog).toContain('R0 !read_ok');
    expect(error.message).toContain('load program "bad" (xdp): EACCES: permission denied, bpf(BPF_PROG_LOAD)');
    expect(kernel.programCount()).toBe(0);
  });

  test('have as much of the log as they ask for', async () => {
    const { kernel } = openBench();
    const load = (verifierLog: NonNullable<ProgramSpec['verifierLog']>, code = BAD) =>
      kernel.load({ name: 'bad', type: 'xdp', code, verifierLog });
    const whole = await failureOf(load({ sizeBytes: 65_536 }));
    expect(whole).toMatchObject({ code: 'EACCES' });
    const log = whole.verifierLog ?? '';
    const tail = await failureOf(load({ sizeBytes: 40 }));
    expect(tail).toMatchObject({ code: 'ENOSPC', verifierLog: log.slice(-39) });
    const head = await failureOf(load({ sizeBytes: 40, keep: 'head' }));
    expect(head).toMatchObject({ code: 'ENOSPC', verifierLog: log.slice(0, 39) });
    const good = { instructions: assemble([movImm(0, 2), exit()]).instructions };
    expect(await codeOf(load({ sizeBytes: 65_536, level: 2 }, good))).toBe('ok');
    expect(await codeOf(load({ sizeBytes: 2 ** 32 - 1 }, good))).toBe('EINVAL');
    // No log at all, whatever the level.
    expect(await codeOf(load({ sizeBytes: 0 }, good))).toBe('ok');
  });

  test.each([
    ['no instructions', 'E2BIG', { code: { instructions: new Uint8Array(0) } }],
    ['a long name', 'EINVAL', { name: 'sixteen_letters_' }],
    ['bits that mean nothing', 'EINVAL', { flags: 1 << 30 }],
    ['a function of the kernel that it cannot have', 'EINVAL', { attachTo: 'vfs_read' }],
  ] as const)('are refused for %s', async (_what, code, spec) => {
    const { kernel } = openBench();
    expect(await codeOf(kernel.load({ name: 'prog_one', type: 'xdp', ...spec }))).toBe(code);
  });

  test('that dispatch have slots, and those that would fill them are accepted or refused by this kernel', async () => {
    const { kernel } = openBench();
    const dispatcher = await kernel.load({
      name: 'dispatcher',
      type: 'xdp',
      functions: ['prog0', 'prog1'],
      staticFunctions: ['own'],
    });
    const link = await kernel.attach({ type: 'xdp', program: dispatcher, ifindex: 2 });
    const load = (functionName: string) =>
      kernel.load({ name: 'extension', type: 'extension', extends: { program: dispatcher, functionName } });
    const error = await load('prog0').then(
      async (extension) => {
        const slot = await kernel.attach({ type: 'extension', program: extension });
        expect(slot).toMatchObject({ type: 'extension', programId: extension.id, target: 'prog0' });
        expect(await codeOf(load('own'))).toBe('EINVAL');
        expect(await codeOf(load('none'))).toBe('EINVAL');
        return undefined;
      },
      (reason: unknown) => reason,
    );
    // Locked down for integrity, a kernel takes no extensions.
    if (error !== undefined) expect(error).toMatchObject({ code: 'EPERM', syscall: 'bpf(BPF_PROG_LOAD)' });
    expect((await kernel.links())[0]).toMatchObject({ id: link.id, attached: true });
  });

  test('of object files bring their maps, or take those that are given', async () => {
    const { kernel } = openBench();
    const object = readFixture('xdp-counter');
    const program = await kernel.load({ name: 'drop', type: 'xdp', code: { object }, pinPath: '/sys/fs/bpf/one' });
    const [map] = program.maps;
    expect(map).toMatchObject({ name: 'packets', type: 'array', maxEntries: 4 });
    expect(program.mapIds).toEqual([map?.id]);
    expect((await kernel.pins()).map(({ path }) => path)).toContain(`/sys/fs/bpf/one/maps/${program.id}/packets`);
    const shared = await kernel.createMap({
      name: 'packets',
      type: 'array',
      keySizeBytes: 4,
      valueSizeBytes: 8,
      maxEntries: 4,
    });
    const other = await kernel.load({ name: 'drop', type: 'xdp', code: { object }, maps: [shared] });
    expect([other.mapIds, other.maps]).toEqual([[shared.id], []]);
  });

  test('of object files have their variables', async () => {
    const { kernel } = openBench();
    const program = await kernel.load({
      name: 'remember',
      type: 'tc',
      code: { object: readFixture('globals') },
      pinPath: '/sys/fs/bpf/one',
    });
    const rodata = program.maps.find(({ name }) => name === '.rodata');
    const [entry] = (await rodata?.entries()) ?? [];
    expect(new DataView(entry?.[1].buffer ?? new ArrayBuffer(4)).getUint32(0, true)).toBe(7);
    // Frozen: its program relies on it.
    expect(
      await codeOf(rodata?.update(new Uint8Array(4), new Uint8Array(rodata.valueSizeBytes)) ?? Promise.resolve()),
    ).toBe('EPERM');
    expect((await kernel.pins()).map(({ kind }) => kind)).toEqual(['program']);
  });

  test('of object files are what their sections say', async () => {
    const { kernel } = openBench();
    const code = { object: readFixture('tracing'), program: 'on_redirect' };
    const program = await kernel.load({ name: 'on_redirect', type: 'xdp', code });
    // A program for a devmap, which no device takes.
    expect(await codeOf(kernel.attach({ type: 'xdp', program, ifindex: 2 }))).toBe('EINVAL');
  });

  test('of object files must be there, and make sense', async () => {
    const { kernel } = openBench();
    const object = readFixture('xdp-counter');
    const load = (code: ProgramSpec['code']) =>
      kernel.load({ name: 'drop', type: 'xdp', ...(code === undefined ? {} : { code }) });
    await expect(load({ object, section: 'tc' })).rejects.toBeInstanceOf(UsageError);
    await expect(load({ object: object.subarray(0, 100) })).rejects.toBeInstanceOf(UsageError);
    expect([kernel.programCount(), kernel.mapCount()]).toEqual([0, 0]);
  });
});
