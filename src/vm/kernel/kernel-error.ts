import { GloveboxError, UnsupportedError } from '../../core/errors.js';

/** A kernel that could not be had for a reason of the moment: the disk is full, the mirror broken. */
export function kernelError(message: string, cause?: unknown): GloveboxError {
  return new GloveboxError('ERR_GLOVEBOX_VM_KERNEL', message, cause === undefined ? {} : { cause });
}

/** A kernel that this machine cannot have until something is mended. */
export function noKernel(capability: string, reason: string, fix: string): UnsupportedError {
  return new UnsupportedError({ capability, reason, fix });
}
