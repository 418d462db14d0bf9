import { toCString } from './c-struct.js';
import { FileDescriptor } from './file-descriptor.js';
import { requireResult, systemCall } from './system-call.js';

/** include/uapi/linux/mount.h */
const FSOPEN_CLOEXEC = 1;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const FSMOUNT_CLOEXEC = 1;

/**
 * Makes a new file system that is mounted nowhere: only who has the file descriptor can reach it, as
 * `/proc/self/fd/<number>/…`, and it ends with the last descriptor, whatever kills the process.
 *
 * @param settings - What `mount -o` takes: `{ size: '1m' }`.
 * @throws KernelError EPERM without CAP_SYS_ADMIN, ENODEV for an unknown type, EINVAL for a setting, ENOSYS before Linux 5.2
 */
export function mountDetached(type: string, settings: Readonly<Record<string, string>> = {}): FileDescriptor {
  const action = `mount a private ${type}`;
  const opened = requireResult(systemCall('fsopen', toCString(type), FSOPEN_CLOEXEC), { syscall: 'fsopen', action });
  using context = new FileDescriptor(opened);
  for (const [name, value] of Object.entries(settings)) {
    const set = systemCall('fsconfig', context.number, FSCONFIG_SET_STRING, toCString(name), toCString(value), 0);
    requireResult(set, { syscall: 'fsconfig(FSCONFIG_SET_STRING)', action: `${action} with ${name}=${value}` });
  }
  const created = systemCall('fsconfig', context.number, FSCONFIG_CMD_CREATE, null, null, 0);
  requireResult(created, { syscall: 'fsconfig(FSCONFIG_CMD_CREATE)', action });
  const mounted = systemCall('fsmount', context.number, FSMOUNT_CLOEXEC, 0);
  return new FileDescriptor(requireResult(mounted, { syscall: 'fsmount', action }));
}
