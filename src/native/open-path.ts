import { quote } from '../core/errors.js';
import { toCString } from './c-struct.js';
import { FileDescriptor } from './file-descriptor.js';
import { requireResult, systemCall } from './system-call.js';

const AT_FDCWD = -100;
/** include/uapi/asm-generic/fcntl.h; the same on x86-64 and arm64. */
const O_CLOEXEC = 0o2000000;

/** Opens a file for reading. @throws KernelError ENOENT, EACCES, EIO and whatever else openat(2) answers */
export function openPath(path: string, flags = 0): FileDescriptor {
  const result = systemCall('openat', AT_FDCWD, toCString(path), O_CLOEXEC | flags, 0);
  return new FileDescriptor(requireResult(result, { syscall: 'open', action: `open ${quote(path)}` }));
}
