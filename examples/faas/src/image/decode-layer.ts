import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FaasError } from '../errors.ts';

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/**
 * The tar file that a layer is, which may be plain or gzip. Its first bytes tell: no name and no manifest has to be
 * believed.
 *
 * @throws FaasError INVALID_IMAGE for zstd, which is not read
 */
export async function decodeLayer(layer: Readable): Promise<Readable> {
  await once(layer, 'readable');
  const head: Buffer | null = layer.read();
  if (head === null) return layer;
  layer.unshift(head);
  if (head.subarray(0, ZSTD.length).equals(ZSTD)) {
    layer.destroy();
    throw new FaasError('INVALID_IMAGE', 'A layer is compressed with zstd; plain and gzip are read');
  }
  if (!head.subarray(0, GZIP.length).equals(GZIP)) return layer;
  const plain = createGunzip();
  layer.once('error', (error) => plain.destroy(error));
  return layer.pipe(plain);
}
