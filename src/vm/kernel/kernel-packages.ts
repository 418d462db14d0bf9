/** The newest version of a package, as `apt-cache show` tells it. */
export interface PackageRecord {
  readonly name: string;
  readonly version: string;
  /** In bytes, as it is downloaded. */
  readonly sizeBytes: number;
  /** In bytes, unpacked. */
  readonly installedBytes: number;
  /** The names of what it depends on. */
  readonly depends: readonly string[];
}

/** Of kernels for what no virtual machine of ours is. */
const OTHER_FLAVOURS = /-(?:rt|16k|unsigned|dbg)\b/;

/** Debian's name of an architecture. */
export const DEBIAN_ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' } as const;

/**
 * The packages of kernels among names, the best first: those for virtual machines (`cloud`), which are small and start
 * soon, before those for any machine, and of each the newest.
 *
 * @param version - Of the kernel: `6.1`; any, where it is left away.
 */
export function orderKernelPackages(
  names: readonly string[],
  architecture: string,
  version?: string,
): readonly string[] {
  const pattern = new RegExp(`^linux-image-(\\d+\\.\\d+)\\.\\d\\S*?-(cloud-)?${architecture}$`);
  const kernels = names.flatMap((name) => {
    const flavour = pattern.exec(name);
    if (flavour === null || OTHER_FLAVOURS.test(name) || (version !== undefined && flavour[1] !== version)) return [];
    return [{ name, isCloud: flavour[2] !== undefined }];
  });
  const collator = new Intl.Collator('en', { numeric: true });
  return kernels
    .sort((a, b) => Number(b.isCloud) - Number(a.isCloud) || collator.compare(b.name, a.name))
    .map(({ name }) => name);
}

/** The versions of kernels that there are among the names of packages: `6.1`, `6.12`. */
export function listKernelVersions(names: readonly string[], architecture: string): readonly string[] {
  const versions = orderKernelPackages(names, architecture).map((name) => /-(\d+\.\d+)/.exec(name)?.[1] ?? '');
  return [...new Set(versions)].sort(new Intl.Collator('en', { numeric: true }).compare);
}

/** Reads what `apt-cache show` tells. */
export function parsePackages(text: string): readonly PackageRecord[] {
  return text.split(/\n\n+/).flatMap((paragraph) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1]?.trim();
    const [name, version] = [field('Package'), field('Version')];
    if (name === undefined || version === undefined) return [];
    const depends = (field('Depends') ?? '').split(',').map((each) => each.trim().split(/[ :|(]/, 1)[0] ?? '');
    const installedBytes = Number(field('Installed-Size') ?? 0) * 1024;
    return [{ name, version, sizeBytes: Number(field('Size') ?? 0), installedBytes, depends }];
  });
}

/** Which of the packages that a kernel's depends on are parts of this kernel: from 7.0 on, Debian has it in several. */
export function listParts({ name, depends }: PackageRecord): readonly string[] {
  const abi = name.replace(/^linux-[a-z]+-/, '');
  return depends.filter((each) => each !== name && each.endsWith(`-${abi}`));
}
