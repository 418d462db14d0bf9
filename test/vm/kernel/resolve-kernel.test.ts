import { EventEmitter, once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { findExecutable } from '../../../src/native/rootless.js';
import { createTempFolder } from '../../../src/process/journal/temp-folder.js';
import { createSmallDisk } from '../../../src/process/surroundings/small-disk.js';
import { explainDisk, KernelCache } from '../../../src/vm/kernel/kernel-cache.js';
import { resolveKernel } from '../../../src/vm/kernel/resolve-kernel.js';
import { fakeImage } from './fake-image.js';

afterEach(() => vi.unstubAllEnvs());

const RELEASE = '6.1.0-1-cloud-amd64';
const ENTRY = `linux-image-${RELEASE}_6.1.1-1`;
const arch = process.arch === 'arm64' ? 'arm64' : 'x64';

function fill(folder: string, image = fakeImage(RELEASE)): void {
  mkdirSync(join(folder, 'boot'));
  mkdirSync(join(folder, 'lib/modules', RELEASE, 'kernel'), { recursive: true });
  writeFileSync(join(folder, 'boot', `vmlinuz-${RELEASE}`), image);
}

test('every mistake of a spec is told', async () => {
  const resolve = (spec: unknown) => Reflect.apply(resolveKernel, undefined, [spec]);
  await expect(resolve({ debian: '6', modules: '', kernle: 1 })).rejects.toThrow(
    [
      'resolveKernel: 4 mistakes:',
      '  - "kernle" is no option',
      '  - kernel.modules must be the path of a folder, not ""',
      "  - kernel.modules goes with path; Debian's kernels have their own",
      '  - kernel.debian must be a version ("6.1"), a release ("bookworm") or a package ("linux-image-…=version"), not "6"',
    ].join('\n'),
  );
  await expect(resolve(7)).rejects.toThrow('kernel must be a path, { path } or { debian: "6.1" }, not 7');
  await expect(resolve('6.1')).rejects.toThrow('kernel "6.1" is the path of no image. Did you mean { debian: "6.1" }?');
  await expect(resolve({ debian: '../../etc' })).rejects.toThrow('kernel.debian must be a version');
  await expect(resolve({ path: '/a', debian: '6.1' })).rejects.toThrow('kernel takes either path or debian');
});

test('a kernel that is kept is taken without a network', async () => {
  using folder = createTempFolder();
  vi.stubEnv('http_proxy', 'http://127.0.0.1:1');
  const cache = new KernelCache(folder.path, arch);
  await cache.alone(
    async () => {
      await cache.add(ENTRY, async (place) => fill(place));
      cache.remember('6.1', ENTRY);
    },
    { signal: undefined, onWait: () => {} },
  );
  const kernel = await resolveKernel({ debian: '6.1' }, { cacheFolder: folder.path });
  expect(kernel).toEqual({
    release: RELEASE,
    arch,
    image: join(cache.folder, ENTRY, 'boot', `vmlinuz-${RELEASE}`),
    modulesFolder: join(cache.folder, ENTRY, 'lib/modules', RELEASE),
  });
});

test('a kernel whose unpacking was cut short is not kept, and not taken when it was', async () => {
  using folder = createTempFolder();
  const cache = new KernelCache(folder.path, arch);
  const cut = fakeImage(RELEASE).subarray(0, 1700);
  const add = (image: Buffer) =>
    cache.alone(() => cache.add(ENTRY, async (place) => fill(place, image)), { signal: undefined, onWait: () => {} });
  await expect(add(cut)).rejects.toThrow('is cut short');
  expect(readdirSync(cache.folder)).toEqual(['lock']);
  await add(fakeImage(RELEASE));
  cache.remember('6.1', ENTRY);
  writeFileSync(join(cache.folder, ENTRY, 'boot', `vmlinuz-${RELEASE}`), cut);
  expect(cache.recall('6.1')).toBeUndefined();
});

test('what somebody who was killed has left unfinished is taken away by the next', async () => {
  using folder = createTempFolder();
  const cache = new KernelCache(folder.path, arch);
  mkdirSync(join(cache.folder, '.unfinished-linux-image', 'boot'), { recursive: true });
  await cache.alone(async () => {}, { signal: undefined, onWait: () => {} });
  expect(readdirSync(cache.folder)).toEqual(['lock']);
});

test('two that change what is kept do so one after the other, and the second is told to wait', async () => {
  using folder = createTempFolder();
  const [first, second] = [new KernelCache(folder.path, arch), new KernelCache(folder.path, arch)];
  const seen: string[] = [];
  const events = new EventEmitter();
  const [entered, waited] = [once(events, 'entered'), once(events, 'waited')];
  const one = first.alone(
    async () => {
      events.emit('entered');
      await waited;
      seen.push('first');
    },
    { signal: undefined, onWait: () => {} },
  );
  await entered;
  const two = second.alone(async () => seen.push('second'), {
    signal: undefined,
    onWait: () => void events.emit('waited'),
  });
  await Promise.all([one, two]);
  expect(seen).toEqual(['first', 'second']);
});

test('waiting for another is called off by a signal', async () => {
  using folder = createTempFolder();
  const cache = new KernelCache(folder.path, arch);
  const controller = new AbortController();
  await cache.alone(
    async () => {
      const waiting = cache.alone(async () => {}, { signal: controller.signal, onWait: () => controller.abort() });
      await expect(waiting).rejects.toThrow('the other process that downloads kernels');
    },
    { signal: undefined, onWait: () => {} },
  );
});

test('a folder that cannot be one is named, with what to do', async () => {
  using folder = createTempFolder();
  const file = join(folder.path, 'file');
  writeFileSync(file, '');
  chmodSync(file, 0o600);
  await expect(resolveKernel({ debian: '6.1' }, { cacheFolder: file })).rejects.toThrow(
    `Kernels cannot be kept in "${file}/kernels/${arch}": ENOTDIR. Make it a folder that this user can write, or set GLOVEBOX_CACHE to another`,
  );
  // What Node says of making folders on a file system that is read-only.
  expect(explainDisk(Object.assign(new Error(), { code: 'ENOENT' }), '/read-only')).toMatchObject({
    code: 'ERR_GLOVEBOX_VM_KERNEL',
    message:
      'Kernels cannot be kept in "/read-only": ENOENT. Make it a folder that this user can write, or set GLOVEBOX_CACHE to another',
  });
});

test.runIf(findExecutable('apt-get') !== undefined)('a disk without room is told before apt is asked', async () => {
  using disk = createSmallDisk({ sizeBytes: 2 ** 20 });
  await expect(resolveKernel({ debian: '6.1' }, { cacheFolder: disk.path })).rejects.toMatchObject({
    code: 'ERR_GLOVEBOX_VM_KERNEL',
    message: expect.stringMatching(
      /^The disk of "\/proc\/self\/fd\/\d+\/kernels\/x64\/apt\/bookworm" is too full for the lists of Debian's bookworm: it needs 80 MiB, and 1 MiB are free\. Free some space, or set GLOVEBOX_CACHE to a folder elsewhere$/,
    ),
  });
});
