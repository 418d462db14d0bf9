import { KernelError } from '../../core/kernel-error.js';

/** The error for bytes that are no netlink: EBADMSG, with what was read and what is wrong with it. */
export function malformed(what: string, problem: string): KernelError {
  return new KernelError('EBADMSG', { syscall: 'netlink', action: `read ${what}`, hint: problem });
}
