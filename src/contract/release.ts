/** Whether one release of Linux, as `6.18`, comes before another. */
export function isReleaseBefore(release: string, other: string): boolean {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/**
 * The version of a kernel in numbers alone, `6.1.192`, from what uname(2) tells. Debian keeps it out of the release,
 * which is `6.1.0-56-cloud-amd64` there, and tells it with the time of the build: `#1 SMP Debian 6.1.192-2 (2026-11-16)`.
 */
export function findKernelVersion(release: string, build: string): string {
  return /(?<=Debian )\d+\.\d+(\.\d+)?/.exec(build)?.[0] ?? /\d+\.\d+(\.\d+)?/.exec(release)?.[0] ?? release;
}
