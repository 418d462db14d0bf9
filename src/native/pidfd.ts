import { constants } from 'node:os';
import { FileDescriptor } from './file-descriptor.js';
import { requireResult, systemCall } from './system-call.js';

/**
 * A reference on a process, which never comes to mean another one when the process has ended and its number is given
 * out again: pidfd_open(2), Linux 5.3.
 *
 * @throws KernelError ESRCH when there is no such process, EINVAL for what is none, EMFILE
 */
export function openPidfd(pid: number): FileDescriptor {
  const result = systemCall('pidfd_open', pid, 0);
  return new FileDescriptor(requireResult(result, { syscall: 'pidfd_open', action: `find process ${pid}` }));
}

/**
 * Sends a signal to the process of a pidfd: pidfd_send_signal(2), Linux 5.1.
 *
 * @throws KernelError ESRCH when it has ended, EPERM for a process of another user
 */
export function sendSignal(pidfd: number, signal: NodeJS.Signals): void {
  requireResult(systemCall('pidfd_send_signal', pidfd, constants.signals[signal], null, 0), {
    syscall: 'pidfd_send_signal',
    action: `send ${signal}`,
  });
}
