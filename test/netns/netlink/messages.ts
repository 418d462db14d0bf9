import type { NetlinkMessage, NetlinkRequest } from '../../../src/netns/netlink/message.js';

const RTM_NEWLINK = 16;

/** A message of the kernel's, of some type. */
export function tell(type: number, payload: Uint8Array): NetlinkMessage {
  return { type, flags: 2, sequence: 1, portId: 0, payload };
}

/** A message of the kernel's about a link. */
export function tellLink(payload: Uint8Array): NetlinkMessage {
  return tell(RTM_NEWLINK, payload);
}

/** What was asked for as the kernel would tell it. */
export function answer({ type, payload }: NetlinkRequest): NetlinkMessage {
  return tell(type, payload);
}

/** The header of a message about a link, in hexadecimal. */
export function linkHeader(index: string, flags = '00000000', mask = '00000000'): string {
  return `00000000 ${index} ${flags} ${mask}`;
}
