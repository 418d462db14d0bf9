import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.js';
import type { ContractWorld } from '../world.js';
import { codeOf, hasProgram, letGo, load, under } from './support.js';

const NAMEI = 'fs/namei.c, vfs_mkdir, vfs_rmdir';
const RENAME = 'fs/namei.c, vfs_rename; fs/libfs.c, simple_rename';

/** Pins one program at each of the paths. */
async function pinAt(world: ContractWorld, ...paths: readonly string[]): Promise<number> {
  const program = await load(world, 'xdp');
  for (const path of paths) await world.kernel.pin(program, under(world, path));
  return program.id;
}

async function makeFolders(world: ContractWorld, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) await world.kernel.bpffs.mkdir(under(world, path));
}

function rename(world: ContractWorld, from: string, to: string): Promise<string> {
  return codeOf(world.kernel.bpffs.rename(under(world, from), under(world, to)));
}

/** A case of a rename that is refused, in a directory with a pin, and folders that are empty and not. */
function renameCase(id: string, title: string, from: string, to: string, code: string): ContractCase {
  return {
    id: `pins.tree-rename-${id}`,
    rules: ['pins.tree'],
    title: `${title}: ${code}`,
    source: code === 'EPERM' ? 'kernel/bpf/inode.c, bpf_lookup' : RENAME,
    run: async (world) => {
      await makeFolders(world, 'folder', 'full');
      await pinAt(world, 'pin', 'full/pin');
      assert.equal(await rename(world, from, to), code);
      assert.equal(await world.kernel.bpffs.exists(under(world, 'pin')), true);
    },
  };
}

