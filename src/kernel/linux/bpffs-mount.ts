import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { quote, UsageError } from '../../core/errors.js';
import { mountDetached } from '../../native/detached-mount.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { splitPath } from '../split-path.js';

/** Where managers look for a bpffs, and where the private one seems to be. */
const USUAL_MOUNT = '/sys/fs/bpf';
/** BPF_FS_MAGIC: include/uapi/linux/magic.h. */
const BPF_FS_MAGIC = 0xcafe4a11;

/** The file system that pins live in: one of its own without a place in any mount table, or a directory of one that is mounted. */
export class BpffsMount {
  /** The path under which the contract knows it. */
  readonly path: string;
  readonly isPrivate: boolean;
  /** Directories that were made for the pins of a load, and go with the last of them. */
  readonly temporary = new Set<string>();
  /** Directories that were made here, in the order in which they were. */
  readonly made = new Set<string>();
  #mount: FileDescriptor | undefined;

  /** @throws UsageError for a directory that is on another file system, where nothing can be pinned */
  constructor(directory: string) {
    this.isPrivate = directory === 'private';
    this.path = this.isPrivate ? USUAL_MOUNT : normalizePath(directory);
    if (!this.isPrivate) requireBpffs(this.path);
  }

  /** Whether there can be anything on it: a private one is mounted when it is first asked for. */
  get isMounted(): boolean {
    return !this.isPrivate || this.#mount !== undefined;
  }

  /**
   * Where a path of the contract's is in reality; `undefined` outside of this file system. A private one is mounted now.
   *
   * @throws KernelError EPERM without CAP_SYS_ADMIN
   */
  resolve(path: string): string | undefined {
    const rest = this.relative(path);
    if (rest === undefined) return undefined;
    if (!this.isPrivate) return `${this.path}${rest}`;
    // The kernel frees it with the descriptor, so that it ends with this process, whatever kills it.
    this.#mount ??= mountDetached('bpf');
    return `/proc/self/fd/${this.#mount.number}${rest}`;
  }

  /** The part of a path below this file system's: empty for the mount itself, else with a slash before it. */
  relative(path: string): string | undefined {
    const whole = normalizePath(path);
    if (whole === this.path) return '';
    return whole.startsWith(this.path === '/' ? '/' : `${this.path}/`) ? whole.slice(this.path.length) : undefined;
  }

  close(): void {
    this.#mount?.close();
    this.#mount = undefined;
  }
}

/** Whether a directory is on a bpffs, whosever. */
export function isOnBpffs(directory: string): boolean {
  try {
    return statfsSync(directory).type === BPF_FS_MAGIC;
  } catch {
    return false;
  }
}

/** The directory may still have to be made; then it is where it would be made that counts. */
function requireBpffs(directory: string): void {
  let nearest = directory;
  while (!existsSync(nearest) && nearest !== '/') nearest = dirname(nearest);
  if (isOnBpffs(nearest)) return;
  throw new UsageError(
    'LinuxKernel',
    `bpffs must be a directory on a bpffs, and ${quote(nearest)} is on another file system: mount one there ` +
      `(mount -t bpf bpf ${directory}), or leave the option out for a private one`,
  );
}

/** An absolute path without `.`, `..` and needless slashes. */
export function normalizePath(path: string): string {
  return `/${splitPath(path).join('/')}`;
}
