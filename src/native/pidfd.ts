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

/**
 * A descriptor of another process, as one of this process's: pidfd_getfd(2), Linux 5.6. It is the same open file, be it a
 * terminal, a pipe or a socket.
 *
 * @throws KernelError EBADF when the process has none of this number, EPERM without the right to trace it
 */
export function takeDescriptor(pidfd: number, number: number): FileDescriptor {
  const result = systemCall('pidfd_getfd', pidfd, number, 0);
  return new FileDescriptor(requireResult(result, { syscall: 'pidfd_getfd', action: `take descriptor ${number}` }));
}
