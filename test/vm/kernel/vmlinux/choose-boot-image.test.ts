import { mkdirSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createTempFolder } from '../../../../src/process/journal/temp-folder.js';
import { createSmallDisk } from '../../../../src/process/surroundings/small-disk.js';
import { KernelCache } from '../../../../src/vm/kernel/kernel-cache.js';
import type { VmKernel } from '../../../../src/vm/kernel/vm-kernel.js';
import { chooseBootImage } from '../../../../src/vm/kernel/vmlinux/choose-boot-image.js';
import { unpackVmlinux } from '../../../../src/vm/kernel/vmlinux/unpack-vmlinux.js';
import { fakeBzImage, fakeVmlinux, withSize } from './fake-vmlinux.js';

const VMLINUX = fakeVmlinux();
const IMAGE = fakeBzImage(withSize(zstdCompressSync(VMLINUX), VMLINUX.length));

/** A kernel in a folder of its own, or in that of an entry of the cache. */
function putKernel(folder: string, content: Buffer, name = 'bzImage'): VmKernel {
  mkdirSync(folder, { recursive: true });
  const image = join(folder, name);
  writeFileSync(image, content);
  return { release: '6.1.0-test', image, arch: 'x64' };
}

test('a kernel is taken out of its image, however it is compressed', () => {
  expect(unpackVmlinux(IMAGE)?.equals(VMLINUX)).toBe(true);
  expect(unpackVmlinux(fakeBzImage(gzipSync(VMLINUX)))?.equals(VMLINUX)).toBe(true);
});

test('what cannot be taken out, or not be entered, is left in its image', () => {
  const foreign = fakeVmlinux({ owner: 'GNU\0' });
  const without = fakeVmlinux({ type: 17 });
  for (const content of [foreign, without, VMLINUX.subarray(0, -1), Buffer.from('no ELF file')])
    expect(unpackVmlinux(fakeBzImage(withSize(zstdCompressSync(content), content.length)))).toBeUndefined();
  expect(unpackVmlinux(fakeBzImage(withSize(zstdCompressSync(VMLINUX), VMLINUX.length - 1)))).toBeUndefined();
  expect(unpackVmlinux(fakeBzImage(withSize(zstdCompressSync(VMLINUX), 2 ** 31)))).toBeUndefined();
  expect(unpackVmlinux(fakeBzImage(Buffer.from('BZh9 and more')))).toBeUndefined();
  expect(unpackVmlinux(fakeBzImage(Buffer.alloc(0)))).toBeUndefined();
  expect(unpackVmlinux(IMAGE.subarray(0, 0x240))).toBeUndefined();
  expect(unpackVmlinux(IMAGE.subarray(0, -40))).toBeUndefined();
});

test("of a package of Debian's it is kept beside the image, and taken out again when it is not whole", () => {
  using folder = createTempFolder();
  const cache = new KernelCache(folder.path, 'x64');
  const kernel = putKernel(join(cache.folder, 'linux-image_1', 'boot'), IMAGE, 'vmlinuz-6.1.0-test');
  const place = join(cache.folder, 'linux-image_1', 'boot', 'vmlinux');
  for (let turn = 0; turn < 2; turn += 1) {
    expect(chooseBootImage(kernel, { cacheFolder: folder.path })).toBe(place);
    expect(readFileSync(place).equals(VMLINUX)).toBe(true);
    truncateSync(place, VMLINUX.length - 1);
  }
});

test('of an image by path it is kept by what tells the file from others, a few at a time', () => {
  using folder = createTempFolder();
  const kept = join(folder.path, 'kernels/x64/vmlinux');
  const choose = (kernel: VmKernel) => chooseBootImage(kernel, { cacheFolder: folder.path });
  const first = choose(putKernel(join(folder.path, 'built'), IMAGE));
  expect(choose({ release: '', arch: 'x64', image: join(folder.path, 'built/bzImage') })).toBe(first);
  const anew = fakeVmlinux({ release: '6.1.0-anew' });
  const second = choose(putKernel(join(folder.path, 'built'), fakeBzImage(gzipSync(anew))));
  expect(readFileSync(second).equals(anew)).toBe(true);
  expect(readdirSync(kept)).toHaveLength(2);
  utimesSync(first, 0, 0);
  for (const name of ['a', 'b', 'c']) choose(putKernel(join(folder.path, name), IMAGE));
  expect(readdirSync(kept)).toHaveLength(4);
  expect(readdirSync(kept).map((name) => join(kept, name))).not.toContain(first);
});

test('an image that none can be taken out of is asked once, and booted as it is', () => {
  using folder = createTempFolder();
  const kernel = putKernel(join(folder.path, 'built'), fakeBzImage(Buffer.from('BZh9 and more')));
  expect(chooseBootImage(kernel, { cacheFolder: folder.path })).toBe(kernel.image);
  const [note = ''] = readdirSync(join(folder.path, 'kernels/x64/vmlinux'));
  expect(readFileSync(join(folder.path, 'kernels/x64/vmlinux', note))).toHaveLength(0);
  expect(chooseBootImage(kernel, { cacheFolder: folder.path })).toBe(kernel.image);
});

test('without room, without the lock, and for another processor, the image is booted as it is', async () => {
  using folder = createTempFolder();
  const kernel = putKernel(folder.path, IMAGE);
  const cache = new KernelCache(folder.path, 'x64');
  const choose = () => chooseBootImage(kernel, { cacheFolder: folder.path });
  expect(await cache.alone(async () => choose(), { signal: undefined, onWait: () => {} })).toBe(kernel.image);
  expect(chooseBootImage({ ...kernel, arch: 'arm64' }, { cacheFolder: folder.path })).toBe(kernel.image);
  expect(chooseBootImage({ ...kernel, image: '/nowhere/bzImage' }, { cacheFolder: folder.path })).toBe(
    '/nowhere/bzImage',
  );
  expect(chooseBootImage(kernel, { cacheFolder: kernel.image })).toBe(kernel.image);
  expect(choose()).not.toBe(kernel.image);

  using disk = createSmallDisk({ sizeBytes: 2 ** 16 });
  const noise = fakeVmlinux({ release: 'x'.repeat(2 ** 17) });
  const large = putKernel(join(folder.path, 'large'), fakeBzImage(gzipSync(noise)));
  expect(chooseBootImage(large, { cacheFolder: disk.path })).toBe(large.image);
  expect(readdirSync(join(disk.path, 'kernels/x64'))).not.toContainEqual(expect.stringContaining('unfinished'));
});
