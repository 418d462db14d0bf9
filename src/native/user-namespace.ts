import { readFileSync } from 'node:fs';

/** Every id is its own there: `0 0 4294967295`. */
const WHOLE_MAP = /^\s*0\s+0\s+4294967295\s*$/;

/**
 * Whether this process is in a user namespace that was made, in which root is an ordinary user to the machine:
 * capabilities count there for what belongs to that namespace, and bpf(2) belongs to none.
 */
export function isInUserNamespace(): boolean {
  try {
    return !WHOLE_MAP.test(readFileSync('/proc/self/uid_map', 'utf8'));
  } catch {
    // A kernel without user namespaces, or no procfs.
    return false;
  }
}

/** The switches by which distributions forbid user namespaces; `undefined` for one that is not there. */
export interface UserNamespaceSettings {
  /** /proc/sys/kernel/apparmor_restrict_unprivileged_userns: Ubuntu since 23.10. */
  readonly apparmorRestricts: number | undefined;
  /** /proc/sys/kernel/unprivileged_userns_clone: Debian. */
  readonly cloneAllowed: number | undefined;
  /** /proc/sys/user/max_user_namespaces */
  readonly most: number | undefined;
}

/** What the switches are on this machine. */
export function readUserNamespaceSettings(): UserNamespaceSettings {
  return {
    apparmorRestricts: readNumber('/proc/sys/kernel/apparmor_restrict_unprivileged_userns'),
    cloneAllowed: readNumber('/proc/sys/kernel/unprivileged_userns_clone'),
    most: readNumber('/proc/sys/user/max_user_namespaces'),
  };
}

/** A setting of the kernel that forbids something, and the value that allows it. */
export interface ForbiddingSetting {
  /** As sysctl(8) names it. */
  readonly name: string;
  readonly now: number;
  readonly allowing: number;
}

/** The setting by which an ordinary user may not make user namespaces; `undefined` where none says so. */
export function findForbiddingSetting({
  apparmorRestricts,
  cloneAllowed,
  most,
}: UserNamespaceSettings): ForbiddingSetting | undefined {
  if (apparmorRestricts === 1)
    return { name: 'kernel.apparmor_restrict_unprivileged_userns', now: apparmorRestricts, allowing: 0 };
  if (cloneAllowed === 0) return { name: 'kernel.unprivileged_userns_clone', now: cloneAllowed, allowing: 1 };
  if (most === 0) return { name: 'user.max_user_namespaces', now: most, allowing: 15_000 };
  return undefined;
}

function readNumber(path: string): number | undefined {
  try {
    const value = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return Number.isNaN(value) ? undefined : value;
  } catch {
    return undefined;
  }
}
