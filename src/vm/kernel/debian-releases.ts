import { existsSync } from 'node:fs';

/** A release of Debian, or another suite of it, that kernels are taken from. */
export interface DebianRelease {
  readonly name: string;
  /** Lines of a sources.list(5). */
  readonly sources: readonly string[];
}

/** Where Debian is downloaded from. */
export interface DebianMirrors {
  readonly main: string;
  readonly security: string;
  /** The suites that this machine's own sources name. */
  readonly suites: readonly string[];
}

const DEFAULT_MIRROR = 'http://deb.debian.org/debian';
const DEFAULT_SECURITY_MIRROR = 'http://deb.debian.org/debian-security';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The releases that brought a kernel of their own; every other version came by one of {@link BACKPORTS}. */
const RELEASES_BY_KERNEL: Readonly<Record<string, readonly string[]>> = {
  '5.10': ['bullseye'],
  '6.1': ['bookworm'],
  '6.12': ['trixie', 'bookworm-backports'],
};
const BACKPORTS = ['trixie-backports', 'bookworm-backports'];
export const RELEASES = ['bullseye', 'bookworm', 'trixie', ...BACKPORTS];

/** Reads what `apt-get indextargets` tells: the mirrors of Debian that this machine uses, else Debian's own. */
export function readMirrors(indexTargets: string): DebianMirrors {
  const targets = indexTargets.split(/\n\n+/).map((text) => ({
    uri: /^Repo-URI: (\S+?)\/?$/m.exec(text)?.[1] ?? '',
    suite: /^Release: (\S+)$/m.exec(text)?.[1] ?? '',
  }));
  const main = targets.filter(({ uri }) => /\/debian$/.test(uri));
  const security = targets.find(({ uri }) => /\/debian-security$/.test(uri));
  return {
    main: main[0]?.uri ?? DEFAULT_MIRROR,
    security: security?.uri ?? DEFAULT_SECURITY_MIRROR,
    suites: [...new Set(main.map(({ suite }) => suite))],
  };
}

/** In which releases a kernel may be, the likeliest first. */
export function listCandidateReleases(wanted: string, mirrors: DebianMirrors): readonly string[] {
  if (isReleaseName(wanted)) return [wanted];
  const version = /(\d+\.\d+)/.exec(wanted)?.[1] ?? '';
  const own = mirrors.suites.filter((suite) => !/-(updates|security)$/.test(suite));
  return [...new Set([...(RELEASES_BY_KERNEL[version] ?? BACKPORTS), ...own, ...RELEASES])];
}

/** Whether it is the name of a release rather than the version of a kernel: `bookworm`, `sid`, `trixie-backports`. */
export function isReleaseName(wanted: string): boolean {
  return /^[a-z][a-z-]*$/.test(wanted);
}

/** The sources of a release, its security updates with it. */
export function planRelease(name: string, { main, security }: DebianMirrors): DebianRelease {
  const signedBy = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
  const hasUpdates = !name.includes('-') && !['sid', 'unstable', 'experimental'].includes(name);
  const sources = [`deb ${signedBy}${main} ${name} main`];
  if (hasUpdates) sources.push(`deb ${signedBy}${security} ${name}-security main`);
  return { name, sources };
}
