import type { ErrnoName } from '../core/errno.js';
import { KernelError } from '../core/kernel-error.js';

/** Says no as the kernel does. @throws KernelError always */
export function refuse(code: ErrnoName, syscall: string, action: string, hint?: string, verifierLog?: string): never {
  throw new KernelError(code, {
    syscall,
    action,
    ...(hint === undefined ? {} : { hint }),
    ...(verifierLog === undefined ? {} : { verifierLog }),
  });
}
