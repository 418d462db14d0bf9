import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { ErrnoName } from '../../core/errno.js';
import { quote } from '../../core/errors.js';
import { isWithin } from '../../core/is-within.js';
import { errnoOf } from '../../core/kernel-error.js';
import { CStruct, toCString } from '../../native/c-struct.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import type { ObjectKind } from '../backend.js';
import type { BpffsEntry, Pin } from '../contract.js';
import { refuse } from '../refuse.js';
import { bpf, bpfOpen, nameBpf } from './bpf-call.js';
import { type BpffsMount, isOnBpffs, normalizePath } from './bpffs-mount.js';
import { readId } from './read-id.js';

/** PATH_MAX, which counts the NUL at the end: include/uapi/linux/limits.h. */
const PATH_LIMIT_BYTES = 4096;
/** Files of the kernel's own in the root of every bpffs (kernel/bpf/inode.c, populate_bpffs). */
const OWN_FILES = new Set(['maps.debug', 'progs.debug']);

/** What is being done, for the error. */
interface Errand {
  readonly syscall: string;
  readonly what: string;
}

/** What is pinned somewhere, opened. */
export interface OpenedPin {
  readonly fd: FileDescriptor;
  readonly kind: ObjectKind;
}

/**
 * The real places of a bpffs's paths, and what is done with them. To be called with the capabilities of the caller; only
 * `BpffsMount.resolve` before it takes more.
 */
export class BpffsFiles {
  readonly mount: BpffsMount;

  constructor(mount: BpffsMount) {
    this.mount = mount;
  }

