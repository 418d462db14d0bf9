import type { CStruct } from '../../native/c-struct.js';
import { FileDescriptor } from '../../native/file-descriptor.js';
import { requireResult, systemCall } from '../../native/system-call.js';
import { BPF, type BpfCommand } from './bpf-constants.js';

/** bpf(2), and what it answered: a result, or an error number as a negative one. */
export function tryBpf(command: BpfCommand, attributes: CStruct): number {
  return systemCall('bpf', BPF[command], attributes, attributes.bytes.length);
}

/** How errors name a command. */
export function nameBpf(command: BpfCommand): string {
  return `bpf(BPF_${command})`;
}

/**
 * bpf(2).
 *
 * @param action - What is asked, and of what, for the error: `load program "prog_one"`.
 * @throws KernelError
 */
export function bpf(command: BpfCommand, attributes: CStruct, action: string): number {
  return requireResult(tryBpf(command, attributes), { syscall: nameBpf(command), action });
}

/** bpf(2) of a command that answers with a file descriptor. @throws KernelError */
export function bpfOpen(command: BpfCommand, attributes: CStruct, action: string): FileDescriptor {
  return new FileDescriptor(bpf(command, attributes, action));
}
