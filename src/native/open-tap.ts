import { CStruct } from './c-struct.js';
import type { FileDescriptor } from './file-descriptor.js';
import { openPath } from './open-path.js';
import { requireResult, systemCall } from './system-call.js';

/** include/uapi/asm-generic/fcntl.h */
const O_RDWR = 2;
/** include/uapi/linux/if_tun.h */
const TUNSETIFF = 0x400454ca;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const IFREQ_BYTES = 40;
const IFNAMSIZ = 16;

/**
 * A new interface in the namespace of the caller, whose frames are read from and written to the descriptor, one at a
 * time and whole; it is gone with the last descriptor.
 *
 * @throws KernelError ENOENT without /dev/net/tun, EPERM without CAP_NET_ADMIN, EBUSY for a name that is taken
 */
export function openTap(name: string): FileDescriptor {
  const fd = openPath('/dev/net/tun', O_RDWR);
  const request = new CStruct(IFREQ_BYTES).text(0, IFNAMSIZ, name).u16(IFNAMSIZ, IFF_TAP | IFF_NO_PI);
  try {
    const result = systemCall('ioctl', fd.number, TUNSETIFF, request);
    requireResult(result, { syscall: 'ioctl(TUNSETIFF)', action: `create the interface ${name}` });
    return fd;
  } catch (error) {
    fd.close();
    throw error;
  }
}
