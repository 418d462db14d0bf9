import { NetlinkSocket } from '../../native/netlink-socket.js';
import { NetlinkConversation } from '../../netns/netlink/conversation.js';
import { encodeSetLink } from '../../netns/netlink/link-requests.js';

/** Of every network namespace. */
const LOOPBACK_INDEX = 1;

/** Programs that speak with themselves expect 127.0.0.1, and a new network has it only once the loopback is up. */
export function setLoopbackUp(): void {
  using socket = new NetlinkSocket();
  new NetlinkConversation(socket).request(encodeSetLink({ index: LOOPBACK_INDEX, isUp: true }));
}
