import { existsSync } from 'node:fs';
import type { AttachedSpec } from '../../../container/attached-container.js';
import type { Engine } from '../../../container/connect-engine.js';
import type { ContainerRequest } from './read-container-flags.js';

const TUN = '/dev/net/tun';

/** What the engine lets nobody change in a container, but for the settings of its network, which are its own. */
const READ_ONLY = [
  ...['bus', 'fs', 'irq', 'sysrq-trigger'].map((name) => `/proc/${name}`),
  ...['abi', 'crypto', 'debug', 'dev', 'fs', 'kernel', 'sunrpc', 'user', 'vm'].map((name) => `/proc/sys/${name}`),
];

/** What a command may do. Who may change the network of the container may do so by its settings and its devices, too. */
export function planRights(
  { capabilities, isPrivileged }: Pick<ContainerRequest, 'capabilities' | 'isPrivileged'>,
  { isLocal }: Pick<Engine, 'isLocal'>,
): Pick<AttachedSpec, 'addCapabilities' | 'isPrivileged' | 'readonlyPaths' | 'devices'> {
  const isOfNetworks = capabilities.some((name) => name === 'NET_ADMIN' || name === 'ALL');
  return {
    addCapabilities: capabilities,
    isPrivileged,
    ...(isOfNetworks && !isPrivileged
      ? { readonlyPaths: READ_ONLY, devices: isLocal && existsSync(TUN) ? [TUN] : [] }
      : {}),
  };
}
