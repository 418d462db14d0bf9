import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { UsageError } from '../../core/errors.js';
import { noKernel } from './kernel-error.js';

/** Node has no xz: a program of Debian's xz-utils, or busybox, which has it built in. */
const XZ_PROGRAMS = [
  ['xz', '--decompress', '--stdout'],
  ['busybox', 'unxz', '-c'],
] as const;

/** Much more than any module has. */
const MOST_BYTES = 256 * 2 ** 20;

/**
 * A module's file as the kernel loads it: `.ko` as it is, `.ko.gz` and `.ko.zst` by Node, `.ko.xz` by `xz` or `busybox`.
 *
 * @throws UnsupportedError for `.ko.xz` without `xz` and `busybox` @throws UsageError when it is damaged
 */
export function readModule(path: string): Buffer {
  try {
    if (path.endsWith('.ko')) return readFileSync(path);
    if (path.endsWith('.gz')) return gunzipSync(readFileSync(path));
    if (path.endsWith('.zst')) return zstdDecompressSync(readFileSync(path));
  } catch (error) {
    throw refuse(path, error instanceof Error ? error.message : String(error));
  }
  for (const [program, ...args] of XZ_PROGRAMS) {
    const input = readFileSync(path);
    const { error, status, stdout, stderr } = spawnSync(program, args, { input, maxBuffer: MOST_BYTES });
    if (error !== undefined && 'code' in error && error.code === 'ENOENT') continue;
    if (status !== 0)
      throw refuse(path, stderr?.toString().trim() || (error?.message ?? `${program} answered ${status}`));
    return stdout;
  }
  throw noKernel(
    `the module ${JSON.stringify(path)}`,
    'it is compressed by xz, and neither xz nor busybox is there',
    'apt-get install xz-utils',
  );
}

function refuse(path: string, reason: string): UsageError {
  return new UsageError('planModules', `${JSON.stringify(path)} cannot be decompressed: ${reason}`);
}
