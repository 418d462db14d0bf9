import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTempFolder } from '../../../src/process/journal/temp-folder.js';
import { readKernelImage } from '../../../src/vm/kernel/kernel-image.js';
import { resolveKernel } from '../../../src/vm/kernel/resolve-kernel.js';
import { fakeImage } from './fake-image.js';
import { fakeVmlinux } from './vmlinux/fake-vmlinux.js';

test('an image tells its release and its architecture', () => {
  using folder = createTempFolder();
  const path = join(folder.path, 'vmlinuz');
  writeFileSync(path, fakeImage('6.1.0-56-cloud-amd64'));
  expect(readKernelImage(path)).toEqual({ arch: 'x64', release: '6.1.0-56-cloud-amd64' });
  const arm = Buffer.alloc(128);
  arm.write('ARM\x64', 56, 'latin1');
  writeFileSync(path, arm);
  expect(readKernelImage(path)).toEqual({ arch: 'arm64', release: undefined });
});

test('an image that was cut short is not taken for a kernel', () => {
  using folder = createTempFolder();
  const path = join(folder.path, 'vmlinuz');
  writeFileSync(path, fakeImage('6.1.0').subarray(0, 1500));
  expect(() => readKernelImage(path)).toThrow(
    'vmlinuz" is cut short: it has 1500 bytes, and its header speaks of 2048. Copy it again',
  );
});

test('vmlinux that a virtual machine may enter is an image, if it is whole', () => {
  using folder = createTempFolder();
  const path = join(folder.path, 'vmlinux');
  writeFileSync(path, fakeVmlinux({ release: '6.1.0-56-cloud-amd64' }));
  expect(readKernelImage(path)).toEqual({ arch: 'x64', release: '6.1.0-56-cloud-amd64' });
  writeFileSync(path, fakeVmlinux().subarray(0, -1));
  expect(() => readKernelImage(path)).toThrow('vmlinux" is cut short');
  writeFileSync(path, fakeVmlinux({ type: 17 }));
  expect(() => readKernelImage(path)).toThrow(
    'vmlinux" is an ELF file, and no vmlinux for x86-64 that a virtual machine may enter (CONFIG_PVH): take bzImage (arch/x86/boot/bzImage) instead',
  );
});

test('what is no image, is a program, or is not there, is told apart', () => {
  using folder = createTempFolder();
  const path = join(folder.path, 'image');
  writeFileSync(path, 'text');
  expect(() => readKernelImage(path)).toThrow('is no image of a Linux kernel: expected vmlinuz, bzImage or vmlinux');
  expect(() => readKernelImage(process.execPath)).toThrow('is an ELF file, and no vmlinux');
  expect(() => readKernelImage('/nowhere/vmlinuz')).toThrow('cannot be read as the image of a kernel: ENOENT');
});

test.runIf(process.arch === 'x64')('the kernel of another processor is refused', async () => {
  using folder = createTempFolder();
  const path = join(folder.path, 'Image');
  const arm = Buffer.alloc(128);
  arm.write('ARM\x64', 56, 'latin1');
  writeFileSync(path, arm);
  await expect(resolveKernel(path)).rejects.toThrow('it is for arm64, and this machine is x64');
});
