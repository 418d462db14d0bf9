import { decodeAcknowledgement, toKernelError } from '../../netns/netlink/acknowledgement.js';
import {
  decodeMessages,
  encodeMessages,
  type NetlinkMessage,
  type NetlinkRequest,
  NLM_F,
  NLMSG,
} from '../../netns/netlink/message.js';
import type { VmAgent } from '../agent/vm-agent.js';

const NETLINK_ROUTE = 0;

/** Does many things in a guest, in their order. @throws KernelError of the first that the guest's kernel refuses */
export async function requestInGuest(agent: VmAgent, requests: readonly NetlinkRequest[]): Promise<void> {
  const numbered = requests.map((request, index) => ({
    request,
    sequence: index + 1,
    flags: (request.flags & ~NLM_F.ECHO) | NLM_F.REQUEST | NLM_F.ACK,
  }));
  const answer = await agent.netlink(NETLINK_ROUTE, encodeMessages(numbered));
  for (const message of decodeMessages(answer)) {
    const request = requests[message.sequence - 1];
    if (message.type !== NLMSG.ERROR || request === undefined) continue;
    const error = toKernelError(decodeAcknowledgement(message), request);
    if (error !== undefined) throw error;
  }
}

/** Lists what a guest has. @throws KernelError */
export async function dumpInGuest(agent: VmAgent, request: NetlinkRequest): Promise<readonly NetlinkMessage[]> {
  const flags = request.flags | NLM_F.REQUEST | NLM_F.DUMP;
  const answer = await agent.netlink(NETLINK_ROUTE, encodeMessages([{ request, sequence: 1, flags }]));
  const messages: NetlinkMessage[] = [];
  for (const message of decodeMessages(answer)) {
    if (message.type !== NLMSG.ERROR && message.type !== NLMSG.DONE) messages.push(message);
    else {
      const error = toKernelError(decodeAcknowledgement(message), request);
      if (error !== undefined) throw error;
    }
  }
  return messages;
}
