import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { quote, UsageError } from '../../core/errors.js';
import { isReleaseName, listCandidateReleases, planRelease, readMirrors } from './debian-releases.js';
import type { KernelCache } from './kernel-cache.js';
import { kernelError } from './kernel-error.js';
import {
  DEBIAN_ARCHITECTURES,
  listKernelVersions,
  listParts,
  orderKernelPackages,
  type PackageRecord,
} from './kernel-packages.js';
import { PrivateApt } from './private-apt.js';
import { requireSpace } from './require-space.js';
import { runTool } from './run-tool.js';
import type { VmKernel } from './vm-kernel.js';

/** What is fetched, and where to. */
export interface FetchRequest {
  readonly wanted: string;
  readonly arch: VmKernel['arch'];
  readonly cache: KernelCache;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (line: string) => void;
}

/** Finds a kernel in Debian's releases, and downloads and unpacks it unless it is kept. Only within the cache's lock. */
export async function fetchKernel(request: FetchRequest): Promise<VmKernel> {
  const { wanted, arch, cache, signal, onProgress } = request;
  const architecture = DEBIAN_ARCHITECTURES[arch];
  const { stdout } = await runTool(['apt-get', 'indextargets', 'Created-By: Packages'], { signal });
  const mirrors = readMirrors(stdout);
  const seen: string[] = [];
  let complaint: unknown;
  for (const name of listCandidateReleases(wanted, mirrors)) {
    onProgress(`looking for kernel ${wanted} in Debian's ${name}`);
    const release = planRelease(name, mirrors);
    const apt = await PrivateApt.open(join(cache.folder, 'apt', name), { release, architecture, signal });
    await apt.update();
    const packages = await apt.listKernels();
    seen.push(...listKernelVersions(packages, architecture));
    const chosen = await choose(apt, wanted, orderKernelPackages(packages, architecture, versionOf(wanted)));
    if (chosen !== undefined) return keep(apt, chosen, request);
    try {
      apt.throwComplaints();
    } catch (error) {
      // Another release may have it, and be reachable; if none has, this is why.
      complaint ??= error;
    }
  }
  if (complaint !== undefined) throw complaint;
  throw new UsageError(
    'resolveKernel',
    `Debian has no kernel ${quote(wanted)} for ${architecture}: ${describeChoice(seen)}`,
  );
}

function describeChoice(seen: readonly string[]): string {
  const versions = [...new Set(seen)].sort(new Intl.Collator('en', { numeric: true }).compare);
  return versions.length === 0 ? 'its lists name none' : `there are ${versions.join(', ')}`;
}

/** Of a bare version, itself; releases and exact packages say nothing of it. */
function versionOf(wanted: string): string | undefined {
  return /^\d+\.\d+$/.test(wanted) ? wanted : undefined;
}

async function choose(
  apt: PrivateApt,
  wanted: string,
  packages: readonly string[],
): Promise<PackageRecord | undefined> {
  const isExact = versionOf(wanted) === undefined && !isReleaseName(wanted);
  const [name, version] = isExact ? wanted.split('=', 2) : [packages[0]];
  if (name === undefined || !(isExact || packages.length > 0)) return undefined;
  const records = await apt.show(version === undefined ? name : `${name}=${version}`);
  return records.find((each) => each.name === name && (version === undefined || each.version === version));
}

async function keep(apt: PrivateApt, chosen: PackageRecord, request: FetchRequest): Promise<VmKernel> {
  const { cache, wanted, signal, onProgress } = request;
  const entry = `${chosen.name}_${chosen.version.replace(/[^\w.+~-]/g, '_')}`;
  let kernel = cache.find(entry);
  if (kernel === undefined) {
    const parts = [...new Set(listParts(chosen))];
    const packages = [chosen, ...(parts.length === 0 ? [] : await apt.show(...parts))];
    checkSpace(packages, cache.folder);
    const mebibytes = Math.ceil(sum(packages, 'sizeBytes') / 2 ** 20);
    onProgress(`downloading ${chosen.name} ${chosen.version}, ${mebibytes} MiB`);
    kernel = await cache.add(entry, async (folder) => {
      const archives = join(folder, 'archives');
      mkdirSync(archives);
      await apt.download(packages, archives);
      for (const archive of readdirSync(archives).filter((each) => each.endsWith('.deb'))) {
        const { code, output } = await runTool(['dpkg-deb', '--extract', join(archives, archive), folder], { signal });
        if (code !== 0) throw explainUnpacking(archive, output, cache.folder);
      }
      rmSync(archives, { recursive: true });
    });
  }
  cache.remember(wanted, entry);
  return kernel;
}

function checkSpace(packages: readonly PackageRecord[], folder: string): void {
  const neededBytes = sum(packages, 'sizeBytes') + sum(packages, 'installedBytes');
  requireSpace(folder, neededBytes, packages[0]?.name ?? 'a kernel');
}

function explainUnpacking(archive: string, output: string, folder: string): Error {
  return /no space left|quota exceeded/i.test(output)
    ? kernelError(
        `The disk of ${JSON.stringify(folder)} is full: ${archive} could not be unpacked. Free some space, or set GLOVEBOX_CACHE to a folder elsewhere`,
      )
    : kernelError(`${archive} could not be unpacked: ${output.trim()}`);
}

function sum(packages: readonly PackageRecord[], field: 'sizeBytes' | 'installedBytes'): number {
  return packages.reduce((total, each) => total + each[field], 0);
}
