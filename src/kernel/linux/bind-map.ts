import { CStruct } from '../../native/c-struct.js';
import { bpf } from './bpf-call.js';

/**
 * Makes a program hold a map that its instructions do not mention (BPF_PROG_BIND_MAP), as it holds those that they do.
 *
 * @throws KernelError EBADF, ENOMEM
 */
export function bindMap(programFd: number, mapFd: number, action: string): void {
  bpf('PROG_BIND_MAP', new CStruct(12).u32(0, programFd).u32(4, mapFd), action);
}
