import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.js';
import { attachXdp, codeOf, HASH, hasLink, hasMap, hasProgram, letGo, load, under } from './support.js';

const PIN = 'kernel/bpf/inode.c, bpf_obj_do_pin';
const GET = 'kernel/bpf/inode.c, bpf_obj_do_get';

/** Cases of pinning objects and opening pins. */
export const PIN_CASES: readonly ContractCase[] = [
  {
    id: 'pins.outside-bpffs',
    rules: ['pins.outside'],
    title: 'a pin outside of a bpffs is EPERM',
    source: PIN,
    run: async (world) => {
      assert.equal(await codeOf(world.kernel.pin(await load(world, 'xdp'), '/tmp/glovebox-pin')), 'EPERM');
    },
  },
  {
    id: 'pins.dot',
    rules: ['pins.outside'],
    title: 'a pin whose name has a dot, first or within, is EPERM',
    source: 'kernel/bpf/inode.c, bpf_lookup',
    run: async (world) => {
      const program = await load(world, 'xdp');
      assert.equal(await codeOf(world.kernel.pin(program, under(world, 'a.b'))), 'EPERM');
      assert.equal(await codeOf(world.kernel.pin(program, under(world, '.a'))), 'EPERM');
    },
  },
  {
    id: 'pins.dot-to-open',
    rules: ['pins.outside'],
    title: 'a name with a dot is EPERM to open and to remove too',
    source: 'kernel/bpf/inode.c, bpf_lookup',
    run: async (world) => {
      assert.equal(await codeOf(world.kernel.open(under(world, 'a.b'))), 'EPERM');
      assert.equal(await codeOf(world.kernel.unpin(under(world, 'a.b'))), 'EPERM');
    },
  },
  {
    id: 'pins.exists-pin',
    rules: ['pins.exists'],
    title: 'a pin over a pin is EEXIST',
    source: PIN,
    run: async (world) => {
      const program = await load(world, 'xdp');
      await world.kernel.pin(program, under(world, 'a'));
      assert.equal(await codeOf(world.kernel.pin(program, under(world, 'a'))), 'EEXIST');
    },
  },
  {
    id: 'pins.exists-directory',
    rules: ['pins.exists'],
    title: 'a pin over a directory is EEXIST',
    source: PIN,
    run: async (world) => {
      assert.equal(await codeOf(world.kernel.pin(await load(world, 'xdp'), world.bpffs)), 'EEXIST');
    },
  },
  {
    id: 'pins.no-parent',
    rules: ['pins.exists'],
    title: 'a pin in a directory that there is not is ENOENT',
    source: PIN,
    run: async (world) => {
      assert.equal(await codeOf(world.kernel.pin(await load(world, 'xdp'), under(world, 'missing/a'))), 'ENOENT');
    },
  },
  {
    id: 'pins.below-pin',
    rules: ['pins.exists'],
    title: 'a pin below a pin is ENOTDIR',
    source: PIN,
    run: async (world) => {
      const program = await load(world, 'xdp');
      await world.kernel.pin(program, under(world, 'a'));
      assert.equal(await codeOf(world.kernel.pin(program, under(world, 'a/b'))), 'ENOTDIR');
    },
  },
  {
    id: 'pins.parent-before-dot',
    rules: ['pins.exists', 'pins.outside'],
    title: 'a missing directory is found before the dot of the name',
    source: PIN,
    run: async (world) => {
      assert.equal(await codeOf(world.kernel.pin(await load(world, 'xdp'), under(world, 'missing/a.b'))), 'ENOENT');
    },
  },
  {
    id: 'pins.closed-handle',
    rules: ['pins.bad-handle'],
    title: 'pinning a closed handle is EINVAL, before the path is looked at',
    source: 'kernel/bpf/inode.c, bpf_fd_probe_obj',
    run: async (world) => {
      const program = await load(world, 'xdp');
      await program.close();
      assert.equal(await codeOf(world.kernel.pin(program, under(world, 'a.b'))), 'EINVAL');
    },
  },
  {
    id: 'pins.several',
    rules: ['pins.open'],
    title: 'one object can have several pins, which are listed in the order of paths',
    source: PIN,
    run: async (world) => {
      const program = await load(world, 'xdp');
      const { id } = program;
      for (const name of ['b', 'a']) await world.kernel.pin(program, under(world, name));
      assert.deepEqual(await world.kernel.pins(world.bpffs), [
        { path: under(world, 'a'), kind: 'program', id },
        { path: under(world, 'b'), kind: 'program', id },
      ]);
    },
  },
  {
    id: 'pins.open-missing',
    rules: ['pins.open'],
    title: 'opening what is missing is ENOENT',
    source: GET,
    run: async (world) => {
      assert.equal(await codeOf(world.kernel.open(under(world, 'missing'))), 'ENOENT');
    },
  },
  {
    id: 'pins.open-directory',
    rules: ['pins.open'],
    title: 'opening what is no pin is EACCES',
    source: 'kernel/bpf/inode.c, bpf_inode_type',
    run: async (world) => {
      assert.equal(await codeOf(world.kernel.open(world.bpffs)), 'EACCES');
    },
  },
  {
    id: 'pins.open-below-pin',
    rules: ['pins.open'],
    title: 'opening below a pin is ENOTDIR',
    source: GET,
    run: async (world) => {
      await world.kernel.pin(await load(world, 'xdp'), under(world, 'a'));
      assert.equal(await codeOf(world.kernel.open(under(world, 'a/b'))), 'ENOTDIR');
    },
  },
  ...(['program', 'map', 'link'] as const).map(
    (kind): ContractCase => ({
      id: `pins.open-${kind}`,
      rules: ['pins.open'],
      title: `the pin of a ${kind} opens as a ${kind}`,
      source: GET,
      run: async (world) => {
        const { kernel } = world;
        const program = await load(world, 'xdp');
        const object =
          kind === 'program'
            ? program
            : kind === 'map'
              ? await kernel.createMap(HASH)
              : await attachXdp(world, program);
        await kernel.pin(object, under(world, kind));
        const opened = await kernel.open(under(world, kind));
        assert.deepEqual([opened.kind, opened.id, opened.closed], [kind, object.id, false]);
      },
    }),
  ),
  ...(['program', 'map', 'link'] as const).map(
    (kind): ContractCase => ({
      id: `pins.read-${kind}`,
      rules: ['pins.read'],
      title:
        kind === 'map'
          ? 'the pin of a map without BTF cannot be read as a file: EIO'
          : `the pin of a ${kind} cannot be read as a file: EIO`,
      source: kind === 'map' ? 'kernel/bpf/inode.c, bpf_mkmap, bpffs_obj_open' : 'kernel/bpf/inode.c, bpffs_obj_open',
      run: async (world) => {
        const { kernel } = world;
        const program = await load(world, 'xdp');
        const object =
          kind === 'program'
            ? program
            : kind === 'map'
              ? await kernel.createMap(HASH)
              : await attachXdp(world, program);
        await kernel.pin(object, under(world, kind));
        assert.equal(await codeOf(kernel.bpffs.readFile(under(world, kind))), 'EIO');
      },
    }),
  ),
  {
    id: 'pins.read-missing',
    rules: ['pins.read'],
    title: 'reading what is missing is ENOENT, a directory EISDIR',
    source: 'fs/namei.c, do_open; fs/libfs.c, generic_read_dir',
    run: async (world) => {
      assert.equal(await codeOf(world.kernel.bpffs.readFile(under(world, 'missing'))), 'ENOENT');
      assert.equal(await codeOf(world.kernel.bpffs.readFile(world.bpffs)), 'EISDIR');
    },
  },
  {
    id: 'pins.read-path',
    rules: ['pins.read', 'pins.outside'],
    title: 'reading below a pin is ENOTDIR, a name with a dot EPERM',
    source: 'fs/namei.c, link_path_walk; kernel/bpf/inode.c, bpf_lookup',
    run: async (world) => {
      await world.kernel.pin(await load(world, 'xdp'), under(world, 'a'));
      assert.equal(await codeOf(world.kernel.bpffs.readFile(under(world, 'a/b'))), 'ENOTDIR');
      assert.equal(await codeOf(world.kernel.bpffs.readFile(under(world, 'a.b'))), 'EPERM');
    },
  },
  {
    id: 'pins.unpin-missing',
    rules: ['pins.unpin'],
    title: 'removing a pin that there is not is ENOENT',
    source: 'fs/namei.c, do_unlinkat',
    run: async (world) => {
      assert.equal(await codeOf(world.kernel.unpin(under(world, 'missing'))), 'ENOENT');
    },
  },
  {
    id: 'pins.unpin-directory',
    rules: ['pins.unpin'],
    title: 'removing a directory as if it were a pin is EISDIR',
    source: 'fs/namei.c, vfs_unlink',
    run: async (world) => {
      await world.kernel.bpffs.mkdir(under(world, 'folder'));
      assert.equal(await codeOf(world.kernel.unpin(under(world, 'folder'))), 'EISDIR');
    },
  },
  {
    id: 'lifetime.pin-holds-program',
    rules: ['lifetime.references'],
    title: 'a pin holds a program until it is removed',
    source: 'kernel/bpf/inode.c, bpf_any_get, bpf_any_put',
    run: async (world) => {
      const program = await load(world, 'xdp');
      await world.kernel.pin(program, under(world, 'a'));
      const id = await letGo(program);
      await world.settle();
      assert.equal(await hasProgram(world.kernel, id), true);
      await world.kernel.unpin(under(world, 'a'));
      await world.settle();
      assert.equal(await hasProgram(world.kernel, id), false);
    },
  },
  {
    id: 'lifetime.pin-holds-map',
    rules: ['lifetime.references'],
    title: 'a pin holds a map until it is removed',
    source: 'kernel/bpf/inode.c, bpf_any_get, bpf_any_put',
    run: async (world) => {
      const map = await world.kernel.createMap(HASH);
      await world.kernel.pin(map, under(world, 'a'));
      const id = await letGo(map);
      await world.settle();
      assert.equal(await hasMap(world.kernel, id), true);
      await world.kernel.unpin(under(world, 'a'));
      await world.settle();
      assert.equal(await hasMap(world.kernel, id), false);
    },
  },
  {
    id: 'lifetime.pin-holds-link',
    rules: ['lifetime.references', 'lifetime.last-pin'],
    title: 'a pin holds a link, and the link its program, until it is removed',
    source: 'kernel/bpf/inode.c, bpf_any_get, bpf_any_put',
    run: async (world) => {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      await world.kernel.pin(link, under(world, 'a'));
      await letGo(link);
      await letGo(program);
      await world.settle();
      assert.deepEqual(
        [await hasLink(world.kernel, link.id), await hasProgram(world.kernel, program.id)],
        [true, true],
      );
      await world.kernel.unpin(under(world, 'a'));
      await world.settle();
      assert.deepEqual(
        [await hasLink(world.kernel, link.id), await hasProgram(world.kernel, program.id)],
        [false, false],
      );
      assert.equal((await world.kernel.queryXdp(world.device)).programId, undefined);
    },
  },
  {
    id: 'pins.unload',
    rules: ['pins.unpin', 'lifetime.references'],
    title: 'an unload removes the pins of a program and of the maps that were made with it',
    source: 'the contract: unload, as managers do it',
    run: async (world) => {
      const program = await load(world, 'xdp', { maps: [HASH], pinPath: under(world, 'app') });
      await world.kernel.unload(program);
      await world.settle();
      assert.deepEqual(await world.kernel.pins(world.bpffs), []);
      assert.deepEqual([await world.kernel.programs(), await world.kernel.maps()], [[], []]);
    },
  },
];
