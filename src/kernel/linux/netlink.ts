import { NetlinkSocket } from '../../native/netlink-socket.js';
import { NetlinkConversation } from '../../netns/netlink/conversation.js';

/** Talks to rtnetlink in the namespace and with the rights that the calling thread has right now. */
export function withNetlink<R>(talk: (netlink: NetlinkConversation) => R): R {
  using socket = new NetlinkSocket();
  return talk(new NetlinkConversation(socket));
}
