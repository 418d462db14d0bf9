import { UnsupportedError } from '../core/errors.js';
import { errnoOf } from '../core/kernel-error.js';
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
 * @throws UnsupportedError without /dev/net/tun, or where it may not be opened
 * @throws KernelError EPERM without CAP_NET_ADMIN, EBUSY for a name that is taken
 */
export function openTap(name: string, device = '/dev/net/tun'): FileDescriptor {
  const fd = openDevice(device);
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

/** What lets a device file be opened that cannot be: include/uapi/linux/major.h, MISC_MAJOR; include/linux/miscdevice.h, TUN_MINOR. */
const FIXES: Readonly<Record<string, string>> = {
  ENOENT:
    "as root, sh -c 'mkdir -p /dev/net && mknod -m 0666 /dev/net/tun c 10 200'; a container is started with --device /dev/net/tun",
  ENODEV: 'as root, modprobe tun, or boot a kernel that has it (CONFIG_TUN)',
  ENXIO: 'as root, modprobe tun, or boot a kernel that has it (CONFIG_TUN)',
  EACCES: 'as root, chmod 0666 /dev/net/tun, which is how most systems have it',
  EPERM: 'start the container with --device /dev/net/tun',
};

function openDevice(device: string): FileDescriptor {
  try {
    return openPath(device, O_RDWR);
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    const fix = FIXES[errno];
    if (fix === undefined) throw error;
    const reason = `${device} cannot be opened (${errno})`;
    throw new UnsupportedError({ capability: 'tun', reason, fix }, { cause: error });
  }
}
