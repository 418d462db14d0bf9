import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTempFolder } from '../../../src/process/index.js';
import { chooseAccelerator } from '../../../src/vm/qemu/choose-accelerator.js';
import { describeTinyMachine } from './tiny-guest.js';

test('without the device of KVM, guests are emulated and nothing is booted', async () => {
  const spec = await describeTinyMachine({ kernelImage: '/nonexistent' });
  expect(await chooseAccelerator({ spec, device: '/nonexistent' })).toBe('tcg');
});

test('a kernel that does not come up under KVM means emulation, and the verdict is kept', async () => {
  using folder = createTempFolder();
  const kernelImage = join(folder.path, 'vmlinuz');
  writeFileSync(kernelImage, 'no kernel');
  const spec = await describeTinyMachine({ kernelImage });
  const options = { spec, device: '/dev/null', cacheFolder: join(folder.path, 'cache') };
  expect(await chooseAccelerator(options)).toBe('tcg');
  const files = readdirSync(options.cacheFolder);
  expect(files).toEqual([expect.stringMatching(/^accelerator-[0-9a-f-]{36}-\d+$/)]);

  const file = join(options.cacheFolder, files[0] ?? '');
  expect(readFileSync(file, 'utf8')).toBe('tcg\n');
  writeFileSync(file, 'kvm\n');
  expect(await chooseAccelerator(options)).toBe('kvm');
});
