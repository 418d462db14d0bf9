import type { ProgramType } from '../../../kernel/objects.js';

/** A type as Linux counts it, by the first of ours that is of it: `tc` and `tcx` are one, and so are the four probes. */
export function toKernelType(type: ProgramType): ProgramType {
  if (type === 'tcx') return 'tc';
  return isProbe(type) ? 'kprobe' : type;
}

/** BPF_PROG_TYPE_SCHED_CLS */
export function isClassifier({ type }: { readonly type: ProgramType }): boolean {
  return toKernelType(type) === 'tc';
}

/** BPF_PROG_TYPE_KPROBE */
export function isProbe(type: ProgramType): boolean {
  return type === 'kprobe' || type === 'kretprobe' || type === 'uprobe' || type === 'uretprobe';
}
