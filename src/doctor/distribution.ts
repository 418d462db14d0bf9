/** What /etc/os-release says. */
export interface Distribution {
  /** For people: `Debian GNU/Linux 12 (bookworm)`. */
  readonly name: string;
  /** `debian`. */
  readonly id: string;
  /** Whose packages it has; `undefined` for one that is not known here. */
  readonly family: DistributionFamily | undefined;
}

/** Distributions that share a package manager and the names of packages. */
export type DistributionFamily = 'debian' | 'fedora' | 'alpine' | 'arch';

/** What can be installed, and the packages that bring it. */
const PACKAGES = {
  iproute2: { debian: 'iproute2', fedora: 'iproute iproute-tc', alpine: 'iproute2', arch: 'iproute2' },
  nftables: { debian: 'nftables', fedora: 'nftables', alpine: 'nftables', arch: 'nftables' },
  bpftool: { debian: 'bpftool', fedora: 'bpftool', alpine: 'bpftool', arch: 'bpf' },
  tshark: { debian: 'tshark', fedora: 'wireshark-cli', alpine: 'tshark', arch: 'wireshark-cli' },
  unshare: { debian: 'util-linux', fedora: 'util-linux', alpine: 'util-linux-misc', arch: 'util-linux' },
  docker: { debian: 'docker.io', fedora: 'moby-engine', alpine: 'docker', arch: 'docker' },
  'qemu-x64': {
    debian: 'qemu-system-x86',
    fedora: 'qemu-system-x86-core',
    alpine: 'qemu-system-x86_64',
    arch: 'qemu-system-x86',
  },
  'qemu-arm64': {
    debian: 'qemu-system-arm',
    fedora: 'qemu-system-aarch64-core',
    alpine: 'qemu-system-aarch64',
    arch: 'qemu-system-aarch64',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<DistributionFamily, string>>>>;

/** Something that a package brings. */
export type Installable = keyof typeof PACKAGES;

const INSTALL: Readonly<Record<DistributionFamily, string>> = {
  debian: 'apt-get install -y --no-install-recommends',
  fedora: 'dnf install -y',
  alpine: 'apk add',
  arch: 'pacman -S --noconfirm',
};

/** Parses /etc/os-release: https://www.freedesktop.org/software/systemd/man/latest/os-release.html */
export function parseOsRelease(text: string): Distribution {
  const fields = new Map(
    [...text.matchAll(/^([A-Z_]+)=(?:"([^"\n]*)"|'([^'\n]*)'|(.*))$/gm)].map(
      ([, name = '', double, single, plain = '']) => [name, double ?? single ?? plain.trim()],
    ),
  );
  const id = fields.get('ID') ?? '';
  const names = [id, ...(fields.get('ID_LIKE') ?? '').split(/\s+/)];
  const known = (name: string): DistributionFamily | undefined => {
    if (name === 'debian' || name === 'ubuntu') return 'debian';
    if (name === 'fedora' || name === 'rhel' || name === 'centos') return 'fedora';
    return name === 'alpine' || name === 'arch' ? name : undefined;
  };
  return { id, name: fields.get('PRETTY_NAME') ?? id, family: names.map(known).find((family) => family !== undefined) };
}

/** The command that installs something, or `undefined` for a distribution that is not known. */
export function findInstallCommand({ id, family }: Distribution, what: Installable): string | undefined {
  if (family === undefined) return undefined;
  // Ubuntu has bpftool in a package per kernel; the plain name is a virtual package that apt cannot choose from.
  const name =
    id === 'ubuntu' && what === 'bpftool' ? 'linux-tools-common linux-tools-$(uname -r)' : PACKAGES[what][family];
  return `${INSTALL[family]} ${name}`;
}

/** The name most distributions know a package by, to be looked for where the exact one is not known. */
export function packageName(what: Installable): string {
  return PACKAGES[what].debian;
}
