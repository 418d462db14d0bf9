import type { AttributeWriter } from '../netlink/attribute-writer.js';

/** One step of a rule: its name in the kernel, and its settings (include/uapi/linux/netfilter/nf_tables.h). */
export interface Expression {
  readonly name: string;
  readonly write: (data: AttributeWriter) => unknown;
}

/** NFTA_DATA_*: what a register is compared with, or a verdict. */
const DATA = { VALUE: 1, VERDICT: 2 } as const;
const NFTA_VERDICT_CODE = 1;
const NF_DROP = 0;
/** NFT_REG_VERDICT, and the one register of 16 bytes that is in use: it is enough for an address of IPv6. */
const REGISTER = { verdict: 0, value: 1 } as const;

/** NFT_META_*: what is known of a packet without looking into it. */
const META_KEY = { protocol: 1, nfproto: 15, l4proto: 16 } as const;
/** NFT_PAYLOAD_*_HEADER */
const PAYLOAD_BASE = { link: 0, network: 1, transport: 2 } as const;
/** NFT_CMP_* */
const COMPARISON = { equal: 0, notEqual: 1, less: 2 } as const;
/** NFT_NG_RANDOM; NFT_BYTEORDER_HTON */
const NUMBER_RANDOM = 1;
const TO_NETWORK_ORDER = 1;
/** NFT_REJECT_* */
const REJECT = { tcpReset: 1, icmpx: 2 } as const;

/** How a firewall says no. The last four are ICMP, of the family of the packet. */
export type RejectAnswer =
  | 'tcp-reset'
  | 'port-unreachable'
  | 'host-unreachable'
  | 'net-unreachable'
  | 'admin-prohibited';

/** NFT_REJECT_ICMPX_* */
const ICMPX: Readonly<Record<Exclude<RejectAnswer, 'tcp-reset'>, number>> = {
  'net-unreachable': 0,
  'port-unreachable': 1,
  'host-unreachable': 2,
  'admin-prohibited': 3,
};

export const REJECT_ANSWERS: readonly RejectAnswer[] = [
  'tcp-reset',
  'port-unreachable',
  'host-unreachable',
  'net-unreachable',
  'admin-prohibited',
];

export function loadMeta(key: keyof typeof META_KEY): Expression {
  return { name: 'meta', write: (data) => data.u32Be(1, REGISTER.value).u32Be(2, META_KEY[key]) };
}

/** Bytes of a header; a packet that does not have it matches nothing. */
export function loadPayload(base: keyof typeof PAYLOAD_BASE, offsetBytes: number, lengthBytes: number): Expression {
  return {
    name: 'payload',
    write: (data) =>
      data.u32Be(1, REGISTER.value).u32Be(2, PAYLOAD_BASE[base]).u32Be(3, offsetBytes).u32Be(4, lengthBytes),
  };
}

/** Goes on only if what was loaded compares so, byte by byte from the front. */
export function compare(operator: keyof typeof COMPARISON, value: Uint8Array): Expression {
  return {
    name: 'cmp',
    write: (data) =>
      data
        .u32Be(1, REGISTER.value)
        .u32Be(2, COMPARISON[operator])
        .nested(3, (nested) => nested.bytes(DATA.VALUE, value)),
  };
}

/** Keeps those bits of what was loaded. */
export function maskWith(mask: Uint8Array): Expression {
  return {
    name: 'bitwise',
    write: (data) =>
      data
        .u32Be(1, REGISTER.value)
        .u32Be(2, REGISTER.value)
        .u32Be(3, mask.length)
        .nested(4, (nested) => nested.bytes(DATA.VALUE, mask))
        .nested(5, (nested) => nested.bytes(DATA.VALUE, new Uint8Array(mask.length))),
  };
}

/** Goes on with so many of a million packets, by chance. */
export function passPartsPerMillion(parts: number): readonly Expression[] {
  const limit = new Uint8Array(4);
  new DataView(limit.buffer).setUint32(0, parts);
  return [
    {
      name: 'numgen',
      write: (data) => data.u32Be(1, REGISTER.value).u32Be(2, 1_000_000).u32Be(3, NUMBER_RANDOM).u32Be(4, 0),
    },
    // The number is in the order of the machine, and comparisons are by bytes.
    {
      name: 'byteorder',
      write: (data) =>
        data.u32Be(1, REGISTER.value).u32Be(2, REGISTER.value).u32Be(3, TO_NETWORK_ORDER).u32Be(4, 4).u32Be(5, 4),
    },
    compare('less', limit),
  ];
}

/** Counts what comes here. */
export function count(): Expression {
  return { name: 'counter', write: () => undefined };
}

export function drop(): Expression {
  return {
    name: 'immediate',
    write: (data) =>
      data
        .u32Be(1, REGISTER.verdict)
        .nested(2, (nested) => nested.nested(DATA.VERDICT, (verdict) => verdict.u32Be(NFTA_VERDICT_CODE, NF_DROP))),
  };
}

/** Drops, and answers. A reset answers only TCP. */
export function reject(answer: RejectAnswer): Expression {
  return {
    name: 'reject',
    write: (data) =>
      answer === 'tcp-reset' ? data.u32Be(1, REJECT.tcpReset) : data.u32Be(1, REJECT.icmpx).u8(2, ICMPX[answer]),
  };
}
