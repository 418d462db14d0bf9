import { existsSync } from 'node:fs';
import { UnsupportedError } from '../../core/errors.js';
import { findExecutable } from '../../native/rootless.js';

/** That in Rust, which newer systems have in a package of its own, before that in C, which comes with QEMU up to 7.2. */
const PLACES = [
  '/usr/libexec/virtiofsd',
  '/usr/lib/virtiofsd',
  '/usr/lib/qemu/virtiofsd',
  '/usr/libexec/qemu/virtiofsd',
];

/** The program that serves folders to guests. @throws UnsupportedError with the packages that have it */
export function findVirtiofsd(places: readonly string[] = PLACES): string {
  const found = places.find((place) => existsSync(place)) ?? findExecutable('virtiofsd');
  if (found !== undefined) return found;
  throw new UnsupportedError({
    capability: 'sharing folders with a virtual machine',
    reason: `there is no virtiofsd: looked in ${places.join(', ')} and on PATH`,
    fix: 'apt-get install --no-install-recommends virtiofsd, or on Debian 12 and older qemu-system-common',
  });
}
