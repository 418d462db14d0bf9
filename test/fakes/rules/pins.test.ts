import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../../src/kernel/contract.js';
import { codeOf } from '../code-of.js';
import { attachXdp, BPFFS, HASH, letGo, load, newKernel, programIds } from './support.js';

const under = (path: string) => `${BPFFS}/${path}`;

async function setUp(): Promise<{ kernel: Kernel; pin: (path: string) => Promise<string> }> {
  const kernel = newKernel();
  const program = await load(kernel, 'xdp');
  return { kernel, pin: (path) => codeOf(kernel.pin(program, path)) };
}

// kernel/bpf/inode.c:bpf_obj_do_pin; kern_path_create looks at the path first, bpf_lookup refuses dots
describe('pins', () => {
  test('outside of a bpffs are EPERM', async () => {
    const { pin } = await setUp();
    expect(await pin('/tmp/pin')).toBe('EPERM');
  });

  test('whose name has a dot are EPERM', async () => {
    const { pin } = await setUp();
    expect(await pin(under('a.b'))).toBe('EPERM');
    expect(await pin(under('.a'))).toBe('EPERM');
  });

  test('where something is are EEXIST', async () => {
    const { kernel, pin } = await setUp();
    await kernel.bpffs.mkdir(under('folder'));
    expect(await pin(under('a'))).toBe('ok');
    expect(await pin(under('a'))).toBe('EEXIST');
    expect(await pin(under('folder'))).toBe('EEXIST');
    expect(await pin(BPFFS)).toBe('EEXIST');
  });

  test('in a folder that is missing are ENOENT, below a pin ENOTDIR', async () => {
    const { pin } = await setUp();
    expect(await pin(under('missing/a'))).toBe('ENOENT');
    await pin(under('a'));
    expect(await pin(under('a/b'))).toBe('ENOTDIR');
  });

  test('a missing folder is found before the dot of the name', async () => {
    const { pin } = await setUp();
    expect(await pin(under('missing/a.b'))).toBe('ENOENT');
  });

  // bpf_fd_probe_obj: what is no program, map or link is EINVAL
  test('of a closed handle are EINVAL, before the path is looked at', async () => {
    const kernel = newKernel();
    const program = await load(kernel, 'xdp');
    await program.close();
    expect(await codeOf(kernel.pin(program, '/tmp/pin'))).toBe('EINVAL');
  });

  test('one object can have several', async () => {
    const { kernel, pin } = await setUp();
    expect([await pin(under('a')), await pin(under('b'))]).toEqual(['ok', 'ok']);
    expect((await kernel.pins()).map(({ path }) => path)).toEqual([under('a'), under('b')]);
  });

  // kernel/bpf/inode.c:bpf_obj_do_get
  test('opening what is missing is ENOENT, what is no pin EACCES', async () => {
    const kernel = newKernel();
    await kernel.bpffs.mkdir(under('folder'));
    expect(await codeOf(kernel.open(under('missing')))).toBe('ENOENT');
    expect(await codeOf(kernel.open(under('folder')))).toBe('EACCES');
    expect(await codeOf(kernel.open(BPFFS))).toBe('EACCES');
  });

  test('opening gives a handle of the kind that was pinned', async () => {
    const kernel = newKernel();
    const program = await load(kernel, 'xdp');
    const link = await attachXdp(kernel, program);
    const map = await kernel.createMap(HASH);
    for (const object of [program, link, map]) {
      await kernel.pin(object, under(object.kind));
      expect(await kernel.open(under(object.kind))).toMatchObject({ kind: object.kind, id: object.id });
    }
  });

  test('removing what is missing is ENOENT, a folder EISDIR', async () => {
    const kernel = newKernel();
    await kernel.bpffs.mkdir(under('folder'));
    expect(await codeOf(kernel.unpin(under('missing')))).toBe('ENOENT');
    expect(await codeOf(kernel.unpin(under('folder')))).toBe('EISDIR');
  });

  test('hold what they name until they are removed', async () => {
    const kernel = newKernel();
    const program = await load(kernel, 'xdp');
    await kernel.pin(program, under('a'));
    const id = await letGo(program);
    expect(await programIds(kernel)).toEqual([id]);
    await kernel.unpin(under('a'));
    expect(await programIds(kernel)).toEqual([]);
  });
});

