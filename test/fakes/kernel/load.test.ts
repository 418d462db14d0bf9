import { expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { UsageError } from '../../../src/core/errors.js';
import { KernelError } from '../../../src/core/kernel-error.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import { PROGRAM_TYPES } from '../../../src/kernel/objects.js';
import { code, HASH, loadExtension, loadOne } from './support.js';

test.each(PROGRAM_TYPES.filter((type) => type !== 'extension'))(
  'a %s program loads and is listed as it was asked for',
  async (type) => {
    const kernel = new FakeKernel();
    const { id } = await loadOne(kernel, type, { name: 'prog_one' });
    expect(await kernel.programs()).toMatchObject([{ id, name: 'prog_one', type, mapIds: [] }]);
  },
);

test('no instructions and more than a million are E2BIG, a million is not', async () => {
  const kernel = new FakeKernel();
  const load = (count: number) => {
    const instructions = new Uint8Array(count * 8);
    for (let at = 0; at < instructions.length; at += 8) instructions[at] = 0xb7;
    instructions[instructions.length - 8] = 0x95;
    return codeOf(kernel.load({ name: 'x', type: 'xdp', code: { instructions } }));
  };
  expect(await load(1_000_001)).toBe('E2BIG');
  expect(await codeOf(kernel.load({ name: 'x', type: 'xdp', code: code('') }))).toBe('E2BIG');
  expect(await load(1_000_000)).toBe('ok');
});

test('a name of 16 characters, or with another character than [A-Za-z0-9_.], is EINVAL; 15 are allowed', async () => {
  const kernel = new FakeKernel();
  const load = (name: string) => codeOf(kernel.load({ name, type: 'xdp' }));
  expect(await load('abcdefghijklmnop')).toBe('EINVAL');
  expect(await load('a-b')).toBe('EINVAL');
  expect(await load('abcdefghijklm.o')).toBe('ok');
});

test('too many instructions are refused before a name is looked at', async () => {
  const error = await new FakeKernel()
    .load({ name: 'a-b', type: 'xdp', code: code('') })
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'E2BIG', syscall: 'bpf(BPF_PROG_LOAD)' });
});

test('the verifier refuses an exit without R0 and a program that runs off its end, in its own words', async () => {
  const kernel = new FakeKernel();
  const refused = (hex: string) =>
    kernel.load({ name: 'x', type: 'xdp', code: code(hex) }).catch((reason: unknown) => reason);
  const exit = await refused('9500000000000000');
  expect(exit).toBeInstanceOf(KernelError);
  expect(exit).toMatchObject({ code: 'EACCES', verifierLog: expect.stringContaining('R0 !read_ok') });
  expect(await refused('b700000002000000')).toMatchObject({
    code: 'EINVAL',
    verifierLog: expect.stringContaining('last insn is not an exit or jmp'),
  });
  expect(kernel.programCount()).toBe(0);
});

test('the test rejects programs by name, or by a verifier of its own, with a log', async () => {
  const kernel = new FakeKernel({
    verifier: ({ license }) => (license === 'none' ? { log: 'no licence' } : undefined),
  });
  kernel.rejectProgram('bad', { code: 'EACCES', log: 'R1 is not a pointer' });
  await expect(kernel.load({ name: 'bad', type: 'xdp' })).rejects.toMatchObject({
    code: 'EACCES',
    verifierLog: 'R1 is not a pointer',
  });
  await expect(kernel.load({ name: 'x', type: 'xdp', license: 'none' })).rejects.toMatchObject({
    code: 'EINVAL',
    verifierLog: 'no licence',
  });
  expect(await codeOf(kernel.load({ name: 'good', type: 'xdp' }))).toBe('ok');
});

test('a map to run from is for XDP programs only', async () => {
  await expect(new FakeKernel().load({ name: 'x', type: 'tc', xdpTarget: 'devmap' })).rejects.toThrow(
    'load "x": xdpTarget is for programs of type xdp, not "tc"',
  );
});

