import { GloveboxError, UsageError } from '../core/errors.js';
import { isThenable } from '../core/is-thenable.js';
import type { FileDescriptor } from './file-descriptor.js';
import { requireResult, systemCall } from './system-call.js';

/** A kind of namespace that a thread can be in by itself: include/uapi/linux/sched.h */
export interface NamespaceKind {
  /** As messages call it. */
  readonly name: string;
  /** The flag of unshare(2) and setns(2), and what it is called. */
  readonly flag: number;
  readonly flagName: string;
  /** Whether a thread may be allowed to leave one, and not to come back: pidns_install of kernel/pid_namespace.c. */
  readonly isOneWay: boolean;
  /** Opens that of the calling thread. */
  openOwn(): FileDescriptor;
}

/**
 * Runs a synchronous function in another namespace and comes back. After an `await`, other work of the thread would run
 * in it too.
 *
 * @throws UsageError when the function returns a promise
 * @throws KernelError EPERM without CAP_SYS_ADMIN, EINVAL for a descriptor of something else
 */
export function runInNamespace<R>(kind: NamespaceKind, namespace: number, run: () => R): R {
  using home = kind.openOwn();
  const action = `enter a ${kind.name} namespace`;
  requireResult(systemCall('setns', namespace, kind.flag), { syscall: 'setns', action });
  let result: R;
  try {
    result = run();
  } finally {
    leave(kind, home.number);
  }
  if (isThenable(result)) {
    // Nobody gets it, so nobody else could be told how it ends.
    Promise.resolve(result).catch(() => undefined);
    throw new UsageError(
      `run in a ${kind.name} namespace`,
      'the function returned a promise; only what it does before its first await runs in the namespace, so it must be synchronous',
    );
  }
  return result;
}

/**
 * Makes a namespace, runs a function in it, and comes back.
 *
 * @throws KernelError EPERM without CAP_SYS_ADMIN here and where it comes from, ENOSPC when the user has too many
 */
export function runInNewNamespace<R>(kind: NamespaceKind, run: () => R): R {
  using home = kind.openOwn();
  if (kind.isOneWay) {
    // Root of a user namespace may leave a pid namespace that is not its own, and not come back.
    const action = `come back to its ${kind.name} namespace`;
    requireResult(systemCall('setns', home.number, kind.flag), { syscall: 'setns', action });
  }
  requireResult(systemCall('unshare', kind.flag), {
    syscall: `unshare(${kind.flagName})`,
    action: `create a ${kind.name} namespace`,
  });
  try {
    return run();
  } finally {
    leave(kind, home.number);
  }
}

/** A thread that cannot go home works in the wrong namespace from here on: nothing after that can be believed. */
function leave({ name, flag }: NamespaceKind, home: number): void {
  const result = systemCall('setns', home, flag);
  if (result >= 0) return;
  throw new GloveboxError(
    'ERR_GLOVEBOX_NAMESPACE_LOST',
    `this thread could not return to its ${name} namespace (setns answered ${result}): what it does from here on happens in the other one. ` +
      'End the process; were CAP_SYS_ADMIN or the namespace taken away in between?',
  );
}
