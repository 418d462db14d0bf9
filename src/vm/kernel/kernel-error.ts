import { VmError } from '../vm-error.js';

/** A kernel that could not be had for a reason of the moment: the disk is full, the mirror broken. */
export function kernelError(message: string, cause?: unknown): VmError {
  return new VmError('ERR_GLOVEBOX_VM_KERNEL', { message, cause });
}
