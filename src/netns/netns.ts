import { fstatSync } from 'node:fs';
import { DisposedError } from '../core/errors.js';
import type { FileDescriptor } from '../native/file-descriptor.js';
import { NetlinkSocket } from '../native/netlink-socket.js';
import { createNetns, openNetns, runInNetns } from '../native/netns.js';
import { NetlinkConversation } from './netlink/conversation.js';

/**
 * A network namespace without a name: nothing on the machine shows it, and the kernel takes it back, with everything
 * in it, when its last holder is gone, however this process ends.
 *
 * @example
 * ```ts
 * using netns = Netns.create();
 * const names = netns.run(() => Object.keys(networkInterfaces()));
 * ```
 */
export class Netns implements Disposable {
  readonly #fd: FileDescriptor;
  #socket: NetlinkSocket | undefined;
  #netlink: NetlinkConversation | undefined;

  private constructor(fd: FileDescriptor) {
    this.#fd = fd;
  }

  /** A new namespace, with a loopback device that is down. @throws KernelError EPERM without CAP_SYS_ADMIN, ENOSPC */
  static create(): Netns {
    return new Netns(createNetns());
  }

  /** One that exists, by its path. @defaultValue that of the calling thread @throws KernelError ENOENT, EACCES */
  static open(path?: string): Netns {
    return new Netns(openNetns(path));
  }

  get closed(): boolean {
    return this.#fd.closed;
  }

  /** Its file descriptor, in this process. */
  get fd(): number {
    this.#assertOpen('fd');
    return this.#fd.number;
  }

  /** A path that leads to it from within this process. For people: `nsenter --net=/proc/<pid>/fd/<fd>`. */
  get path(): string {
    return `/proc/self/fd/${this.fd}`;
  }

  /** What identifies it on this machine. */
  get inode(): number {
    return fstatSync(this.fd).ino;
  }

  /** rtnetlink, in this namespace. */
  get netlink(): NetlinkConversation {
    this.#assertOpen('netlink');
    if (this.#netlink === undefined) {
      this.#socket = this.run(() => new NetlinkSocket());
      this.#netlink = new NetlinkConversation(this.#socket);
    }
    return this.#netlink;
  }

  /**
   * Runs a synchronous function inside and comes back; sockets that it makes stay inside.
   *
   * @throws UsageError when the function returns a promise @throws KernelError EPERM without CAP_SYS_ADMIN
   */
  run<R>(run: () => R): R {
    this.#assertOpen('run()');
    return runInNetns(this.#fd.number, run);
  }

  /** Lets go of it. Safe to call twice. */
  close(): void {
    this.#socket?.close();
    this.#fd.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #assertOpen(action: string): void {
    if (this.#fd.closed) throw new DisposedError('Netns', action);
  }
}
