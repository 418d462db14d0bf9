import type { ErrnoName } from '../../../core/errno.js';
import { quote } from '../../../core/errors.js';
import type { BpffsEntry, Pin } from '../../../kernel/contract.js';
import { refuse } from '../../../kernel/refuse.js';
import { splitPath } from '../../../kernel/split-path.js';
import {
  type BpffsNode,
  DirectoryNode,
  describePin,
  isWithin,
  PinNode,
  pathOf,
  rootOf,
  sortByName,
  walk,
} from './bpffs-nodes.js';
import type { StoredObject } from './kernel-objects.js';
import type { ObjectStore } from './object-store.js';

/** NAME_MAX: include/uapi/linux/limits.h. */
const NAME_LIMIT_BYTES = 255;
/** PATH_MAX, which counts the NUL at the end: include/uapi/linux/limits.h. */
const PATH_LIMIT_BYTES = 4096;

/** The last part of a path and the directory it is looked up in; the node, if there is one. */
interface Place {
  readonly parent: DirectoryNode | undefined;
  readonly name: string;
  readonly node: BpffsNode | undefined;
}

/** What is being done, for the error of a path that does not lead there. */
interface Errand {
  readonly syscall: string;
  readonly what: string;
}

/** The bpffs mounts and what is pinned on them: kernel/bpf/inode.c under the rules of fs/namei.c. */
export class BpffsTree {
  readonly #store: ObjectStore;
  readonly #mounts: readonly DirectoryNode[];
  #pinCount = 0;

  constructor(store: ObjectStore, mounts: readonly string[]) {
    this.#store = store;
    // The longest first, for mounts within mounts.
    this.#mounts = mounts
      .map((path) => new DirectoryNode(path.replace(/\/+$/, ''), undefined))
      .sort((a, b) => b.name.length - a.name.length);
  }

  get pinCount(): number {
    return this.#pinCount;
  }

  /** BPF_OBJ_PIN (bpf_obj_do_pin). @throws KernelError ENOENT, ENOTDIR, EPERM, EEXIST, ENAMETOOLONG */
  pin(object: StoredObject, path: string): PinNode {
    const errand = { syscall: 'bpf(BPF_OBJ_PIN)', what: 'pin' };
    const place = this.#locate(path, errand, 'EPERM');
    if (place.node !== undefined) this.#fail('EEXIST', path, errand);
    if (place.parent === undefined) return this.#fail('EEXIST', path, errand);
    const node = new PinNode(place.name, place.parent, object);
    place.parent.children.set(node.name, node);
    object.pins.push(node);
    this.#pinCount += 1;
    this.#store.hold(object, 'pin');
    return node;
  }

  /** The pin that unlink(2) would take. @throws KernelError ENOENT, EISDIR, ENOTDIR, EPERM */
  findPin(path: string): PinNode {
    const errand = { syscall: 'unlink', what: 'unpin' };
    const { node } = this.#locate(path, errand, 'ENOENT');
    if (node === undefined) return this.#fail('ENOENT', path, errand);
    if (node.kind === 'directory') return this.#fail('EISDIR', path, errand);
    return node;
  }

  /** Takes a pin away, wherever it is. */
  removePin(node: PinNode): void {
    node.parent.children.delete(node.name);
    const { pins } = node.object;
    const index = pins.indexOf(node);
    if (index >= 0) pins.splice(index, 1);
    this.#pinCount -= 1;
    this.#store.release(node.object, 'pin');
  }

  /** BPF_OBJ_GET (bpf_obj_do_get). @throws KernelError ENOENT, ENOTDIR, EPERM, EACCES for a directory */
  get(path: string): StoredObject {
    const errand = { syscall: 'bpf(BPF_OBJ_GET)', what: 'open pin' };
    const { node } = this.#locate(path, errand, 'ENOENT');
    if (node === undefined) return this.#fail('ENOENT', path, errand);
    if (node.kind === 'directory') return this.#fail('EACCES', path, errand, 'It is a directory');
    return node.object;
  }

  /** mkdir(2). With `temporary` it goes again with the last pin below it. */
  mkdir(path: string, options: { readonly recursive?: boolean; readonly temporary?: boolean } = {}): DirectoryNode {
    const errand = { syscall: 'mkdir', what: 'make directory' };
    this.#checkLength(path, errand);
    if (options.recursive === true) this.#makeParents(path, options.temporary === true);
    const { parent, name, node } = this.#locate(path, errand, 'EPERM');
    if (node?.kind === 'directory' && options.recursive === true) return node;
    if (node !== undefined || parent === undefined) return this.#fail('EEXIST', path, errand);
    const directory = new DirectoryNode(name, parent, options.temporary);
    parent.children.set(name, directory);
    return directory;
  }

