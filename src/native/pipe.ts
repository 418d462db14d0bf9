import { CStruct } from './c-struct.js';
import { FileDescriptor } from './file-descriptor.js';
import { requireResult, systemCall } from './system-call.js';

/** include/uapi/asm-generic/fcntl.h */
const O_CLOEXEC = 0o2000000;

/** A pipe whose ends no program that is executed gets, unless it is handed to it. @throws KernelError EMFILE, ENFILE */
export function openPipe(): { readonly readEnd: FileDescriptor; readonly writeEnd: FileDescriptor } {
  const ends = new CStruct(8);
  requireResult(systemCall('pipe2', ends, O_CLOEXEC), { syscall: 'pipe2', action: 'open a pipe' });
  return { readEnd: new FileDescriptor(ends.readU32(0)), writeEnd: new FileDescriptor(ends.readU32(4)) };
}
