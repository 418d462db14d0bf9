import type { KernelError } from '../../core/kernel-error.js';
import { decodeAcknowledgement, toKernelError } from '../netlink/acknowledgement.js';
import {
  decodeMessages,
  encodeMessages,
  type NetlinkMessage,
  type NetlinkRequest,
  NLM_F,
  NLMSG,
} from '../netlink/message.js';
import type { NetlinkTransport } from '../netlink/transport.js';
import { createBatchMark } from './nft-message.js';

/**
 * Does requests all together or not at all, and returns their echoes. For a socket that is used for nothing else, or with
 * a `start` beyond the numbers that it has had, of which each request takes one, and the batch two: old
 * kernels do not acknowledge the end of a batch, and new ones may say more than is read here
 * (net/netfilter/nfnetlink.c, nfnetlink_rcv_batch).
 *
 * @throws KernelError of the first request that the kernel refuses; EPERM without CAP_NET_ADMIN; EOPNOTSUPP without
 * nf_tables
 */
export function commitNft(
  transport: NetlinkTransport,
  requests: readonly NetlinkRequest[],
  start = 0,
): readonly NetlinkMessage[] {
  const [first] = requests;
  if (first === undefined) return [];
  const all = [createBatchMark('BEGIN', first.action), ...requests, createBatchMark('END', first.action)];
  const last = start + requests.length;
  const numbered = all.map((request, index) => ({
    request,
    sequence: start + index,
    flags: request.flags | NLM_F.REQUEST | (start + index === last ? NLM_F.ACK : 0),
  }));
  transport.send(encodeMessages(numbered));
  const answers: NetlinkMessage[] = [];
  let failure: KernelError | undefined;
  for (;;) {
    for (const message of decodeMessages(transport.receive())) {
      const request = all[message.sequence - start];
      if (request === undefined) continue;
      if (message.type !== NLMSG.ERROR) {
        answers.push({ ...message, payload: message.payload.slice() });
        continue;
      }
      failure ??= toKernelError(decodeAcknowledgement(message), request);
      // What is said of the batch's beginning is said of all of it.
      if (message.sequence !== last && message.sequence !== start) continue;
      if (failure !== undefined) throw failure;
      return answers;
    }
  }
}
