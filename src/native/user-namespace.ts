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
