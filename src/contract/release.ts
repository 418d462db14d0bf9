import { isReleaseBefore } from '../kernel/release.js';
import type { ContractCase } from './contract-case.js';

/** Whether a case speaks of another release only: why, as a phrase; `undefined` when it speaks of this one. */
export function findReleaseProblem({ since, until }: ContractCase, release: string): string | undefined {
  if (since !== undefined && isReleaseBefore(release, since)) return `true since Linux ${since}`;
  if (until !== undefined && !isReleaseBefore(release, until)) return `true before Linux ${until}`;
  return undefined;
}

/**
 * The version of a kernel in numbers alone, `6.1.192`, from what uname(2) tells. Debian keeps it out of the release,
 * which is `6.1.0-56-cloud-amd64` there, and tells it with the time of the build: `#1 SMP Debian 6.1.192-2 (2026-11-16)`.
 */
export function findKernelVersion(release: string, build: string): string {
  return /(?<=Debian )\d+\.\d+(\.\d+)?/.exec(build)?.[0] ?? /\d+\.\d+(\.\d+)?/.exec(release)?.[0] ?? release;
}
