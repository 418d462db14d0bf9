import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { UsageError } from '../../core/errors.js';
import { locateCache } from '../cache-folder.js';
import { planRelease, readMirrors } from '../kernel/debian-releases.js';
import { KernelCache } from '../kernel/kernel-cache.js';
import { kernelError } from '../kernel/kernel-error.js';
import { DEBIAN_ARCHITECTURES } from '../kernel/kernel-packages.js';
import { PrivateApt } from '../kernel/private-apt.js';
import { runTool } from '../kernel/run-tool.js';
import type { ResolveKernelOptions } from '../kernel/vm-kernel.js';
import { type Busybox, findBusybox } from './busybox.js';

/** Any release's would do: it is static. */
const RELEASE = 'bookworm';

/**
 * A busybox for a machine's first root: this machine's own where it is static, else the one that is kept, else Debian's
 * `busybox-static`, which is downloaded, unpacked and kept as kernels are, and never installed.
 *
 * @throws UnsupportedError without apt, or without a network when none is kept
 */
export async function resolveBusybox(options: Omit<ResolveKernelOptions, 'refresh'> = {}): Promise<Busybox> {
  const { signal, cacheFolder = locateCache(), onProgress = () => {} } = options;
  const own = findBusybox();
  if (own !== undefined) return own;
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const cache = new KernelCache(cacheFolder, arch);
  const kept = join(cache.folder, 'busybox');
  if (!existsSync(kept)) {
    const onWait = () => onProgress('waiting for another process that downloads');
    await cache.alone(() => fetchBusybox({ cache, kept, arch, signal, onProgress }), { signal, onWait });
  }
  const busybox = findBusybox([kept]);
  if (busybox === undefined)
    throw new UsageError('resolveBusybox', `${kept} is no static busybox: remove it, and it is downloaded again`);
  return busybox;
}

async function fetchBusybox(request: {
  readonly cache: KernelCache;
  readonly kept: string;
  readonly arch: 'x64' | 'arm64';
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (line: string) => void;
}): Promise<void> {
  const { cache, kept, arch, signal, onProgress } = request;
  if (existsSync(kept)) return;
  onProgress(`looking for busybox-static in Debian's ${RELEASE}`);
  const { stdout } = await runTool(['apt-get', 'indextargets', 'Created-By: Packages'], { signal });
  const release = planRelease(RELEASE, readMirrors(stdout));
  const architecture = DEBIAN_ARCHITECTURES[arch];
  const apt = await PrivateApt.open(join(cache.folder, 'apt', RELEASE), { release, architecture, signal });
  await apt.update();
  const [record] = await apt.show('busybox-static');
  if (record === undefined) {
    apt.throwComplaints();
    throw kernelError(`Debian's ${RELEASE} has no busybox-static`);
  }
  const folder = join(cache.folder, '.unfinished-busybox');
  try {
    mkdirSync(folder, { recursive: true });
    await apt.download([record], folder);
    const archive = `${record.name}_${record.version.replace(':', '%3a')}_${architecture}.deb`;
    const { code, output } = await runTool(['dpkg-deb', '--extract', archive, 'unpacked'], { cwd: folder, signal });
    if (code !== 0) throw kernelError(`${archive} could not be unpacked: ${output.trim()}`);
    const found = ['bin/busybox', 'usr/bin/busybox']
      .map((each) => join(folder, 'unpacked', each))
      .find((each) => existsSync(each));
    if (found === undefined) throw kernelError(`${archive} has no busybox in it`);
    renameSync(found, kept);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
