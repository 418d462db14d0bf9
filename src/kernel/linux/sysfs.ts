import { existsSync } from 'node:fs';
import { type MissingCapability, UnsupportedError } from '../../core/errors.js';

/** The error for what sysfs does not show; where sysfs itself is not mounted, that is what is to be mended. */
export function missingFromSysfs(missing: MissingCapability): UnsupportedError {
  if (existsSync('/sys/kernel')) return new UnsupportedError(missing);
  return new UnsupportedError({
    capability: missing.capability,
    reason: 'nothing is mounted at /sys, where the kernel tells of it',
    fix: 'mount it where the tests run: mount -t sysfs sysfs /sys',
  });
}