  /** BPF_OBJ_PIN. @throws KernelError EPERM, EEXIST, ENOENT, ENOTDIR, ENAMETOOLONG, EINVAL for a bad descriptor */
  pin(fd: number, path: string, action = `pin ${quote(path)}`): void {
    const errand = { syscall: nameBpf('OBJ_PIN'), what: 'pin' };
    const attributes = new CStruct(20).pointer(0, toCString(this.#place(path, errand, 'EPERM'))).u32(8, fd);
    bpf('OBJ_PIN', attributes, action);
  }

  /** BPF_OBJ_GET. @throws KernelError ENOENT, EACCES for a directory, EPERM */
  open(path: string): OpenedPin {
    const place = this.#place(path, { syscall: nameBpf('OBJ_GET'), what: 'open pin' }, 'ENOENT');
    const fd = bpfOpen('OBJ_GET', new CStruct(20).pointer(0, toCString(place)), `open pin ${quote(path)}`);
    try {
      return { fd, kind: readKind(fd) };
    } catch (error) {
      fd.close();
      throw error;
    }
  }

  /** unlink(2), and the directories that were made for the pin. @throws KernelError ENOENT, EISDIR, ENOTDIR, EPERM */
  unpin(path: string): void {
    this.#do(path, { syscall: 'unlink', what: 'unpin' }, 'ENOENT', unlinkSync);
    this.removeTemporary(dirname(normalizePath(path)));
  }

  /** mkdir(2), of the parents too with `recursive`. With `temporary`, what is made goes with the last pin in it. */
  mkdir(path: string, options: { readonly recursive?: boolean; readonly temporary?: boolean } = {}): void {
    const errand = { syscall: 'mkdir', what: 'make directory' };
    const whole = normalizePath(path);
    this.#place(whole, errand, 'EPERM');
    if (options.recursive === true && whole !== this.mount.path) {
      const parent = dirname(whole);
      if (!this.exists(parent)) this.mkdir(parent, options);
    }
    if (options.recursive === true && this.#isDirectory(whole)) return;
    this.#do(whole, errand, 'EPERM', (place) => mkdirSync(place));
    this.mount.made.add(whole);
    if (options.temporary === true) this.mount.temporary.add(whole);
  }

  /** rmdir(2). @throws KernelError ENOENT, ENOTDIR, ENOTEMPTY, EBUSY for the mount */
  rmdir(path: string): void {
    const errand = { syscall: 'rmdir', what: 'remove directory' };
    this.#refuseMount(path, errand);
    this.#do(path, errand, 'ENOENT', rmdirSync);
    this.#forget(normalizePath(path));
  }

  /** In the order of names. @throws KernelError ENOENT, ENOTDIR */
  readdir(path: string): readonly BpffsEntry[] {
    const whole = normalizePath(path);
    const entries = this.#do(path, { syscall: 'getdents64', what: 'list' }, 'ENOENT', (place) =>
      readdirSync(place, { withFileTypes: true }),
    );
    return entries
      .filter(({ name }) => !(whole === this.mount.path && OWN_FILES.has(name)))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((entry) => ({
        name: entry.name,
        kind: entry.isDirectory() ? 'directory' : this.#readKindAt(`${whole}/${entry.name}`),
      }));
  }

  /** rename(2). @throws KernelError ENOENT, ENOTEMPTY, EXDEV, EBUSY for the mount */
  rename(from: string, to: string): void {
    const errand = { syscall: 'rename', what: 'rename' };
    const target = this.#place(to, errand, 'EXDEV');
    this.#refuseMount(from, errand);
    this.#refuseMount(to, errand);
    this.#do(from, errand, 'ENOENT', (place) => renameSync(place, target));
    this.#moveDirectories(normalizePath(from), normalizePath(to));
  }

  exists(path: string): boolean {
    const place = this.mount.resolve(path);
    return place !== undefined && existsSync(place);
  }

  /** What cat(1) would show. @throws KernelError EIO for a pin, EISDIR, ENOENT */
  readFile(path: string): string {
    return this.#do(path, { syscall: 'open', what: 'read' }, 'ENOENT', (place) => readFileSync(place, 'utf8'));
  }

  /** Every pin below a directory, in the order of paths. @throws KernelError ENOENT, ENOTDIR */
  list(directory: string = this.mount.path): readonly Pin[] {
    const pins: Pin[] = [];
    this.walk(directory, (path, kind) => {
      if (kind === 'directory') return;
      const { fd } = this.open(path);
      using opened = fd;
      pins.push({ path, kind, id: readId(kind, opened.number) });
    });
    return pins.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The paths of all directories below the mount, in order. */
  directories(): readonly string[] {
    const paths: string[] = [];
    this.walk(this.mount.path, (path, kind) => {
      if (kind === 'directory') paths.push(path);
    });
    return paths.sort();
  }

  /** Visits everything below a directory. @throws KernelError ENOENT, ENOTDIR */
  walk(directory: string, visit: (path: string, kind: BpffsEntry['kind']) => void): void {
    const whole = normalizePath(directory);
    for (const { name, kind } of this.readdir(whole)) {
      const path = `${whole}/${name}`;
      visit(path, kind);
      if (kind === 'directory') this.walk(path, visit);
    }
  }

  /** Removes a directory that was made for pins, and those above it, as far as they are empty. */
  removeTemporary(directory: string): void {
    let path = normalizePath(directory);
    while (this.mount.temporary.has(path)) {
      const place = this.mount.resolve(path);
      try {
        if (place !== undefined) rmdirSync(place);
      } catch {
        // Not empty yet.
        return;
      }
      this.#forget(path);
      path = dirname(path);
    }
  }

  /** As `removeTemporary`, from the deepest directory of a path that was made for pins. */
  removeTemporaryPath(path: string): void {
    for (let each = normalizePath(path); each !== '/'; each = dirname(each)) {
      if (!this.mount.temporary.has(each)) continue;
      this.removeTemporary(each);
      return;
    }
  }

  #do<R>(path: string, errand: Errand, outside: ErrnoName, work: (place: string) => R): R {
    const place = this.#place(path, errand, outside);
    try {
      return work(place);
    } catch (error) {
      return refuse(errnoOf(error) ?? 'EIO', errand.syscall, `${errand.what} ${quote(path)}`);
    }
  }

  /** The real place of a path. What is outside is left alone, but for asking the kernel to pin there, which it refuses. */
  #place(path: string, errand: Errand, outside: ErrnoName): string {
    const action = `${errand.what} ${quote(path)}`;
    if (Buffer.byteLength(path) >= PATH_LIMIT_BYTES) refuse('ENAMETOOLONG', errand.syscall, action);
    const place = this.mount.resolve(path);
    if (place !== undefined) return place;
    if (errand.what === 'pin' && !isOnBpffs(dirname(path))) return path;
    return refuse(outside, errand.syscall, action, `It is not on this kernel's bpffs (${this.mount.path})`);
  }

  #refuseMount(path: string, { syscall, what }: Errand): void {
    if (normalizePath(path) === this.mount.path) refuse('EBUSY', syscall, `${what} ${quote(path)}`, 'It is a mount');
  }

  #isDirectory(path: string): boolean {
    const place = this.mount.resolve(path);
    try {
      return place !== undefined && readdirSync(place) !== undefined;
    } catch {
      return false;
    }
  }

  #readKindAt(path: string): ObjectKind {
    const { fd, kind } = this.open(path);
    fd.close();
    return kind;
  }

  #forget(directory: string): void {
    this.mount.temporary.delete(directory);
    this.mount.made.delete(directory);
  }

  #moveDirectories(from: string, to: string): void {
    for (const paths of [this.mount.temporary, this.mount.made]) {
      for (const path of [...paths]) {
        if (!isWithin(path, from)) continue;
        paths.delete(path);
        paths.add(`${to}${path.slice(from.length)}`);
      }
    }
  }
}

/** The kernel names what is behind such a descriptor: `anon_inode:bpf-prog`, `bpf-map`, `bpf_link`. */
function readKind(fd: FileDescriptor): ObjectKind {
  const name = readlinkSync(`/proc/self/fd/${fd.number}`);
  if (name.includes('prog')) return 'program';
  return name.includes('map') ? 'map' : 'link';
}
