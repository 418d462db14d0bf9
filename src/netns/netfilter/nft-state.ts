import { Attributes } from '../netlink/attributes.js';
import { type NetlinkMessage, readHeader } from '../netlink/message.js';
import { findFamily, NFGEN_HEADER_BYTES, type NftFamily, typeOf } from './nft-message.js';
import {
  hooksOf,
  NFTA_CHAIN,
  NFTA_EXPR,
  NFTA_HOOK,
  NFTA_LIST_ELEM,
  NFTA_RULE,
  type NftHook,
  UDATA_COMMENT,
} from './nft-requests.js';

const NFTA_DATA_VERDICT = 2;
const NFTA_VERDICT_CODE = 1;
const COUNTER = { BYTES: 1, PACKETS: 2 } as const;
const NFTA_IMMEDIATE_DATA = 2;
/** NF_* of include/uapi/linux/netfilter.h, and NFT_* as they stand in 32 bits. */
const VERDICTS: ReadonlyMap<number, NftVerdict> = new Map([
  [0, 'drop'],
  [1, 'accept'],
  [3, 'queue'],
  [-1, 'continue'],
  [-3, 'jump'],
  [-4, 'goto'],
  [-5, 'return'],
]);

/** What a rule does with a packet that it matches; `reject` drops and answers. */
export type NftVerdict = 'drop' | 'accept' | 'queue' | 'continue' | 'jump' | 'goto' | 'return' | 'reject';

/** A chain as the kernel lists it. */
export interface NftChainState {
  readonly family: NftFamily | undefined;
  readonly table: string;
  readonly chain: string;
  /** Where packets come to it; `undefined` for one that others jump to. */
  readonly hook: NftHook | undefined;
  readonly devices: readonly string[];
  readonly policy: 'drop' | 'accept' | undefined;
}

/** A rule as the kernel lists it. */
export interface NftRuleState {
  readonly family: NftFamily | undefined;
  readonly table: string;
  readonly chain: string;
  readonly handle: bigint;
  readonly comment: string | undefined;
  /** Of the first counter among its steps, if it has one. */
  readonly counter: { readonly packets: number; readonly bytes: number } | undefined;
  /** `undefined` for a rule that only counts, or does what is not known here. */
  readonly verdict: NftVerdict | undefined;
  /** The names of its steps, in their order. */
  readonly steps: readonly string[];
}

/** @throws KernelError EBADMSG */
export function decodeChain(message: NetlinkMessage): NftChainState {
  const family = findFamily(readHeader(message, 'a chain', NFGEN_HEADER_BYTES).getUint8(0));
  const attributes = new Attributes(message.payload.subarray(NFGEN_HEADER_BYTES));
  const hook = attributes.nested(NFTA_CHAIN.HOOK);
  const number = hook?.u32Be(NFTA_HOOK.HOOKNUM);
  const device = hook?.string(NFTA_HOOK.DEV);
  const policy = attributes.u32Be(NFTA_CHAIN.POLICY);
  return {
    family,
    table: attributes.string(NFTA_CHAIN.TABLE) ?? '',
    chain: attributes.string(NFTA_CHAIN.NAME) ?? '',
    hook: number === undefined ? undefined : hooksOf(family)[number],
    devices: device !== undefined ? [device] : (hook?.nested(NFTA_HOOK.DEVS)?.strings(1) ?? []),
    policy: policy === undefined ? undefined : policy === 0 ? 'drop' : 'accept',
  };
}

/** @throws KernelError EBADMSG */
export function decodeRule(message: NetlinkMessage): NftRuleState {
  const family = findFamily(readHeader(message, 'a rule', NFGEN_HEADER_BYTES).getUint8(0));
  const attributes = new Attributes(message.payload.subarray(NFGEN_HEADER_BYTES));
  const steps = (attributes.nested(NFTA_RULE.EXPRESSIONS)?.lists(NFTA_LIST_ELEM) ?? []).map((step) => ({
    name: step.string(NFTA_EXPR.NAME) ?? '',
    data: step.nested(NFTA_EXPR.DATA),
  }));
  const counter = steps.find(({ name }) => name === 'counter')?.data;
  return {
    family,
    table: attributes.string(NFTA_RULE.TABLE) ?? '',
    chain: attributes.string(NFTA_RULE.CHAIN) ?? '',
    handle: readU64(attributes.bytes(NFTA_RULE.HANDLE)),
    comment: decodeComment(attributes.bytes(NFTA_RULE.USERDATA)),
    counter: counter && {
      packets: Number(readU64(counter.bytes(COUNTER.PACKETS))),
      bytes: Number(readU64(counter.bytes(COUNTER.BYTES))),
    },
    verdict: findVerdict(steps),
    steps: steps.map(({ name }) => name),
  };
}

export function decodeChains(messages: readonly NetlinkMessage[]): readonly NftChainState[] {
  return messages.filter(({ type }) => type === typeOf('NEWCHAIN')).map(decodeChain);
}

export function decodeRules(messages: readonly NetlinkMessage[]): readonly NftRuleState[] {
  return messages.filter(({ type }) => type === typeOf('NEWRULE')).map(decodeRule);
}

function findVerdict(
  steps: readonly { readonly name: string; readonly data: Attributes | undefined }[],
): NftVerdict | undefined {
  for (const { name, data } of steps) {
    if (name === 'reject') return 'reject';
    const verdict = name === 'immediate' ? data?.nested(NFTA_IMMEDIATE_DATA)?.nested(NFTA_DATA_VERDICT) : undefined;
    const code = verdict?.u32Be(NFTA_VERDICT_CODE);
    if (code !== undefined) return VERDICTS.get(code | 0);
  }
  return undefined;
}

function decodeComment(userdata: Uint8Array | undefined): string | undefined {
  for (let at = 0; userdata !== undefined && at + 2 <= userdata.length; at += 2 + (userdata[at + 1] ?? 0)) {
    if (userdata[at] !== UDATA_COMMENT) continue;
    const text = userdata.subarray(at + 2, at + 2 + (userdata[at + 1] ?? 0));
    const end = text.indexOf(0);
    return new TextDecoder().decode(end < 0 ? text : text.subarray(0, end));
  }
  return undefined;
}

function readU64(bytes: Uint8Array | undefined): bigint {
  if (bytes === undefined || bytes.length < 8) return 0n;
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
}
