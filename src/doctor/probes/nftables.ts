import { CStruct } from '../../native/c-struct.js';
import { NetlinkSocket } from '../../native/netlink-socket.js';
import { decodeAcknowledgement, toKernelError } from '../../netns/netlink/acknowledgement.js';
import { AttributeWriter } from '../../netns/netlink/attribute-writer.js';
import { decodeMessages, encodeMessages, type NetlinkRequest, NLM_F, NLMSG } from '../../netns/netlink/message.js';

/** include/uapi/linux/netlink.h, netfilter/nfnetlink.h, netfilter/nf_tables.h */
const NETLINK_NETFILTER = 12;
const NFNL_SUBSYS_NFTABLES = 10;
const NFNL_MSG_BATCH_BEGIN = 16;
const NFNL_MSG_BATCH_END = 17;
const NFT_MSG_NEWTABLE = 0;
const NFTA_TABLE_NAME = 1;
const NFPROTO_INET = 1;

/** Where the table stands in the batch; the kernel answers it alone. */
const TABLE = 2;

/**
 * Creates an nftables table in the namespace of the calling thread. nftables takes changes in batches only, whose first
 * and last message older kernels do not acknowledge (net/netfilter/nfnetlink.c, nfnetlink_rcv_batch).
 *
 * @throws KernelError EPERM, EPROTONOSUPPORT or EINVAL without nftables
 */
export function createNftTable(name: string): void {
  using socket = new NetlinkSocket(NETLINK_NETFILTER);
  const table = request(
    (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWTABLE,
    new AttributeWriter(header(NFPROTO_INET)).string(NFTA_TABLE_NAME, name).finish(),
  );
  const frame = header(0).fill(NFNL_SUBSYS_NFTABLES, 3);
  socket.send(
    encodeMessages([
      { request: request(NFNL_MSG_BATCH_BEGIN, frame), sequence: TABLE - 1, flags: NLM_F.REQUEST },
      { request: table, sequence: TABLE, flags: NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE },
      { request: request(NFNL_MSG_BATCH_END, frame), sequence: TABLE + 1, flags: NLM_F.REQUEST },
    ]),
  );
  for (;;) {
    for (const message of decodeMessages(socket.receive())) {
      if (message.type !== NLMSG.ERROR) continue;
      // A batch that is refused as a whole is answered with the number of its first message.
      const error = toKernelError(decodeAcknowledgement(message), table);
      if (error !== undefined) throw error;
      if (message.sequence === TABLE) return;
    }
  }
}

function request(type: number, payload: Uint8Array): NetlinkRequest {
  return { name: 'NFT_MSG_NEWTABLE', type, flags: 0, payload, action: 'create an nftables table' };
}

/** struct nfgenmsg: family, version 0, and the subsystem in network order where a batch begins or ends. */
function header(family: number): Uint8Array {
  return new CStruct(4).u8(0, family).bytes;
}