test('results to go on after are for functions that there are, and each has one', async () => {
  const load = (proceedOn: readonly (readonly number[])[]) =>
    new FakeKernel().load({ name: 'x', type: 'xdp', functions: ['slot'], proceedOn });
  await expect(load([[2, 31]])).resolves.toMatchObject({ name: 'x' });
  await expect(load([[2], [2]])).rejects.toThrow('load "x": proceedOn is about 2 functions, and there are 1');
  await expect(load([[]])).rejects.toThrow('load "x": proceedOn must have a result for each function, not [[]]');
  await expect(load([[2 ** 31]])).rejects.toThrow(
    'load "x": proceedOn: each must be a whole number from -2147483648 to 2147483647, not 2147483648',
  );
});

test('a target that the type does not take, or lacks, is EINVAL', async () => {
  const kernel = new FakeKernel();
  expect(await codeOf(kernel.load({ name: 'x', type: 'xdp', attachTo: 'do_unlinkat' }))).toBe('EINVAL');
  expect(await codeOf(kernel.load({ name: 'x', type: 'fentry' }))).toBe('EINVAL');
  expect(await codeOf(kernel.load({ name: 'x', type: 'extension' }))).toBe('EINVAL');
  expect(await codeOf(kernel.load({ name: 'x', type: 'lsm', attachTo: 'file_open', license: 'MIT' }))).toBe('EINVAL');
});

test('an extension is loaded only for a global function of a program that is no extension and no fentry program', async () => {
  const kernel = new FakeKernel();
  const [dispatcher, extension] = await loadExtension(kernel);
  const fentry = await loadOne(kernel, 'fentry');
  const load = async (program: typeof dispatcher, functionName: string) =>
    kernel
      .load({ name: 'x', type: 'extension', extends: { program, functionName } })
      .catch((reason: unknown) => reason);
  expect(await load(dispatcher, 'helper')).toMatchObject({
    code: 'EINVAL',
    verifierLog: expect.stringContaining("Subprog helper doesn't exist\n"),
  });
  expect(await load(extension, 'prog0')).toMatchObject({
    code: 'EINVAL',
    verifierLog: expect.stringContaining('Cannot recursively attach\n'),
  });
  expect(await load(fentry, 'prog0')).toMatchObject({
    code: 'EINVAL',
    verifierLog: expect.stringContaining('Cannot extend fentry/fexit\n'),
  });
});

test('an extension that is loaded holds the program it was loaded for', async () => {
  const kernel = new FakeKernel();
  const [dispatcher, extension] = await loadExtension(kernel);
  await kernel.unload(dispatcher);
  expect(kernel.programCount()).toBe(2);
  await kernel.unload(extension);
  expect(kernel.programCount()).toBe(0);
});

test('maps given as specs are made with the program and freed with it; maps that exist are only held', async () => {
  const kernel = new FakeKernel();
  const shared = await kernel.createMap({ ...HASH, name: 'shared' });
  const program = await loadOne(kernel, 'xdp', { maps: [HASH, shared] });
  expect(program.maps.map((map) => map.name)).toEqual(['counts']);
  expect(program.mapIds).toEqual([2, 1]);
  await shared.close();
  expect(kernel.mapCount()).toBe(2);
  await kernel.unload(program);
  expect(kernel.mapCount()).toBe(0);
});

test('a map that cannot be made leaves no program and no other map', async () => {
  const kernel = new FakeKernel();
  const before = kernel.snapshot();
  expect(await codeOf(kernel.load({ name: 'x', type: 'xdp', maps: [HASH, { ...HASH, maxEntries: 0 }] }))).toBe(
    'EINVAL',
  );
  expect(kernel.diff(before)).toEqual([]);
  expect(kernel.handleCount()).toBe(0);
});

test('a pin path gets the program and its maps, and loses them and its folders with the unload', async () => {
  const kernel = new FakeKernel();
  const before = kernel.snapshot();
  const program = await kernel.load({ name: 'x', type: 'xdp', maps: [HASH], pinPath: '/sys/fs/bpf/a/b' });
  expect((await kernel.pins()).map((pin) => pin.path)).toEqual([
    '/sys/fs/bpf/a/b/maps/1/counts',
    '/sys/fs/bpf/a/b/prog_1',
  ]);
  await kernel.unload(program);
  expect(kernel.diff(before)).toEqual([]);
});

