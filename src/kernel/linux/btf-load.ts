import { CStruct } from '../../native/c-struct.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { bpfOpen } from './bpf-call.js';
import type { LinuxCaller } from './linux-caller.js';

/**
 * BPF_BTF_LOAD, with all rights: who may not load a program is to hear it of the program.
 *
 * @throws KernelError EINVAL for what is no good BTF, EPERM
 */
export function loadBtf(caller: LinuxCaller, bytes: Uint8Array): FileDescriptor {
  const attributes = new CStruct(32).pointer(0, bytes).u32(16, bytes.length);
  return caller.runAsHelper(() => bpfOpen('BTF_LOAD', attributes, 'load the types of a program'));
}
