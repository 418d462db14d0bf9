import { GloveboxError, type GloveboxErrorCode, renderTail } from '../core/errors.js';

/** The codes of {@link VmError}s. */
export type VmErrorCode = Extract<GloveboxErrorCode, `ERR_GLOVEBOX_VM_${string}`>;

/** What is known of the virtual machine that an error is about. */
export interface VmErrorDetails {
  /** What happened, as a sentence without its full stop. */
  readonly message: string;
  /** What to do about it, likewise. */
  readonly next?: string;
  /** The last lines of the guest's console. */
  readonly consoleTail?: readonly string[];
  /** The last lines that QEMU itself wrote. */
  readonly machineTail?: readonly string[];
  readonly cause?: unknown;
}

/** A virtual machine that could not be started, whose kernel panicked, that no longer answers, or that is gone. */
export class VmError extends GloveboxError {
  override readonly name = 'VmError';
  /** The last lines of the guest's console. */
  readonly consoleTail: readonly string[];
  /** The last lines that QEMU itself wrote. */
  readonly machineTail: readonly string[];

  constructor(code: VmErrorCode, details: VmErrorDetails) {
    super(code, render(details), { cause: details.cause });
    this.consoleTail = details.consoleTail ?? [];
    this.machineTail = details.machineTail ?? [];
  }
}

function render({ message, next, consoleTail, machineTail }: VmErrorDetails): string {
  const lines = [next === undefined ? message : `${message}. ${next}`];
  if (machineTail !== undefined && machineTail.length > 0) lines.push(renderTail('QEMU wrote', machineTail));
  if (consoleTail !== undefined)
    lines.push(
      consoleTail.length === 0 ? '  the console is empty' : renderTail('the last of the console', consoleTail),
    );
  return lines.join('\n');
}
