import { spawnSync } from 'node:child_process';
import { errnoOf } from '../../core/kernel-error.js';

/** Node has no xz: a program of Debian's xz-utils, or busybox, which has it built in. */
const PROGRAMS = [
  ['xz', '--decompress', '--stdout'],
  ['busybox', 'unxz', '-c'],
] as const;

/** Much more than any module or kernel has. */
const MOST_BYTES = 512 * 2 ** 20;

/** Undoes xz by `xz` or `busybox`; `undefined` where neither is there. @throws Error when it is damaged */
export function decompressXz(input: Uint8Array): Buffer | undefined {
  for (const [program, ...args] of PROGRAMS) {
    const { error, status, stdout, stderr } = spawnSync(program, args, { input, maxBuffer: MOST_BYTES });
    if (errnoOf(error) === 'ENOENT') continue;
    if (status !== 0) throw new Error(stderr?.toString().trim() || (error?.message ?? `${program} answered ${status}`));
    return stdout;
  }
  return undefined;
}
