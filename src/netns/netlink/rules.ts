import { decodeFamily, encodeFamily } from './address-family.js';
import { AttributeWriter } from './attribute-writer.js';
import { Attributes } from './attributes.js';
import { findChoiceProblems, findOptionalRangeProblems, type Range, throwProblems, U32_RANGE } from './checks.js';
import type { IpFamily } from './ip-address.js';
import { findPrefixProblems, parseIpPrefix } from './ip-prefix.js';
import { findNameProblems } from './link-settings.js';
import { malformed } from './malformed.js';
import { createRequest, type NetlinkMessage, type NetlinkRequest, NLM_F, RTM, readHeader } from './message.js';
import { NumberNames } from './number-names.js';
import { decodePrefix } from './route.js';
import { ROUTE_TABLES } from './route-header.js';

/** struct fib_rule_hdr: family, lengths of destination and source, tos, table, padding, action, flags. */
const HEADER_BYTES = 12;
/** include/uapi/linux/fib_rules.h, FRA_*. */
const FRA = { DST: 1, SRC: 2, IIFNAME: 3, PRIORITY: 6, FWMARK: 10, TABLE: 15, FWMASK: 16, OIFNAME: 17 } as const;

const NUMBER_RANGE: Range = [0, 0xffffffff];

/** What a rule does with a packet that it is for. `goto` and `nop` are only read. */
export type RuleAction = 'table' | 'goto' | 'nop' | 'blackhole' | 'unreachable' | 'prohibit';

/** FR_ACT_* */
const ACTIONS: NumberNames<RuleAction> = new NumberNames([
  ['table', 1],
  ['goto', 2],
  ['nop', 3],
  ['blackhole', 6],
  ['unreachable', 7],
  ['prohibit', 8],
]);

/** A rule: which packets it is for, and which table they are routed by. To remove, all that is given must be the same. */
export interface RuleOptions {
  readonly family: IpFamily;
  /** The lowest is asked first; 0 is local, 32766 main, 32767 default. @defaultValue chosen by the kernel, before all but local */
  readonly priority?: number;
  /** A prefix that the source is in: `192.0.2.0/24`. @defaultValue any */
  readonly from?: string;
  /** A prefix that the destination is in. @defaultValue any */
  readonly to?: string;
  /** The name of the link it came in by; `lo` for what is sent from here. @defaultValue any */
  readonly incomingInterface?: string;
  /** The name of the link that its socket is bound to. @defaultValue any */
  readonly outgoingInterface?: string;
  /** The mark, of the bits of `markMask`. @defaultValue any */
  readonly mark?: number;
  /** @defaultValue 4294967295, all bits */
  readonly markMask?: number;
  /** @defaultValue 254, main */
  readonly table?: number;
  /** @defaultValue 'table' */
  readonly action?: Exclude<RuleAction, 'goto' | 'nop'>;
}

/** A rule as the kernel lists it. */
export interface RuleState {
  readonly family: IpFamily;
  readonly priority: number;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly incomingInterface: string | undefined;
  readonly outgoingInterface: string | undefined;
  readonly mark: number | undefined;
  readonly markMask: number | undefined;
  readonly table: number;
  readonly action: RuleAction | number;
}

/**
 * Adds a rule. EEXIST for one that is there already; EINVAL for a table of 0; EOPNOTSUPP for a kernel without rules
 * (net/core/fib_rules.c, fib_newrule).
 *
 * @throws UsageError
 */
export function encodeAddRule(options: RuleOptions): NetlinkRequest {
  throwProblems('encodeAddRule', findProblems(options));
  return createRequest('RTM_NEWRULE', encodeRule(options), `add ${describe(options)}`, NLM_F.CREATE | NLM_F.EXCL);
}

/** Removes the first rule that is like this. ENOENT (net/core/fib_rules.c, fib_delrule). @throws UsageError */
export function encodeRemoveRule(options: RuleOptions): NetlinkRequest {
  throwProblems('encodeRemoveRule', findProblems(options));
  return createRequest('RTM_DELRULE', encodeRule(options), `remove ${describe(options)}`);
}

/** Lists rules, for `dump` and {@link decodeRules}. @throws UsageError */
export function encodeListRules(options: { readonly family?: IpFamily } = {}): NetlinkRequest {
  throwProblems('encodeListRules', findChoiceProblems('family', options.family, ['ipv4', 'ipv6']));
  const header = new Uint8Array(HEADER_BYTES);
  header[0] = encodeFamily(options.family);
  return createRequest('RTM_GETRULE', header, 'list rules');
}

