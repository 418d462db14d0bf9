import { UnsupportedError } from '../../core/errors.js';
import { VmError } from '../vm-error.js';

/** A kernel that could not be had for a reason of the moment: the disk is full, the mirror broken. */
export function kernelError(message: string, cause?: unknown): VmError {
  return new VmError('ERR_GLOVEBOX_VM_KERNEL', { message, cause });
}

/** A kernel that this machine cannot have until something is mended. */
export function noKernel(capability: string, reason: string, fix: string): UnsupportedError {
  return new UnsupportedError({ capability, reason, fix });
}
