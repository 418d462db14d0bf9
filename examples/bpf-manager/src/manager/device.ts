import type { Context } from '../context.js';
import { isErrno, ManagerError } from '../errors.js';
import type { Device } from '../model.js';

/** The device of a name, as it is now. */
export async function findDevice(
  { interfaces }: Context,
  interfaceName: string,
  netnsPath: string | undefined,
): Promise<Device> {
  const where = netnsPath === undefined ? '' : ` in network namespace ${netnsPath}`;
  try {
    const netns = await interfaces.netnsInode(netnsPath);
    const { index } = await interfaces.interfaceByName(interfaceName, netnsPath);
    return { interfaceName, ifindex: index, netnsPath, netns };
  } catch (error) {
    if (isErrno(error, 'ENODEV')) {
      throw new ManagerError('NOT_FOUND', `there is no interface "${interfaceName}"${where}`, { cause: error });
    }
    if (isErrno(error, 'ENOENT')) {
      throw new ManagerError('NOT_FOUND', `there is no network namespace at ${netnsPath}`, { cause: error });
    }
    throw error;
  }
}

/** Whether a device of the database is still there. */
export type DeviceState = 'present' | 'interface-gone' | 'netns-gone';

export async function deviceState({ interfaces }: Context, device: Device): Promise<DeviceState> {
  try {
    // Another namespace may have come to the same path.
    if ((await interfaces.netnsInode(device.netnsPath)) !== device.netns) return 'netns-gone';
    await interfaces.interfaceByIndex(device.ifindex, device.netnsPath);
    return 'present';
  } catch (error) {
    if (isErrno(error, 'ENODEV')) return 'interface-gone';
    if (isErrno(error, 'ENOENT')) return 'netns-gone';
    throw error;
  }
}
