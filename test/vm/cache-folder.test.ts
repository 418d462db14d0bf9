import { chownSync, linkSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isInUserNamespace } from '../../src/native/user-namespace.js';
import { createTempFolder } from '../../src/process/journal/temp-folder.js';
import { leaveToOwner } from '../../src/vm/cache-folder.js';
import { KernelCache } from '../../src/vm/kernel/kernel-cache.js';
import { chooseAccelerator } from '../../src/vm/qemu/choose-accelerator.js';
import { describeTinyMachine } from './qemu/tiny-guest.js';

const USER = { uid: 54_321, gid: 54_322 };
const isRoot = process.geteuid?.() === 0 && !isInUserNamespace();

/** The owners of all that is in a folder, the folder too. */
function listOwners(folder: string): Record<string, { readonly uid: number; readonly gid: number }> {
  const names = ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })].sort();
  const owners = names.map((name) => {
    const { uid, gid } = lstatSync(join(folder, name));
    return [name, { uid, gid }] as const;
  });
  return Object.fromEntries(owners);
}

test.skipIf(!isRoot)("what root keeps in a user's cache is the user's, the folders too", async () => {
  using home = createTempFolder();
  chownSync(home.path, USER.uid, USER.gid);
  const cache = new KernelCache(join(home.path, '.cache/glovebox'), 'x64');
  await cache.alone(
    async () => {
      cache.addFile(join(cache.folder, 'vmlinux/one'), Buffer.from('kernel'));
      cache.remember('6.1', 'linux-image');
    },
    { signal: undefined, onWait: () => {} },
  );
  const folders = { '.': USER, glovebox: USER, 'glovebox/kernels': USER, 'glovebox/kernels/x64': USER };
  const kept = {
    'glovebox/kernels/x64/6.1.name': USER,
    'glovebox/kernels/x64/lock': USER,
    'glovebox/kernels/x64/vmlinux': USER,
    'glovebox/kernels/x64/vmlinux/one': USER,
  };
  expect(listOwners(join(home.path, '.cache'))).toEqual({ ...folders, ...kept });
  cache.tryAlone(() => cache.addFile(join(cache.folder, 'vmlinux/two'), Buffer.from('kernel')));
  expect(lstatSync(join(cache.folder, 'vmlinux/two'))).toMatchObject(USER);
});

test.skipIf(!isRoot)("what root finds of this machine is kept as the user's", async () => {
  using home = createTempFolder();
  chownSync(home.path, USER.uid, USER.gid);
  const kernelImage = join(home.path, 'vmlinuz');
  writeFileSync(kernelImage, 'no kernel');
  const spec = await describeTinyMachine({ kernelImage });
  const cacheFolder = join(home.path, 'cache');
  await chooseAccelerator({ spec, device: '/dev/null', cacheFolder });
  expect(Object.values(listOwners(cacheFolder))).toEqual([USER, USER]);
});

test.skipIf(!isRoot)('what is elsewhere stays whose it is, and so does what is in a folder of root', () => {
  using folder = createTempFolder();
  const [cache, elsewhere] = [join(folder.path, 'cache'), join(folder.path, 'elsewhere')];
  mkdirSync(cache);
  writeFileSync(elsewhere, '');
  symlinkSync(elsewhere, join(cache, 'link'));
  linkSync(elsewhere, join(cache, 'second name'));
  writeFileSync(join(cache, 'file'), '');
  const root = { uid: 0, gid: 0 };
  leaveToOwner(cache);
  expect(listOwners(cache)).toEqual({ '.': root, link: root, 'second name': root, file: root });
  chownSync(cache, USER.uid, USER.gid);
  leaveToOwner(cache);
  expect(listOwners(cache)).toEqual({ '.': USER, link: USER, 'second name': root, file: USER });
  expect(lstatSync(elsewhere)).toMatchObject(root);
});