/** Cases of the directories of a bpffs. */
export const BPFFS_CASES: readonly ContractCase[] = [
  {
    id: 'pins.tree-mkdir-exists',
    rules: ['pins.tree'],
    title: 'a directory over a directory or a pin is EEXIST',
    source: NAMEI,
    run: async (world) => {
      await makeFolders(world, 'a');
      await pinAt(world, 'pin');
      assert.equal(await codeOf(world.kernel.bpffs.mkdir(under(world, 'a'))), 'EEXIST');
      assert.equal(await codeOf(world.kernel.bpffs.mkdir(under(world, 'pin'))), 'EEXIST');
    },
  },
  {
    id: 'pins.tree-mkdir-no-parent',
    rules: ['pins.tree'],
    title: 'a directory in one that there is not is ENOENT, below a pin ENOTDIR',
    source: NAMEI,
    run: async (world) => {
      await pinAt(world, 'pin');
      assert.equal(await codeOf(world.kernel.bpffs.mkdir(under(world, 'b/c'))), 'ENOENT');
      assert.equal(await codeOf(world.kernel.bpffs.mkdir(under(world, 'pin/c'))), 'ENOTDIR');
    },
  },
  {
    id: 'pins.tree-mkdir-dot',
    rules: ['pins.outside'],
    title: 'a directory whose name has a dot is EPERM',
    source: 'kernel/bpf/inode.c, bpf_lookup',
    run: async (world) => {
      assert.equal(await codeOf(world.kernel.bpffs.mkdir(under(world, 'b.c'))), 'EPERM');
    },
  },
  {
    id: 'pins.tree-mkdir-recursive',
    rules: ['pins.tree'],
    title: 'directories are made with those above them, and again without harm',
    source: NAMEI,
    run: async (world) => {
      const { bpffs } = world.kernel;
      await bpffs.mkdir(under(world, 'a/b/c'), { recursive: true });
      assert.equal(await codeOf(bpffs.mkdir(under(world, 'a/b/c'), { recursive: true })), 'ok');
      assert.deepEqual(await bpffs.readdir(under(world, 'a/b')), [{ name: 'c', kind: 'directory' }]);
    },
  },
  {
    id: 'pins.tree-rmdir-missing',
    rules: ['pins.tree'],
    title: 'removing a directory that there is not is ENOENT, a pin ENOTDIR',
    source: NAMEI,
    run: async (world) => {
      await pinAt(world, 'pin');
      assert.equal(await codeOf(world.kernel.bpffs.rmdir(under(world, 'missing'))), 'ENOENT');
      assert.equal(await codeOf(world.kernel.bpffs.rmdir(under(world, 'pin'))), 'ENOTDIR');
    },
  },
  {
    id: 'pins.tree-rmdir-full',
    rules: ['pins.tree'],
    title: 'removing a directory that is not empty is ENOTEMPTY; an empty one goes',
    source: 'fs/libfs.c, simple_rmdir',
    run: async (world) => {
      await makeFolders(world, 'a');
      await pinAt(world, 'a/pin');
      assert.equal(await codeOf(world.kernel.bpffs.rmdir(under(world, 'a'))), 'ENOTEMPTY');
      await world.kernel.unpin(under(world, 'a/pin'));
      assert.equal(await codeOf(world.kernel.bpffs.rmdir(under(world, 'a'))), 'ok');
      assert.equal(await world.kernel.bpffs.exists(under(world, 'a')), false);
    },
  },
  {
    id: 'pins.tree-readdir',
    rules: ['pins.tree'],
    title: 'a directory lists its entries in the order of names, with their kinds',
    source: 'fs/libfs.c, dcache_readdir',
    run: async (world) => {
      await makeFolders(world, 'b');
      await pinAt(world, 'c', 'a');
      assert.deepEqual(await world.kernel.bpffs.readdir(world.bpffs), [
        { name: 'a', kind: 'program' },
        { name: 'b', kind: 'directory' },
        { name: 'c', kind: 'program' },
      ]);
    },
  },
  {
    id: 'pins.tree-readdir-missing',
    rules: ['pins.tree'],
    title: 'listing a directory that there is not is ENOENT, a pin ENOTDIR',
    source: 'fs/namei.c, do_open',
    run: async (world) => {
      await pinAt(world, 'pin');
      assert.equal(await codeOf(world.kernel.bpffs.readdir(under(world, 'missing'))), 'ENOENT');
      assert.equal(await codeOf(world.kernel.bpffs.readdir(under(world, 'pin'))), 'ENOTDIR');
    },
  },
  renameCase('missing', 'renaming what there is not', 'missing', 'x', 'ENOENT'),
  renameCase('no-parent', 'renaming into a directory that there is not', 'pin', 'missing/pin', 'ENOENT'),
  renameCase('dot', 'renaming to a name with a dot', 'pin', 'pin.old', 'EPERM'),
  renameCase('pin-over-directory', 'renaming a pin onto a directory', 'pin', 'folder', 'EISDIR'),
  renameCase('directory-over-pin', 'renaming a directory onto a pin', 'folder', 'pin', 'ENOTDIR'),
  renameCase('over-full', 'renaming onto a directory that is not empty', 'folder', 'full', 'ENOTEMPTY'),
  renameCase('into-itself', 'renaming a directory into itself', 'folder', 'folder/b', 'EINVAL'),
  renameCase('over-ancestor', 'renaming a pin onto the directory that it is in', 'full/pin', 'full', 'ENOTEMPTY'),
  {
    id: 'pins.tree-rename-elsewhere',
    rules: ['pins.tree'],
    title: 'renaming to another file system is EXDEV',
    source: 'fs/namei.c, do_renameat2',
    run: async (world) => {
      await pinAt(world, 'pin');
      assert.equal(await codeOf(world.kernel.bpffs.rename(under(world, 'pin'), '/tmp/glovebox-pin')), 'EXDEV');
    },
  },
  {
    id: 'pins.tree-rename-directory',
    rules: ['pins.tree'],
    title: 'a directory takes its pins along, onto an empty directory too',
    source: RENAME,
    run: async (world) => {
      await makeFolders(world, 'full', 'empty');
      const id = await pinAt(world, 'full/pin');
      assert.equal(await rename(world, 'full', 'empty'), 'ok');
      assert.deepEqual(await world.kernel.pins(world.bpffs), [
        { path: under(world, 'empty/pin'), kind: 'program', id },
      ]);
    },
  },
  {
    id: 'pins.tree-rename-over-pin',
    rules: ['pins.tree', 'lifetime.references'],
    title: 'a pin that is renamed onto another takes its place, and what that held is let go',
    source: RENAME,
    run: async (world) => {
      const [one, two] = [await load(world, 'xdp'), await load(world, 'xdp')];
      await world.kernel.pin(one, under(world, 'one'));
      await world.kernel.pin(two, under(world, 'two'));
      await letGo(one);
      await letGo(two);
      assert.equal(await rename(world, 'two', 'one'), 'ok');
      await world.settle();
      assert.equal(await hasProgram(world.kernel, one.id), false);
      assert.deepEqual(await world.kernel.pins(world.bpffs), [
        { path: under(world, 'one'), kind: 'program', id: two.id },
      ]);
    },
  },
];
