import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { until } from '../../../src/core/until.js';
import type { Program } from '../../../src/kernel/objects.js';
import { mountDetached } from '../../../src/native/detached-mount.js';
import { openBench } from './linux-bench.js';
import { needsBpf } from './needs-bpf.js';

needsBpf();

const COUNTS = { name: 'counts', type: 'hash', keySizeBytes: 4, valueSizeBytes: 8, maxEntries: 8 } as const;

/** A directory on a bpffs that only this process can reach, as one that is mounted would be. */
function makeSharedDirectory(): string {
  const mount = mountDetached('bpf');
  onTestFinished(() => mount.close());
  const directory = `/proc/self/fd/${mount.number}/shared`;
  mkdirSync(directory);
  return directory;
}

describe('pins on a bpffs of the kernel object', () => {
  test('are not seen on the machine', async () => {
    const { kernel } = openBench();
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    await kernel.pin(program, '/sys/fs/bpf/glovebox_pin');
    expect(await kernel.pins()).toEqual([{ path: '/sys/fs/bpf/glovebox_pin', kind: 'program', id: program.id }]);
    expect(existsSync('/sys/fs/bpf/glovebox_pin')).toBe(false);
    expect(await openBench().kernel.bpffs.exists('/sys/fs/bpf/glovebox_pin')).toBe(false);
  });

  test('hold what they hold, and give it back', async () => {
    const { kernel } = openBench();
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    const link = await kernel.attach({ type: 'xdp', program, ifindex: 2 });
    const map = await kernel.createMap(COUNTS);
    await kernel.pin(program, '/sys/fs/bpf/prog');
    await kernel.pin(link, '/sys/fs/bpf/link');
    await kernel.pin(map, '/sys/fs/bpf/map');
    for (const handle of [program, link, map]) await handle.close();
    expect(await kernel.bpffs.readdir('/sys/fs/bpf')).toEqual([
      { name: 'link', kind: 'link' },
      { name: 'map', kind: 'map' },
      { name: 'prog', kind: 'program' },
    ]);
    expect(await kernel.open('/sys/fs/bpf/prog')).toMatchObject({ kind: 'program', id: program.id, type: 'xdp' });
    expect(await kernel.open('/sys/fs/bpf/link')).toMatchObject({ kind: 'link', id: link.id, attached: true });
    expect(await kernel.open('/sys/fs/bpf/map')).toMatchObject({ kind: 'map', id: map.id, name: 'counts' });
  });

  test('of a load lie where managers look for them, and go with an unload', async () => {
    const { kernel } = openBench();
    const program = await kernel.load({ name: 'prog_one', type: 'xdp', maps: [COUNTS], pinPath: '/sys/fs/bpf/one' });
    const [map] = program.maps;
    expect((await kernel.pins()).map(({ path }) => path)).toEqual([
      `/sys/fs/bpf/one/maps/${program.id}/counts`,
      `/sys/fs/bpf/one/prog_${program.id}`,
    ]);
    expect(program.mapIds).toEqual([map?.id]);
    await kernel.unload(program);
    expect(kernel.snapshot()).toMatchObject({ pins: [], directories: [] });
    await until(() => kernel.isSettled());
    expect(await kernel.maps()).toEqual([]);
  });

  test.each([
    ['the program', (program: number) => `/sys/fs/bpf/one/prog_${program + 1}`],
    ['a map', (program: number) => `/sys/fs/bpf/one/maps/${program + 1}/counts`],
  ])('of a load are all or none: not when the one of %s is refused', async (_what, findTaken) => {
    const { kernel } = openBench();
    const first = await kernel.load({ name: 'first', type: 'xdp' });
    // The kernel gives ids in order, unless something else loads at this moment; then nothing is in the way.
    const taken = findTaken(first.id);
    await kernel.bpffs.mkdir(taken, { recursive: true });
    const before = kernel.snapshot();
    const code = await codeOf(kernel.load({ name: 'second', type: 'xdp', maps: [COUNTS], pinPath: '/sys/fs/bpf/one' }));
    if (code === 'ok') return;
    expect(code).toBe('EEXIST');
    await until(() => kernel.isSettled());
    expect(kernel.diff(before)).toEqual([]);
    expect(kernel.handleCount()).toBe(1);
  });

  test('are taken by removing a link for good, which frees its hook', async () => {
    const { kernel } = openBench();
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    const link = await kernel.attach({ type: 'xdp', program, ifindex: 2 });
    await kernel.pin(link, '/sys/fs/bpf/link');
    await link.close();
    await kernel.unpin('/sys/fs/bpf/link');
    await until(() => kernel.isSettled());
    expect(await codeOf(kernel.attach({ type: 'xdp', program, ifindex: 2 }))).toBe('ok');
  });

  test.each([
    ['over another', 'EEXIST', '/sys/fs/bpf/prog'],
    ['without a directory', 'ENOENT', '/sys/fs/bpf/none/prog'],
    ['with a dot in the name', 'EPERM', '/sys/fs/bpf/prog.one'],
    ['below a pin', 'ENOTDIR', '/sys/fs/bpf/prog/one'],
    ['on another file system', 'EPERM', '/tmp/prog'],
    ['with too long a path', 'ENAMETOOLONG', `/sys/fs/bpf/${'x'.repeat(4090)}`],
    ['with too long a name', 'ENAMETOOLONG', `/sys/fs/bpf/${'x'.repeat(256)}`],
  ])('are refused %s', async (_what, code, path) => {
    const { kernel } = openBench();
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    await kernel.pin(program, '/sys/fs/bpf/prog');
    expect(await codeOf(kernel.pin(program, path))).toBe(code);
    expect((await kernel.pins()).map((pin) => pin.path)).toEqual(['/sys/fs/bpf/prog']);
  });

  test('are moved and looked at as files are', async () => {
    const { kernel } = openBench();
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    await kernel.bpffs.mkdir('/sys/fs/bpf/a/b', { recursive: true });
    await kernel.pin(program, '/sys/fs/bpf/a/b/prog');
    await kernel.bpffs.rename('/sys/fs/bpf/a', '/sys/fs/bpf/c');
    expect((await kernel.pins('/sys/fs/bpf/c')).map(({ path }) => path)).toEqual(['/sys/fs/bpf/c/b/prog']);
    expect(await codeOf(kernel.bpffs.readFile('/sys/fs/bpf/c/b/prog'))).toBe('EIO');
    expect(await codeOf(kernel.bpffs.rmdir('/sys/fs/bpf/c/b'))).toBe('ENOTEMPTY');
    expect(await codeOf(kernel.unpin('/sys/fs/bpf/c/b'))).toBe('EISDIR');
    expect(await codeOf(kernel.open('/sys/fs/bpf/c/b'))).toBe('EACCES');
    expect(await codeOf(kernel.bpffs.rename('/sys/fs/bpf/c', '/tmp/c'))).toBe('EXDEV');
    expect(await codeOf(kernel.bpffs.rmdir('/sys/fs/bpf'))).toBe('EBUSY');
    await kernel.unpin('/sys/fs/bpf/c/b/prog');
    await kernel.bpffs.rmdir('/sys/fs/bpf/c/b');
    await kernel.bpffs.rmdir('/sys/fs/bpf/c');
    expect(await kernel.bpffs.readdir('/sys/fs/bpf')).toEqual([]);
  });

  test('leave other file systems as they are', async () => {
    const { kernel } = openBench();
    const directory = mkdtempSync(join(tmpdir(), 'glovebox-'));
    onTestFinished(() => rmdirSync(directory));
    expect(await codeOf(kernel.bpffs.mkdir(join(directory, 'made')))).toBe('EPERM');
    expect(await codeOf(kernel.bpffs.readdir(directory))).toBe('ENOENT');
    expect(await kernel.bpffs.exists(directory)).toBe(false);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('pins on a bpffs that is mounted', () => {
  test('are shared, and those of the kernel object go with it, its directories too', async () => {
    const bpffs = makeSharedDirectory();
    const foreign = openBench({ bpffs }).kernel;
    await foreign.pin(await foreign.load({ name: 'foreign', type: 'xdp' }), `${bpffs}/foreign`);
    const { kernel } = openBench({ bpffs });
    const program: Program = await kernel.load({
      name: 'prog_one',
      type: 'xdp',
      maps: [COUNTS],
      pinPath: `${bpffs}/one`,
    });
    await kernel.bpffs.mkdir(`${bpffs}/empty`);
    expect(readdirSync(bpffs)).toEqual(['empty', 'foreign', 'one']);
    expect((await foreign.pins()).map(({ id }) => id)).toContain(program.id);
    await kernel[Symbol.asyncDispose]();
    expect(readdirSync(bpffs)).toEqual(['foreign']);
  });
});

describe('maps that are pinned by their name', () => {
  test('are made once, and found again', async () => {
    const { kernel } = openBench();
    const path = '/sys/fs/bpf/counts';
    const made = await kernel.createMap(COUNTS, { pinnedAt: path });
    const found = await kernel.process().createMap(COUNTS, { pinnedAt: path });
    expect(found.id).toBe(made.id);
    expect(await codeOf(kernel.createMap({ ...COUNTS, maxEntries: 9 }, { pinnedAt: path }))).toBe('EINVAL');
    await kernel.pin(await kernel.load({ name: 'prog_one', type: 'xdp' }), '/sys/fs/bpf/prog');
    expect(await codeOf(kernel.createMap(COUNTS, { pinnedAt: '/sys/fs/bpf/prog' }))).toBe('EINVAL');
    expect(await codeOf(kernel.createMap(COUNTS, { pinnedAt: '/sys/fs/bpf/none/counts' }))).toBe('ENOENT');
    expect(await kernel.maps()).toHaveLength(1);
  });

  test('of devices are found again though the kernel adds a bit to their flags', async () => {
    const { kernel } = openBench();
    const spec = { name: 'ports', type: 'devmap', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 4 } as const;
    const made = await kernel.createMap(spec, { pinnedAt: '/sys/fs/bpf/ports' });
    expect((await kernel.createMap(spec, { pinnedAt: '/sys/fs/bpf/ports' })).id).toBe(made.id);
  });
});
