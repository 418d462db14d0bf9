import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { locateCache } from '../../cache-folder.js';
import { KernelCache } from '../kernel-cache.js';
import type { VmKernel } from '../vm-kernel.js';
import { readerOf, readVmlinux } from './read-vmlinux.js';
import { unpackVmlinux } from './unpack-vmlinux.js';

/** What was taken out of images that are no package of ours, by what tells one file from another. */
const FOLDER = 'vmlinux';
/** Beyond these, what nobody has booted for an hour is taken away. */
const MOST_KEPT = 4;
const KEPT_MS = 3_600_000;

/**
 * The image that QEMU is given: the kernel itself, which a bzImage has in it compressed, for a guest under emulation takes
 * long to undo that. It is taken out once and kept, for Debian's beside them; where that cannot be, or another process has
 * the cache's lock, it is the image as it was.
 */
export function chooseBootImage(
  { image, arch }: VmKernel,
  { cacheFolder = locateCache() }: { readonly cacheFolder?: string } = {},
): string {
  if (arch !== 'x64') return image;
  const cache = new KernelCache(cacheFolder, arch);
  const isOurs = image.startsWith(`${cache.folder}/`);
  try {
    const place = isOurs ? join(dirname(image), 'vmlinux') : join(cache.folder, FOLDER, identify(image));
    const kept = findKept(place) ?? cache.tryAlone(() => keep(cache, image, place));
    if (kept === 'whole' && !isOurs) utimesSync(place, new Date(), new Date());
    return kept === 'whole' ? place : image;
  } catch {
    // No room, or a cache that is not this user's: it boots a little later.
    return image;
  }
}

/** An empty file says that there is none to be had; one that was cut short by a fall of the machine says nothing. */
function findKept(place: string): 'whole' | 'none' | undefined {
  let fd: number | undefined;
  try {
    const { size } = statSync(place);
    if (size === 0) return 'none';
    fd = openSync(place, 'r');
    const vmlinux = readVmlinux(readerOf(fd));
    return vmlinux?.hasPvhEntry && vmlinux.loadedBytes <= size ? 'whole' : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function keep(cache: KernelCache, image: string, place: string): 'whole' | 'none' | undefined {
  const kept = findKept(place);
  if (kept !== undefined) return kept;
  if (dirname(place) === join(cache.folder, FOLDER)) sweep(dirname(place));
  cache.addFile(place, unpackVmlinux(readFileSync(image)) ?? new Uint8Array());
  return findKept(place);
}

function sweep(folder: string): void {
  const files = listFiles(folder).sort((a, b) => b.usedAtMs - a.usedAtMs);
  for (const { path, usedAtMs } of files.slice(MOST_KEPT - 1))
    if (Date.now() - usedAtMs > KEPT_MS) rmSync(path, { force: true });
}

function listFiles(folder: string): { readonly path: string; readonly usedAtMs: number }[] {
  try {
    return readdirSync(folder).map((name) => {
      const path = join(folder, name);
      return { path, usedAtMs: statSync(path).mtimeMs };
    });
  } catch {
    // The first one.
    return [];
  }
}

/** An image that was built anew at the same path is another. */
function identify(image: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(image, { bigint: true });
  return createHash('sha256').update([image, dev, ino, size, mtimeNs, ctimeNs].join('\0')).digest('hex').slice(0, 32);
}
