import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { FaasError, messageOf } from '../errors.ts';
import type { Archive } from './archive.ts';
import { decodeLayer } from './decode-layer.ts';

/** Compares a blob with its digest, `sha256:…`. @throws FaasError INVALID_IMAGE when it is another, or not there */
export async function verifyBlob(archive: Archive, name: string, digest: string, what: string): Promise<void> {
  const [algorithm = ''] = digest.split(':', 1);
  const received = await digestOf(archive.open(name, what), algorithm);
  if (received !== digest) throw mismatch(archive, name, what, `its digest must be ${digest}`, received);
}

/**
 * Compares what a layer is when it is plain with what the configuration says of it: in an archive of an old
 * `docker save` nothing else does.
 *
 * @throws FaasError INVALID_IMAGE when it is another
 */
export async function verifyDiffId(archive: Archive, name: string, diffId: string): Promise<void> {
  const what = 'a layer';
  const [algorithm = ''] = diffId.split(':', 1);
  let received: string;
  try {
    received = await digestOf(await decodeLayer(archive.open(name, what)), algorithm);
  } catch (error) {
    if (error instanceof FaasError) throw error;
    throw new FaasError('INVALID_IMAGE', `${what} ${name} of ${archive.path} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (received !== diffId)
    throw mismatch(archive, name, what, `uncompressed, its digest must be ${diffId} (diff_ids)`, received);
}

/** What it is, whatever it is called: `sha256:…`. @throws FaasError INVALID_IMAGE when it is not there */
export function digestOfBlob(archive: Archive, name: string, what: string): Promise<string> {
  return digestOf(archive.open(name, what), 'sha256');
}

async function digestOf(content: Readable, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of content) hash.update(chunk);
  return `${algorithm}:${hash.digest('hex')}`;
}

function mismatch(archive: Archive, name: string, what: string, expected: string, received: string): FaasError {
  return new FaasError(
    'INVALID_IMAGE',
    `${what} ${name} of ${archive.path} has another content than is said of it: ${expected}; received ${received}`,
  );
}