  /** rmdir(2). @throws KernelError ENOENT, ENOTDIR, ENOTEMPTY, EBUSY for a mount */
  rmdir(path: string): void {
    const errand = { syscall: 'rmdir', what: 'remove directory' };
    const { parent, name, node } = this.#locate(path, errand, 'ENOENT');
    if (node === undefined) this.#fail('ENOENT', path, errand);
    if (node.kind === 'pin') this.#fail('ENOTDIR', path, errand);
    if (parent === undefined) this.#fail('EBUSY', path, errand, 'It is a mount');
    if (node.children.size > 0) this.#fail('ENOTEMPTY', path, errand);
    parent.children.delete(name);
  }

  /** In the order of names. @throws KernelError ENOENT, ENOTDIR */
  readdir(path: string): readonly BpffsEntry[] {
    const directory = this.#directory(path, { syscall: 'getdents64', what: 'list' });
    return sortByName(directory.children.values()).map((node) => ({
      name: node.name,
      kind: node.kind === 'pin' ? node.object.kind : 'directory',
    }));
  }

  /** rename(2): fs/libfs.c, simple_rename, after the checks of fs/namei.c. */
  rename(from: string, to: string): void {
    const errand = { syscall: 'rename', what: 'rename' };
    // fs/namei.c, do_renameat2: both directories are found first, then what is moved, and last where it goes.
    this.#requireParent(from, errand, 'ENOENT');
    this.#requireParent(to, errand, 'EXDEV');
    const source = this.#locate(from, errand, 'ENOENT');
    if (source.node === undefined) this.#fail('ENOENT', from, errand);
    const target = this.#locate(to, errand, 'EXDEV');
    if (source.parent === undefined || target.parent === undefined) this.#fail('EBUSY', from, errand, 'It is a mount');
    if (rootOf(source.parent) !== rootOf(target.parent)) this.#fail('EXDEV', from, errand);
    if (source.node === target.node) return;
    if (isWithin(target.parent, source.node)) this.#fail('EINVAL', from, errand, 'It would be within itself');
    if (target.node !== undefined) this.#makeWay(source.node, target.node, from, errand);
    source.parent.children.delete(source.name);
    source.node.name = target.name;
    source.node.parent = target.parent;
    target.parent.children.set(target.name, source.node);
  }

