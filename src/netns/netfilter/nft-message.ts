import { AttributeWriter } from '../netlink/attribute-writer.js';
import type { NetlinkRequest } from '../netlink/message.js';

/** The family of netlink that requests to nf_tables go to. */
export const NETLINK_NETFILTER = 12;
/** include/uapi/linux/netfilter/nfnetlink.h */
const NFNL_SUBSYS_NFTABLES = 10;
const NFNL_MSG_BATCH = { BEGIN: 0x10, END: 0x11 } as const;
/** struct nfgenmsg: family, version, resource in network order. */
export const NFGEN_HEADER_BYTES = 4;

/** NFT_MSG_* of include/uapi/linux/netfilter/nf_tables.h. */
const NFT_MSG = { NEWTABLE: 0, DELTABLE: 2, NEWCHAIN: 3, GETCHAIN: 4, NEWRULE: 6, GETRULE: 7, DELRULE: 8 } as const;

/** Which packets a table sees: `inet` those of IPv4 and IPv6, `netdev` every frame of a device. */
export type NftFamily = 'inet' | 'ip' | 'arp' | 'netdev' | 'bridge' | 'ip6';

/** NFPROTO_* */
const FAMILIES: readonly (readonly [NftFamily, number])[] = [
  ['inet', 1],
  ['ip', 2],
  ['arp', 3],
  ['netdev', 5],
  ['bridge', 7],
  ['ip6', 10],
];
const EVERY_FAMILY = 0;

export function findFamily(number: number): NftFamily | undefined {
  return FAMILIES.find(([, each]) => each === number)?.[0];
}

/** The type of messages that answer, or that ask. */
export function typeOf(name: keyof typeof NFT_MSG): number {
  return (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG[name];
}

/** A request to nf_tables; without a family, about those of all. */
export function createNftRequest(
  name: keyof typeof NFT_MSG,
  family: NftFamily | undefined,
  action: string,
  options: { readonly flags?: number; readonly write?: (payload: AttributeWriter) => unknown } = {},
): NetlinkRequest {
  const number = FAMILIES.find(([each]) => each === family)?.[1] ?? EVERY_FAMILY;
  const writer = new AttributeWriter(Uint8Array.of(number, 0, 0, 0));
  options.write?.(writer);
  return { name: `NFT_MSG_${name}`, type: typeOf(name), flags: options.flags ?? 0, payload: writer.finish(), action };
}

/** What stands around requests that are done all together or not at all. */
export function createBatchMark(which: keyof typeof NFNL_MSG_BATCH, action: string): NetlinkRequest {
  return {
    name: `NFNL_MSG_BATCH_${which}`,
    type: NFNL_MSG_BATCH[which],
    flags: 0,
    payload: Uint8Array.of(0, 0, 0, NFNL_SUBSYS_NFTABLES),
    action,
  };
}
