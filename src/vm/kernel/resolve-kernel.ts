import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import process from 'node:process';
import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UnsupportedError, UsageError } from '../../core/errors.js';
import { locateCache } from '../cache-folder.js';
import { fetchKernel } from './fetch-kernel.js';
import { KernelCache } from './kernel-cache.js';
import { readKernelImage } from './kernel-image.js';
import type { KernelSpec, ResolveKernelOptions, VmKernel } from './vm-kernel.js';

/** What `{ debian: … }` may be; it goes into the names of files. */
const DEBIAN_NAME = /^(?:\d+\.\d+|[a-z][a-z-]*|linux-image-[a-z0-9.+-]+(?:=[\w.+:~-]+)?)$/;

/**
 * Finds a kernel: an image on the disk, or one of Debian's, which is downloaded by apt with lists of its own, unpacked and
 * kept, and never installed. What is kept is taken without asking the network; {@link ResolveKernelOptions.refresh} asks.
 *
 * @throws UsageError for a spec that means nothing, a version that Debian does not have (it lists those that there are),
 *   a file that is no image @throws UnsupportedError without apt, without Debian's keys, without a network, on another
 *   processor @throws GloveboxError `ERR_GLOVEBOX_VM_KERNEL` when the disk is full
 * @example
 * const kernel = await resolveKernel({ debian: '6.12' });
 */
export async function resolveKernel(
  spec: KernelSpec = { debian: '6.1' },
  options: ResolveKernelOptions = {},
): Promise<VmKernel> {
  checkSpec(spec);
  checkOptions('resolveKernel', options);
  const problems = findUnknownOptions(options, ['signal', 'cacheFolder', 'refresh', 'onProgress']);
  if (problems.length > 0) throw new UsageError('resolveKernel', problems);
  const { signal, cacheFolder = locateCache(), refresh = false, onProgress = () => {} } = options;
  signal?.throwIfAborted();
  const arch = ownArchitecture();
  if (typeof spec === 'string') return resolvePath(spec, undefined, arch);
  if ('path' in spec) return resolvePath(spec.path, spec.modules, arch);
  const wanted = spec.debian;
  const cache = new KernelCache(cacheFolder, arch);
  const find = () => (refresh ? undefined : cache.recall(wanted));
  return (
    find() ??
    cache.alone(async () => find() ?? fetchKernel({ wanted, arch, cache, signal, onProgress }), {
      signal,
      onWait: () => onProgress('waiting for another process that downloads kernels'),
    })
  );
}

function checkSpec(spec: unknown): void {
  const refuse = (problem: string) => new UsageError('resolveKernel', problem);
  const isNamed = (value: unknown) => typeof value === 'string' && value !== '' && !value.includes('\0');
  if (typeof spec === 'string' && DEBIAN_NAME.test(spec) && !existsSync(spec))
    throw refuse(`kernel ${quote(spec)} is the path of no image. Did you mean { debian: ${quote(spec)} }?`);
  if (isNamed(spec)) return;
  if (typeof spec !== 'object' || spec === null)
    throw refuse(`kernel must be a path, { path } or { debian: "6.1" }, not ${quote(spec)}`);
  const mistakes = [...findUnknownOptions(spec, ['path', 'modules', 'debian'])];
  const { path, modules, debian }: { path?: unknown; modules?: unknown; debian?: unknown } = spec;
  if ((path === undefined) === (debian === undefined))
    mistakes.push(`kernel takes either path or debian; received ${quote(spec)}`);
  if (path !== undefined && !isNamed(path))
    mistakes.push(`kernel.path must be the path of an image, not ${JSON.stringify(path)}`);
  if (modules !== undefined && !isNamed(modules))
    mistakes.push(`kernel.modules must be the path of a folder, not ${quote(modules)}`);
  if (modules !== undefined && debian !== undefined)
    mistakes.push("kernel.modules goes with path; Debian's kernels have their own");
  if (debian !== undefined && (typeof debian !== 'string' || !DEBIAN_NAME.test(debian)))
    mistakes.push(
      `kernel.debian must be a version ("6.1"), a release ("bookworm") or a package ("linux-image-…=version"), not ${quote(debian)}`,
    );
  if (mistakes.length > 0) throw new UsageError('resolveKernel', mistakes);
}

function resolvePath(path: string, modules: string | undefined, arch: VmKernel['arch']): VmKernel {
  const image = resolve(path);
  const { arch: imageArch, release = basename(image).replace(/^(?:vmlinuz|vmlinux|Image|bzImage)-?/, '') } =
    readKernelImage(image);
  if (imageArch !== arch)
    throw new UnsupportedError({
      capability: `the kernel ${JSON.stringify(path)}`,
      reason: `it is for ${imageArch}, and this machine is ${arch}`,
      fix: `give an image for ${arch}, or leave the kernel away for one of Debian's`,
    });
  if (modules !== undefined) {
    const modulesFolder = resolve(modules);
    if (!existsSync(modulesFolder))
      throw new UsageError('resolveKernel', `kernel.modules ${quote(modules)} is not there`);
    return { release, image, modulesFolder, arch };
  }
  const beside = [resolve(image, '..'), `/lib/modules/${release}`].find((each) => existsSync(`${each}/kernel`));
  return { release, image, arch, ...(beside === undefined ? {} : { modulesFolder: beside }) };
}

function ownArchitecture(): VmKernel['arch'] {
  if (process.arch === 'x64' || process.arch === 'arm64') return process.arch;
  throw new UnsupportedError({
    capability: 'a virtual machine',
    reason: `this processor is ${process.arch}`,
    fix: 'use an x64 or arm64 machine',
  });
}
