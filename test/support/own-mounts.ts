import { execFileSync } from 'node:child_process';
import { systemCall } from '../../src/native/system-call.js';

/** include/uapi/linux/sched.h */
const CLONE_NEWNS = 0x0002_0000;

let areOwn = false;

/**
 * Gives this file's main thread, and what it starts from then on, mounts of their own: other tests mount things meanwhile,
 * and whoever compares the mounts of before and after would see these, too. Where that is forbidden all stays as it is.
 */
export function takeOwnMounts(): void {
  if (areOwn || systemCall('unshare', CLONE_NEWNS) < 0) return;
  areOwn = true;
  execFileSync('mount', ['--make-rprivate', '/']);
}