describe('folders on a bpffs', () => {
  test('making one: EEXIST, ENOENT without a parent, EPERM with a dot or outside', async () => {
    const { bpffs } = newKernel();
    await bpffs.mkdir(under('a'));
    expect(await codeOf(bpffs.mkdir(under('a')))).toBe('EEXIST');
    expect(await codeOf(bpffs.mkdir(under('b/c')))).toBe('ENOENT');
    expect(await codeOf(bpffs.mkdir(under('b.c')))).toBe('EPERM');
    expect(await codeOf(bpffs.mkdir(under('b/c'), { recursive: true }))).toBe('ok');
    expect(await codeOf(bpffs.mkdir(under('b/c'), { recursive: true }))).toBe('ok');
  });

  test('removing one: ENOENT, ENOTDIR for a pin, ENOTEMPTY, EBUSY for the mount itself', async () => {
    const { kernel, pin } = await setUp();
    await kernel.bpffs.mkdir(under('a'));
    await pin(under('a/pin'));
    expect(await codeOf(kernel.bpffs.rmdir(under('missing')))).toBe('ENOENT');
    expect(await codeOf(kernel.bpffs.rmdir(under('a/pin')))).toBe('ENOTDIR');
    expect(await codeOf(kernel.bpffs.rmdir(under('a')))).toBe('ENOTEMPTY');
    await kernel.unpin(under('a/pin'));
    expect(await codeOf(kernel.bpffs.rmdir(under('a')))).toBe('ok');
    expect(await codeOf(kernel.bpffs.rmdir(BPFFS))).toBe('EBUSY');
  });

  test('listing: names in order with their kinds, ENOENT, ENOTDIR', async () => {
    const { kernel, pin } = await setUp();
    await kernel.bpffs.mkdir(under('b'));
    await pin(under('c'));
    await pin(under('a'));
    expect(await kernel.bpffs.readdir(BPFFS)).toEqual([
      { name: 'a', kind: 'program' },
      { name: 'b', kind: 'directory' },
      { name: 'c', kind: 'program' },
    ]);
    expect(await codeOf(kernel.bpffs.readdir(under('missing')))).toBe('ENOENT');
    expect(await codeOf(kernel.bpffs.readdir(under('a')))).toBe('ENOTDIR');
  });

  // fs/namei.c:vfs_rename; bpf_dir_iops uses simple_rename, and bpf_lookup refuses dots
  test('renaming follows rename(2)', async () => {
    const { kernel, pin } = await setUp();
    const rename = (from: string, to: string) => codeOf(kernel.bpffs.rename(under(from), under(to)));
    for (const folder of ['a', 'full', 'empty']) await kernel.bpffs.mkdir(under(folder));
    for (const path of ['pin', 'full/pin']) await pin(under(path));
    expect(await rename('missing', 'x')).toBe('ENOENT');
    expect(await rename('pin', 'missing/pin')).toBe('ENOENT');
    expect(await rename('pin', 'pin.old')).toBe('EPERM');
    expect(await codeOf(kernel.bpffs.rename(under('pin'), '/tmp/pin'))).toBe('EXDEV');
    expect(await rename('pin', 'a')).toBe('EISDIR');
    expect(await rename('a', 'pin')).toBe('ENOTDIR');
    expect(await rename('a', 'full')).toBe('ENOTEMPTY');
    expect(await rename('a', 'a/b')).toBe('EINVAL');
    expect(await rename('full', 'empty')).toBe('ok');
    expect((await kernel.pins()).map(({ path }) => path)).toEqual([under('empty/pin'), under('pin')]);
  });

  test('renaming onto a pin replaces it, and lets go of what it held', async () => {
    const kernel = newKernel();
    const [one, two] = [await load(kernel, 'xdp'), await load(kernel, 'xdp')];
    await kernel.pin(one, under('one'));
    await kernel.pin(two, under('two'));
    await one.close();
    await two.close();
    await kernel.bpffs.rename(under('two'), under('one'));
    expect(await programIds(kernel)).toEqual([two.id]);
    expect(await kernel.pins()).toEqual([{ path: under('one'), kind: 'program', id: two.id }]);
  });
});

// kernel/bpf/inode.c:bpffs_obj_open
describe('reading a file of a bpffs', () => {
  test('a pin is EIO, a directory EISDIR, nothing ENOENT, and outside EPERM', async () => {
    const kernel = newKernel();
    const read = (path: string) => codeOf(kernel.bpffs.readFile(path));
    const [program, map] = [await load(kernel, 'xdp'), await kernel.createMap(HASH)];
    await kernel.pin(program, under('program'));
    await kernel.pin(map, under('map'));
    await kernel.pin(await attachXdp(kernel, program), under('link'));
    await kernel.bpffs.mkdir(under('directory'));
    for (const name of ['program', 'map', 'link']) expect(await read(under(name))).toBe('EIO');
    expect(await read(under('directory'))).toBe('EISDIR');
    expect(await read(under('none'))).toBe('ENOENT');
    expect(await read(under('program/below'))).toBe('ENOTDIR');
    expect(await read(under('a.b'))).toBe('EPERM');
    expect(await read('/tmp/program')).toBe('EPERM');
  });
});