test('a pin path that was there before stays', async () => {
  const kernel = new FakeKernel();
  await kernel.bpffs.mkdir('/sys/fs/bpf/a');
  const before = kernel.snapshot();
  await kernel.unload(await kernel.load({ name: 'x', type: 'xdp', maps: [HASH], pinPath: '/sys/fs/bpf/a' }));
  expect(kernel.diff(before)).toEqual([]);
});

test.each([
  ['a map whose name has a dot', { maps: [HASH, { ...HASH, name: '.rodata' }], pinPath: '/sys/fs/bpf/a' }, 'EPERM'],
  ['a pin path outside bpffs', { pinPath: '/tmp/a' }, 'EPERM'],
  ['a folder whose name has a dot', { pinPath: '/sys/fs/bpf/a/b.c/d' }, 'EPERM'],
  ['two maps of one name', { maps: [HASH, HASH], pinPath: '/sys/fs/bpf/a' }, 'EEXIST'],
] as const)('%s fails the load as a whole', async (_, rest, expected) => {
  const kernel = new FakeKernel();
  const before = kernel.snapshot();
  expect(await codeOf(kernel.load({ name: 'x', type: 'xdp', ...rest }))).toBe(expected);
  expect(kernel.diff(before)).toEqual([]);
  expect(kernel.handleCount()).toBe(0);
});

test('unload by id works for another process, and frees what only pins held', async () => {
  const kernel = new FakeKernel();
  const manager = kernel.process();
  const { id } = await manager.load({ name: 'x', type: 'xdp', maps: [HASH], pinPath: '/sys/fs/bpf/a' });
  manager.exit();
  expect(kernel.programCount()).toBe(1);
  await kernel.unload(id);
  expect([kernel.programCount(), kernel.mapCount(), kernel.pinCount()]).toEqual([0, 0, 0]);
});

test('unload of what is not there is ENOENT, of a closed handle EBADF', async () => {
  const kernel = new FakeKernel();
  expect(await codeOf(kernel.unload(7))).toBe('ENOENT');
  const program = await loadOne(kernel, 'xdp');
  await program.close();
  expect(await codeOf(kernel.unload(program))).toBe('EBADF');
});

test('a program that a link holds outlives its unload', async () => {
  const kernel = new FakeKernel();
  const program = await loadOne(kernel, 'fentry');
  const link = await kernel.attach({ type: 'fentry', program });
  await kernel.unload(program);
  expect(kernel.programCount()).toBe(1);
  await kernel.detach(link);
  expect(kernel.programCount()).toBe(0);
});

test('bad arguments are told all at once, and change nothing', async () => {
  const kernel = new FakeKernel();
  const spec: object = { name: '', type: 'sdp', code: { instructions: new Uint8Array(7) }, pinPath: 'relative' };
  const error = await Reflect.apply(kernel.load, kernel, [spec]).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UsageError);
  expect(error).toMatchObject({
    problems: [
      'name must be a non-empty string, not ""',
      'type "sdp" is unknown; there are xdp, tc, tcx, tracepoint, kprobe, kretprobe, uprobe, uretprobe, fentry, fexit, lsm, extension',
      'code.instructions has 7 bytes; an instruction has 8, so it must be a multiple of that',
      'pinPath must be an absolute path, such as "/sys/fs/bpf/prog", not "relative"',
    ],
  });
  expect(kernel.operations()).toEqual([]);
  expect(kernel.programCount()).toBe(0);
});

test('the tag is that of Linux: SHA-256 from 6.18 on, SHA-1 before', async () => {
  const zero = code('b700000000000000 9500000000000000');
  const load = async (profile: '6.12' | '6.18') =>
    (await new FakeKernel({ profile }).load({ name: 'x', type: 'tc', code: zero })).tag;
  expect(await load('6.12')).toBe('a04f5eef06a7f555');
  expect(await load('6.18')).toBe('59f4a931744dcdc6');
});
