import { resolve } from 'node:path';
import type { ContainerImage } from '../../../container/container-spec.js';
import { quote } from '../../../core/errors.js';
import { listOf } from '../list-of.js';

/** What `glovebox run --as container` takes, as the command line gives it. */
export interface ContainerFlags {
  readonly image?: unknown;
  readonly build?: unknown;
  readonly memory?: unknown;
  readonly writable?: unknown;
  readonly privileged?: unknown;
  readonly capAdd?: unknown;
}

/** The same, read. */
export interface ContainerRequest {
  /** @defaultValue the files of this machine */
  readonly image?: Extract<ContainerImage, string | { readonly build: string }>;
  readonly memoryMiB?: number;
  /** Folders, as they are given, that the command may change. */
  readonly writable: readonly string[];
  readonly isPrivileged: boolean;
  /** `NET_ADMIN`, … */
  readonly capabilities: readonly string[];
}

/** Reads the flags of `--as container`; mistakes are added to a list. */
export function readContainerFlags(flags: ContainerFlags, problems: string[]): ContainerRequest {
  const { image, build, memory } = flags;
  if (image !== undefined && build !== undefined)
    problems.push('--image and --build exclude each other: an image is had by its name, or built');
  if (image === '' || Array.isArray(image)) problems.push(`--image takes the name of one image, not ${quote(image)}`);
  const names = listOf(flags.capAdd);
  for (const name of names)
    if (!/^[a-z][a-z_]*$/i.test(name))
      problems.push(`--cap-add takes names of capabilities, such as net_admin,sys_admin, not ${quote(name)}`);
  return {
    ...(image === undefined ? {} : { image: String(image) }),
    ...(build === undefined ? {} : { image: { build: resolve(String(build)) } }),
    ...(memory === undefined ? {} : { memoryMiB: Number(memory) }),
    writable: listOf(flags.writable),
    isPrivileged: flags.privileged === true,
    capabilities: names.map((name) => name.toUpperCase().replace(/^CAP_/, '')),
  };
}
