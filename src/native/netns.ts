import { statSync } from 'node:fs';
import { quote } from '../core/errors.js';
import { KernelError } from '../core/kernel-error.js';
import type { FileDescriptor } from './file-descriptor.js';
import { openPath } from './open-path.js';
import { requireProc } from './proc.js';
import { type NamespaceKind, runInNamespace, runInNewNamespace } from './switch-namespace.js';
import { systemCall } from './system-call.js';

/** include/uapi/linux/sched.h */
const CLONE_NEWNET = 0x40000000;
/** include/uapi/linux/nsfs.h */
const NS_GET_NSTYPE = 0xb703;
/** include/uapi/asm-generic/fcntl.h */
const O_NONBLOCK = 0o4000;

/** Whether a file descriptor is that of a network namespace: ioctl_nsfs(2). */
export function isNetns(fd: number): boolean {
  return systemCall('ioctl', fd, NS_GET_NSTYPE, 0) === CLONE_NEWNET;
}

/** A namespace belongs to a thread, not to a process: Vitest's `threads` pool and workers have their own. */
const OWN_NETNS = '/proc/thread-self/ns/net';

const NETNS: NamespaceKind = {
  name: 'network',
  flag: CLONE_NEWNET,
  flagName: 'CLONE_NEWNET',
  isOneWay: false,
  openOwn: openOwnNetns,
};

/**
 * A reference on a network namespace, by default on that of the calling thread.
 *
 * @throws KernelError ENOENT, EACCES, EINVAL for a file that is something else
 * @throws UnsupportedError where procfs is not mounted
 */
export function openNetns(path?: string): FileDescriptor {
  if (path === undefined) return openOwnNetns();
  // A named pipe would hold the thread until somebody writes to it.
  const fd = openPath(path, O_NONBLOCK);
  if (isNetns(fd.number)) return fd;
  fd.close();
  throw new KernelError('EINVAL', {
    syscall: 'ioctl(NS_GET_NSTYPE)',
    action: `open network namespace ${quote(path)}`,
    hint: 'It is something else; such files are /run/netns/<name> and /proc/<pid>/ns/net',
  });
}

/**
 * Makes a network namespace without a name: it lives as long as its file descriptor, a process or a device in it.
 *
 * @param inside - Runs before the thread comes back. @defaultValue hands the descriptor on
 * @throws KernelError EPERM without CAP_SYS_ADMIN, ENOSPC when the user has too many
 */
export function createNetns(): FileDescriptor;
export function createNetns<R>(inside: (netns: FileDescriptor) => R): R;
export function createNetns<R>(inside?: (netns: FileDescriptor) => R): R | FileDescriptor {
  return runInNewNamespace(NETNS, () => {
    const netns = openNetns();
    return inside === undefined ? netns : inside(netns);
  });
}

/**
 * Runs a synchronous function in another network namespace and comes back. What it makes there, sockets above all,
 * stays there.
 *
 * @throws UsageError when the function returns a promise
 * @throws KernelError EPERM without CAP_SYS_ADMIN, EINVAL for a descriptor of something else
 */
export function runInNetns<R>(netns: number, run: () => R): R {
  return runInNamespace(NETNS, netns, run);
}

/** The inode of the calling thread's network namespace, by which the kernel and its tools tell namespaces apart. */
export function readOwnNetns(): number {
  return statSync(OWN_NETNS).ino;
}

function openOwnNetns(): FileDescriptor {
  try {
    return openPath(OWN_NETNS);
  } catch (error) {
    requireProc();
    throw error;
  }
}
