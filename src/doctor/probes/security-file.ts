import { errnoOf } from '../../core/kernel-error.js';
import { mountDetached } from '../../native/detached-mount.js';
import { readText } from '../../process/proc/read-proc.js';

/**
 * A file of securityfs. Where nobody has mounted that, it is mounted so that only this process reaches it.
 *
 * @returns `undefined` when the kernel has no such file
 * @throws KernelError EPERM when it is not mounted and the caller may not mount
 */
export function readSecurityFile(name: 'lockdown' | 'lsm'): string | undefined {
  const mounted = readText(`/sys/kernel/security/${name}`);
  // The file lsm is there whenever securityfs is mounted.
  if (mounted !== undefined || readText('/sys/kernel/security/lsm') !== undefined) return mounted;
  try {
    using mount = mountDetached('securityfs');
    return readText(`/proc/self/fd/${mount.number}/${name}`);
  } catch (error) {
    if (errnoOf(error) === 'ENODEV') return undefined;
    throw error;
  }
}
