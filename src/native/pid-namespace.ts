import type { FileDescriptor } from './file-descriptor.js';
import { openPath } from './open-path.js';
import { type NamespaceKind, runInNamespace, runInNewNamespace } from './switch-namespace.js';

/** The children of a thread are born into this one; the thread itself stays in its own: pid_namespaces(7). */
const PID_NAMESPACE: NamespaceKind = {
  name: 'pid',
  flag: 0x20000000,
  flagName: 'CLONE_NEWPID',
  isOneWay: true,
  openOwn: () => openPath('/proc/thread-self/ns/pid_for_children'),
};

/**
 * Makes a pid namespace. The first process that the function starts is its init: when that ends, the kernel kills
 * everything in it.
 *
 * @throws KernelError EPERM without CAP_SYS_ADMIN, ENOSPC when the user has too many or they are nested too deeply
 */
export function createPidNamespace<R>(startInit: () => R): R {
  return runInNewNamespace(PID_NAMESPACE, startInit);
}

/** A reference on the pid namespace of a process. @throws KernelError ENOENT when it has ended, EACCES */
export function openPidNamespace(pid: number): FileDescriptor {
  return openPath(`/proc/${pid}/ns/pid`);
}

/**
 * What a synchronous function starts is born into a pid namespace, as a child of this process.
 *
 * @throws UsageError when the function returns a promise @throws KernelError EPERM without CAP_SYS_ADMIN
 */
export function runInPidNamespace<R>(namespace: number, run: () => R): R {
  return runInNamespace(PID_NAMESPACE, namespace, run);
}
