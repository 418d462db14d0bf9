import { openPidfd, sendSignal } from '../../native/pidfd.js';
import { hasEnded } from '../proc/processes.js';

/** Sends a signal to a process. What has ended meanwhile is no mistake. @throws KernelError EPERM */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    using pidfd = openPidfd(pid);
    sendSignal(pidfd.number, signal);
  } catch (error) {
    if (!hasEnded(pid)) throw error;
  }
}
