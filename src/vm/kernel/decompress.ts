import { readFileSync } from 'node:fs';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { UnsupportedError, UsageError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import { decompressXz } from './decompress-xz.js';

/**
 * A module's file as the kernel loads it: `.ko` as it is, `.ko.gz` and `.ko.zst` by Node, `.ko.xz` by `xz` or `busybox`.
 *
 * @throws UnsupportedError for `.ko.xz` without `xz` and `busybox` @throws UsageError when it is damaged
 */
export function readModule(path: string): Buffer {
  const content = decompress(path);
  if (content !== undefined) return content;
  throw new UnsupportedError({
    capability: `the module ${JSON.stringify(path)}`,
    reason: 'it is compressed by xz, and neither xz nor busybox is there',
    fix: 'apt-get install xz-utils',
  });
}

function decompress(path: string): Buffer | undefined {
  try {
    const content = readFileSync(path);
    if (path.endsWith('.ko')) return content;
    if (path.endsWith('.gz')) return gunzipSync(content);
    return path.endsWith('.zst') ? zstdDecompressSync(content) : decompressXz(content);
  } catch (error) {
    const reason = messageOf(error);
    throw new UsageError('planModules', `${JSON.stringify(path)} cannot be decompressed: ${reason}`);
  }
}
