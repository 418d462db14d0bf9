import type { AttributeWriter } from '../netlink/attribute-writer.js';
import { type NetlinkRequest, NLM_F } from '../netlink/message.js';
import type { Expression } from './expressions.js';
import { createNftRequest, type NftFamily } from './nft-message.js';

/** Attributes of include/uapi/linux/netfilter/nf_tables.h. */
export const NFTA_TABLE_NAME = 1;
const NFTA_TABLE_FLAGS = 2;
const NFT_TABLE_F_OWNER = 2;
export const NFTA_CHAIN = { TABLE: 1, NAME: 3, HOOK: 4, POLICY: 5, TYPE: 7 } as const;
export const NFTA_HOOK = { HOOKNUM: 1, PRIORITY: 2, DEV: 3, DEVS: 4 } as const;
export const NFTA_RULE = { TABLE: 1, CHAIN: 2, HANDLE: 3, EXPRESSIONS: 4, USERDATA: 7 } as const;
export const NFTA_LIST_ELEM = 1;
export const NFTA_EXPR = { NAME: 1, DATA: 2 } as const;
/** NFTNL_UDATA_RULE_COMMENT of libnftnl, which nft(8) prints. */
export const UDATA_COMMENT = 0;

/** Where packets come to a chain. */
export type NftHook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress' | 'egress';

/** enum nf_inet_hooks, and those of devices: NF_NETDEV_*. */
const IP_HOOKS: readonly NftHook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress'];
const DEVICE_HOOKS: readonly NftHook[] = ['ingress', 'egress'];

/** The hooks of a family, at their numbers. */
export function hooksOf(family: NftFamily | undefined): readonly NftHook[] {
  return family === 'netdev' ? DEVICE_HOOKS : IP_HOOKS;
}

export interface NftTable {
  readonly family: NftFamily;
  readonly table: string;
}

export interface AddTableOptions extends NftTable {
  readonly isOwned?: boolean;
}

export interface NftChain extends NftTable {
  readonly chain: string;
}

export interface AddChainOptions extends NftChain {
  readonly hook: NftHook;
  /** Lower is earlier; that of a filter is 0. */
  readonly priority: number;
  /** Of the family `netdev`. */
  readonly device?: string;
}

export interface AddRuleOptions extends NftChain {
  readonly expressions: readonly Expression[];
  /** What nft(8) prints. At most 254 bytes. */
  readonly comment?: string;
}

/**
 * Adds a table, or leaves the one that is there. One that is owned is changed by the socket alone that added it, and goes
 * with that: from Linux 5.12 on, before EOPNOTSUPP.
 */
export function encodeAddTable({ family, table, isOwned = false }: AddTableOptions): NetlinkRequest {
  return createNftRequest('NEWTABLE', family, `add table ${family} ${table}`, {
    flags: NLM_F.CREATE,
    write: (payload) => {
      payload.string(NFTA_TABLE_NAME, table);
      if (isOwned) payload.u32Be(NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER);
    },
  });
}

/** Deletes a table with all in it. ENOENT (net/netfilter/nf_tables_api.c, nf_tables_deltable). */
export function encodeDeleteTable({ family, table }: NftTable): NetlinkRequest {
  return createNftRequest('DELTABLE', family, `delete table ${family} ${table}`, {
    write: (payload) => payload.string(NFTA_TABLE_NAME, table),
  });
}

/** Adds a chain that packets come to, and that lets them pass. One that is there is left, if it is the same. */
export function encodeAddChain(options: AddChainOptions): NetlinkRequest {
  const { family, table, chain, hook, priority, device } = options;
  return createNftRequest('NEWCHAIN', family, `add chain ${family} ${table} ${chain}`, {
    flags: NLM_F.CREATE,
    write: (payload) =>
      payload
        .string(NFTA_CHAIN.TABLE, table)
        .string(NFTA_CHAIN.NAME, chain)
        .nested(NFTA_CHAIN.HOOK, (nested) => {
          nested.u32Be(NFTA_HOOK.HOOKNUM, hooksOf(family).indexOf(hook));
          nested.u32Be(NFTA_HOOK.PRIORITY, priority >>> 0);
          if (device !== undefined) nested.string(NFTA_HOOK.DEV, device);
        })
        .string(NFTA_CHAIN.TYPE, 'filter'),
  });
}

/** Adds a rule behind those of its chain. The answer, an echo, has its handle. */
export function encodeAddRule({ family, table, chain, expressions, comment }: AddRuleOptions): NetlinkRequest {
  return createNftRequest('NEWRULE', family, `add a rule to chain ${family} ${table} ${chain}`, {
    flags: NLM_F.CREATE | NLM_F.APPEND | NLM_F.ECHO,
    write: (payload) => {
      payload
        .string(NFTA_RULE.TABLE, table)
        .string(NFTA_RULE.CHAIN, chain)
        .nested(NFTA_RULE.EXPRESSIONS, (list) => {
          for (const expression of expressions)
            list.nested(NFTA_LIST_ELEM, (each) => writeExpression(each, expression));
        });
      if (comment !== undefined) payload.bytes(NFTA_RULE.USERDATA, encodeComment(comment));
    },
  });
}

/** Deletes a rule by the handle that it has in its table. ENOENT. */
export function encodeDeleteRule({ family, table, chain }: NftChain, handle: bigint): NetlinkRequest {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, handle);
  return createNftRequest('DELRULE', family, `delete rule ${handle} of chain ${family} ${table} ${chain}`, {
    write: (payload) =>
      payload.string(NFTA_RULE.TABLE, table).string(NFTA_RULE.CHAIN, chain).bytes(NFTA_RULE.HANDLE, bytes),
  });
}

/** Lists the chains of all families. */
export function encodeListChains(): NetlinkRequest {
  return createNftRequest('GETCHAIN', undefined, 'list chains');
}

/** Lists the rules of all families, or of one chain. */
export function encodeListRules(chain?: NftChain): NetlinkRequest {
  if (chain === undefined) return createNftRequest('GETRULE', undefined, 'list rules');
  return createNftRequest('GETRULE', chain.family, `list the rules of chain ${chain.chain}`, {
    write: (payload) => payload.string(NFTA_RULE.TABLE, chain.table).string(NFTA_RULE.CHAIN, chain.chain),
  });
}

function writeExpression(element: AttributeWriter, { name, write }: Expression): void {
  element.string(NFTA_EXPR.NAME, name).nested(NFTA_EXPR.DATA, (data) => write(data));
}

/** Type, length, and a string that ends with a NUL. */
function encodeComment(comment: string): Uint8Array {
  const text = new TextEncoder().encode(comment).subarray(0, 254);
  return Uint8Array.of(UDATA_COMMENT, text.length + 1, ...text, 0);
}