  /** open(2) and read(2). @throws KernelError EIO for a pin (kernel/bpf/inode.c, bpffs_obj_open), EISDIR, ENOENT, EPERM */
  readFile(path: string): never {
    const errand = { syscall: 'open', what: 'read' };
    const { node } = this.#locate(path, errand, 'EPERM');
    if (node === undefined) return this.#fail('ENOENT', path, errand);
    if (node.kind === 'directory') return this.#fail('EISDIR', path, { ...errand, syscall: 'read' });
    return this.#fail(
      'EIO',
      path,
      errand,
      `It is a pin of a ${node.object.kind}: it has no content, open it with open()`,
    );
  }

  exists(path: string): boolean {
    return this.peek(path) !== undefined;
  }

  /** Every pin below a directory, in the order of paths. @throws KernelError ENOENT, ENOTDIR */
  list(directory?: string): readonly Pin[] {
    const roots =
      directory === undefined ? this.#mounts : [this.#directory(directory, { syscall: 'getdents64', what: 'list' })];
    const pins: Pin[] = [];
    for (const root of roots) {
      walk(root, (node) => {
        if (node.kind === 'pin') pins.push(describePin(node));
      });
    }
    return pins.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The paths of all directories below the mounts, in order. */
  directories(): readonly string[] {
    const paths: string[] = [];
    for (const mount of this.#mounts) {
      walk(mount, (node) => {
        if (node.kind === 'directory' && node.parent !== undefined) paths.push(pathOf(node));
      });
    }
    return paths.sort();
  }

  /** Removes a directory that was made for pins, and those above it, as far as they are empty. */
  removeTemporary(directory: DirectoryNode | undefined): void {
    for (
      let node = directory;
      node?.parent !== undefined && node.temporary && node.children.size === 0;
      node = node.parent
    ) {
      node.parent.children.delete(node.name);
    }
  }

  /** As `removeTemporary`, from the deepest directory of a path that is there. */
  removeTemporaryPath(path: string): void {
    const mount = this.#findMount(path);
    let directory = mount?.node;
    for (const name of mount?.rest ?? []) {
      const child = directory?.children.get(name);
      if (child?.kind !== 'directory') break;
      directory = child;
    }
    this.removeTemporary(directory);
  }

  /** What is pinned at a path, without a fault or an error. */
  peek(path: string): PinNode | DirectoryNode | undefined {
    const mount = this.#findMount(path);
    let node: BpffsNode | undefined = mount?.node;
    for (const name of mount?.rest ?? []) node = node?.kind === 'directory' ? node.children.get(name) : undefined;
    return node;
  }

  clear(): void {
    for (const mount of this.#mounts) mount.children.clear();
    this.#pinCount = 0;
  }

  #directory(path: string, errand: Errand): DirectoryNode {
    const { node } = this.#locate(path, errand, 'ENOENT');
    if (node === undefined) return this.#fail('ENOENT', path, errand);
    return node.kind === 'directory' ? node : this.#fail('ENOTDIR', path, errand);
  }

  /** fs/namei.c, getname_flags: before anything is looked up. */
  #checkLength(path: string, errand: Errand): void {
    if (Buffer.byteLength(path) >= PATH_LIMIT_BYTES) this.#fail('ENAMETOOLONG', path, errand);
  }

  #makeParents(path: string, temporary: boolean): void {
    const mount = this.#findMount(path);
    if (mount === undefined) return;
    let sofar = mount.node.name;
    for (const name of mount.rest.slice(0, -1)) {
      sofar = `${sofar}/${name}`;
      if (!this.exists(sofar)) this.mkdir(sofar, { temporary });
    }
  }

  /** Something is at the new name: it may be replaced only by its like, and a directory only when empty. */
  #makeWay(source: BpffsNode, target: BpffsNode, path: string, errand: Errand): void {
    if (isWithin(source.parent, target)) this.#fail('ENOTEMPTY', path, errand);
    if (source.kind === 'directory' && target.kind === 'pin') this.#fail('ENOTDIR', path, errand);
    if (source.kind === 'pin' && target.kind === 'directory') this.#fail('EISDIR', path, errand);
    if (target.kind === 'pin') this.removePin(target);
    else if (target.children.size > 0) this.#fail('ENOTEMPTY', path, errand);
  }

  #findMount(path: string): { readonly node: DirectoryNode; readonly rest: readonly string[] } | undefined {
    const parts = splitPath(path);
    const whole = `/${parts.join('/')}`;
    for (const node of this.#mounts) {
      if (whole === node.name || whole.startsWith(`${node.name}/`)) {
        return { node, rest: parts.slice(splitPath(node.name).length) };
      }
    }
    return undefined;
  }

  /** Walks to a path, as fs/namei.c does with the lookup of kernel/bpf/inode.c. */
  #locate(path: string, errand: Errand, outside: ErrnoName): Place {
    this.#checkLength(path, errand);
    const mount = this.#findMount(path);
    if (mount === undefined)
      return this.#fail(
        outside,
        path,
        errand,
        `It is not on a bpffs (${this.#mounts.map((node) => node.name).join(', ')})`,
      );
    let parent: DirectoryNode | undefined;
    let node: BpffsNode | undefined = mount.node;
    let last = mount.node.name;
    for (const name of mount.rest) {
      if (node === undefined) this.#fail('ENOENT', path, errand, `There is no directory ${quote(last)}`);
      if (node.kind === 'pin') return this.#fail('ENOTDIR', path, errand, `${quote(last)} is a pin`);
      // kernel/bpf/inode.c, bpf_lookup: reserved for extensions; so no such name can exist either.
      if (name.includes('.'))
        this.#fail('EPERM', path, errand, `A name on a bpffs may hold no ".", as ${quote(name)} does`);
      if (Buffer.byteLength(name) > NAME_LIMIT_BYTES) this.#fail('ENAMETOOLONG', path, errand);
      parent = node;
      node = node.children.get(name);
      last = name;
    }
    return { parent, name: last, node };
  }

  /** Looks for the directory that a path is in, but not for its last name. */
  #requireParent(path: string, errand: Errand, outside: ErrnoName): void {
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (this.#mounts.some(({ name }) => name === path) || this.#findMount(parent) === undefined) return;
    const { node } = this.#locate(parent, errand, outside);
    if (node === undefined) this.#fail('ENOENT', path, errand, 'There is no such directory');
    if (node.kind === 'pin') this.#fail('ENOTDIR', path, errand);
  }

  #fail(code: ErrnoName, path: string, errand: Errand, hint?: string): never {
    refuse(code, errand.syscall, `${errand.what} ${quote(path)}`, hint);
  }
}