/** @throws KernelError EBADMSG, for a family that is not of IP too. */
export function decodeRule(message: NetlinkMessage): RuleState {
  const header = readHeader(message, 'a rule', HEADER_BYTES);
  const family = decodeFamily(header.getUint8(0));
  if (family === undefined) throw malformed('a rule', `Its family is ${header.getUint8(0)}, which is not of IP`);
  const attributes = new Attributes(message.payload.subarray(HEADER_BYTES));
  const prefixOf = (type: number, length: number) =>
    attributes.has(type) ? decodePrefix(attributes.bytes(type), family, length) : undefined;
  const action = header.getUint8(7);
  return {
    family,
    priority: attributes.u32(FRA.PRIORITY) ?? 0,
    from: prefixOf(FRA.SRC, header.getUint8(2)),
    to: prefixOf(FRA.DST, header.getUint8(1)),
    incomingInterface: attributes.string(FRA.IIFNAME),
    outgoingInterface: attributes.string(FRA.OIFNAME),
    mark: attributes.u32(FRA.FWMARK),
    markMask: attributes.u32(FRA.FWMASK),
    table: attributes.u32(FRA.TABLE) ?? header.getUint8(4),
    action: ACTIONS.nameOf(action) ?? action,
  };
}

/** The rules of a dump, without those that are not of IP. */
export function decodeRules(messages: readonly NetlinkMessage[]): readonly RuleState[] {
  return messages
    .filter(({ type, payload }) => type === RTM.RTM_NEWRULE && decodeFamily(payload[0]) !== undefined)
    .map(decodeRule);
}

function encodeRule(options: RuleOptions): Uint8Array {
  const { priority, incomingInterface, outgoingInterface, mark, markMask, action = 'table' } = options;
  const table = options.table ?? (action === 'table' ? ROUTE_TABLES.main : 0);
  const from = options.from === undefined ? undefined : parseIpPrefix(options.from);
  const to = options.to === undefined ? undefined : parseIpPrefix(options.to);
  const header = new Uint8Array(HEADER_BYTES);
  header.set([encodeFamily(options.family), to?.prefixLength ?? 0, from?.prefixLength ?? 0, 0]);
  // Tables over 255 have no room in the header.
  header.set([table > 255 ? 0 : table, 0, 0, ACTIONS.numberOf(action)], 4);
  const writer = new AttributeWriter(header);
  if (to !== undefined) writer.bytes(FRA.DST, to.bytes);
  if (from !== undefined) writer.bytes(FRA.SRC, from.bytes);
  if (incomingInterface !== undefined) writer.string(FRA.IIFNAME, incomingInterface);
  if (outgoingInterface !== undefined) writer.string(FRA.OIFNAME, outgoingInterface);
  if (priority !== undefined) writer.u32(FRA.PRIORITY, priority);
  if (mark !== undefined) writer.u32(FRA.FWMARK, mark);
  if (markMask !== undefined) writer.u32(FRA.FWMASK, markMask);
  if (table > 255) writer.u32(FRA.TABLE, table);
  return writer.finish();
}

function describe({ family, priority, from, to }: RuleOptions): string {
  return [
    `a rule of ${family}`,
    ...(priority === undefined ? [] : [`of priority ${priority}`]),
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(to === undefined ? [] : [`to ${to}`]),
  ].join(' ');
}

function findProblems(options: RuleOptions): readonly string[] {
  const { family, incomingInterface, outgoingInterface, markMask, mark, table, action } = options;
  const known = family === 'ipv4' || family === 'ipv6' ? family : undefined;
  return [
    ...(family === undefined ? ['family must be given'] : findChoiceProblems('family', family, ['ipv4', 'ipv6'])),
    ...findOptionalRangeProblems('priority', options.priority, NUMBER_RANGE),
    ...findPrefixProblems('from', options.from, known),
    ...findPrefixProblems('to', options.to, known),
    ...(incomingInterface === undefined ? [] : findNameProblems('incomingInterface', incomingInterface)),
    ...(outgoingInterface === undefined ? [] : findNameProblems('outgoingInterface', outgoingInterface)),
    ...findOptionalRangeProblems('mark', mark, NUMBER_RANGE),
    ...findOptionalRangeProblems('markMask', markMask, NUMBER_RANGE),
    ...(markMask !== undefined && mark === undefined ? ['markMask takes a mark beside it'] : []),
    ...findOptionalRangeProblems('table', table, U32_RANGE),
    ...findChoiceProblems('action', action, ['table', 'blackhole', 'unreachable', 'prohibit']),
  ];
}
