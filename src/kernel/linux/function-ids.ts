import { CStruct } from '../../native/c-struct.js';
import type { ProgramRef } from '../objects.js';
import { bpfOpen } from './bpf-call.js';
import { readBtf } from './btf/read-btf.js';
import type { LinuxCaller } from './linux-caller.js';
import { readInfo, readProgramInfo } from './object-info.js';

/** A type that no blob of BTF has: the kernel refuses it with the words that it has for this. */
const NO_TYPE = 0x7fffffff;

/**
 * The id of a function in a program's own BTF. Where it cannot be found, an id that no type has, so that the kernel says
 * what is wrong.
 */
export function findFunctionId(caller: LinuxCaller, program: ProgramRef, functionName: string): number {
  try {
    return caller.runAsHelper(() =>
      caller.borrow(program, 'program', 'look for a function', (fd) => {
        const { btfId } = readProgramInfo(fd);
        return btfId === 0 ? NO_TYPE : (readBtf(readBtfBytes(btfId)).find('FUNC', functionName) ?? NO_TYPE);
      }),
    );
  } catch {
    return NO_TYPE;
  }
}

/** BPF_BTF_GET_FD_BY_ID, and struct bpf_btf_info of it. @throws KernelError */
function readBtfBytes(id: number): Uint8Array {
  const action = `read BTF ${id}`;
  using fd = bpfOpen('BTF_GET_FD_BY_ID', new CStruct(12).u32(0, id), action);
  const size = new CStruct(32);
  readInfo(fd.number, size, action);
  const bytes = new Uint8Array(size.readU32(8));
  readInfo(fd.number, new CStruct(32).pointer(0, bytes).u32(8, bytes.length), action);
  return bytes;
}
