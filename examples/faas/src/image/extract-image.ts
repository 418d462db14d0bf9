import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../errors.ts';
import { Archive } from './archive.ts';
import { extractLayer } from './extract-layer.ts';
import { type Image, readImage } from './image.ts';
import { prepareRoot } from './prepare-root.ts';

/** An image whose root file system is there. */
export interface ExtractedImage {
  readonly image: Image;
  readonly rootfs: string;
  /** Whether it was there already. */
  readonly reused: boolean;
}

/** Extracts an archive below a folder, once for each image. @throws FaasError INVALID_IMAGE; then nothing is left */
export async function extractImage(path: string, folder: string): Promise<ExtractedImage> {
  using archive = await Archive.read(path);
  const image = await readImage(archive);
  const rootfs = join(folder, image.digest);
  if (existsSync(rootfs)) return { image, rootfs, reused: true };
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, '.extracting-'));
  try {
    const root = join(work, 'rootfs');
    mkdirSync(root, 0o755);
    for (const layer of image.layers) await extractLayer(archive.open(layer, 'a layer'), root);
    prepareRoot(root);
    renameSync(root, rootfs);
    return { image, rootfs, reused: false };
  } catch (error) {
    // Another one was faster.
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) return { image, rootfs, reused: true };
    throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
