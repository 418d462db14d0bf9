import { mountDetached } from '../../native/detached-mount.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';

/** Where managers look for a bpffs, and where the private one seems to be. */
const USUAL_MOUNT = '/sys/fs/bpf';

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

  constructor(directory: string) {
    this.isPrivate = directory === 'private';
    this.path = this.isPrivate ? USUAL_MOUNT : `/${splitPath(directory).join('/')}`;
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

/** An absolute path without `.`, `..` and needless slashes. */
export function normalizePath(path: string): string {
  return `/${splitPath(path).join('/')}`;
}

function splitPath(path: string): readonly string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts;
}
