import { errnoOf } from '../../core/kernel-error.js';

/** Whether a process group has members, zombies too. */
export function groupExists(leader: number): boolean {
  try {
    return process.kill(-leader, 0);
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/** Kills a process, or with a minus before it a process group: kill(2). What has ended is no mistake. @throws EPERM */
export function sendSigkill(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
