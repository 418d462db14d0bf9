/** A kernel that a machine can boot. */
export interface VmKernel {
  /** As `uname -r` tells it: `6.1.0-56-cloud-amd64`. */
  readonly release: string;
  /** The path of its image, as the boot loader wants it: `vmlinuz`. */
  readonly image: string;
  /** Where its modules are: `…/lib/modules/<release>`. `undefined` when it has none. */
  readonly modulesFolder?: string;
  readonly arch: 'x64' | 'arm64';
}

/**
 * Which kernel: the path of an image, or Debian's by version (`5.10`, `6.1`, `6.12`), by the name of a release or suite
 * (`bookworm`, `trixie-backports`), or exactly (`linux-image-6.1.0-56-cloud-amd64=6.1.192-2`).
 */
export type KernelSpec = string | { readonly path: string; readonly modules?: string } | { readonly debian: string };

/** How a kernel is looked for. */
export interface ResolveKernelOptions {
  /** Calls it off. */
  readonly signal?: AbortSignal;
  /** Where kernels are kept. @defaultValue `$GLOVEBOX_CACHE`, `$XDG_CACHE_HOME/glovebox` or `~/.cache/glovebox` */
  readonly cacheFolder?: string;
  /** Looks for a newer one, though one is kept that fits. @defaultValue false */
  readonly refresh?: boolean;
  /** Told what is being done, a line at a time. @defaultValue nobody is told */
  readonly onProgress?: (line: string) => void;
}

/** A module of a kernel, as finit_module(2) takes it. */
export interface ModuleFile {
  /** As lsmod(8) shows it: `sch_netem`. */
  readonly name: string;
  /** Decompressed. */
  readonly content: Uint8Array;
}
