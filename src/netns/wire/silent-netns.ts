import { errnoOf } from '../../core/kernel-error.js';
import { Netns } from '../netns.js';

/** A namespace for the inner ends of links, where no protocol adds a frame of its own. @throws KernelError as `Netns.create` */
export function createSilentNetns(): Netns {
  const netns = Netns.create();
  try {
    // IPv6 looks for routers and tells of its groups on every interface that is up.
    netns.sysctl.write('net.ipv6.conf.default.disable_ipv6', 1);
    return netns;
  } catch (error) {
    // A kernel without IPv6 is silent already.
    if (errnoOf(error) === 'ENOENT') return netns;
    netns.close();
    throw error;
  }
}
