import { NetlinkSocket } from '../../native/netlink-socket.js';
import { createNetns, runInNetns } from '../../native/netns.js';
import { NetlinkConversation } from '../../netns/netlink/conversation.js';
import { encodeCreateVeth } from '../../netns/netlink/veth.js';

/** Far above the indexes of the devices that some kernels put into every namespace. */
export const VETH_INDEX = 1000;

/**
 * Runs a synchronous function in a network namespace of its own, which is gone, with all that is in it, afterwards.
 *
 * @throws KernelError EPERM without CAP_SYS_ADMIN
 */
export function inPrivateNetwork<R>(run: (netlink: NetlinkConversation) => R): R {
  using netns = createNetns();
  return runInNetns(netns.number, () => {
    using socket = new NetlinkSocket();
    return run(new NetlinkConversation(socket));
  });
}

/** The same, with a veth pair in it: `gb0`, of index {@link VETH_INDEX}, and `gb1`. */
export function withVeth<R>(run: (netlink: NetlinkConversation) => R): R {
  return inPrivateNetwork((netlink) => {
    netlink.request(encodeCreateVeth({ name: 'gb0', index: VETH_INDEX, peer: { name: 'gb1', index: VETH_INDEX + 1 } }));
    return run(netlink);
  });
}
