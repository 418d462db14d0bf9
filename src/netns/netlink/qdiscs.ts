import { AttributeWriter } from './attribute-writer.js';
import { Attributes } from './attributes.js';
import { findRangeProblems, INDEX_RANGE, throwProblems } from './checks.js';
import { decodeFqCodel, type FqCodelState } from './fq-codel.js';
import { createRequest, type NetlinkMessage, type NetlinkRequest, NLM_F, RTM } from './message.js';
import { decodeNetem, type NetemState } from './netem-state.js';
import { decodeQdiscStatistics, type QdiscStatistics } from './qdisc-statistics.js';
import { decodeTbf, type TbfState } from './tbf.js';
import { decodeTcHeader, encodeTcHeader, TC_H, TC_HEADER_BYTES, TCA } from './traffic-control.js';

/** A qdisc as the kernel lists it. */
export interface Qdisc {
  readonly ifindex: number;
  /** `clsact`, `noqueue`, `htb`… */
  readonly kind: string;
  /** `0xffff0000` is what `tc` prints as `ffff:`. */
  readonly handle: number;
  /** `0xffffffff` is root. */
  readonly parent: number;
  /** Everywhere but in the answers of some offloaded ones. */
  readonly statistics?: QdiscStatistics | undefined;
  /** What is particular to the kind of qdisc; `undefined` for other kinds. */
  readonly netem?: NetemState | undefined;
  readonly tbf?: TbfState | undefined;
  readonly fqCodel?: FqCodelState | undefined;
}

/** The device of a clsact qdisc. */
export interface ClsactOptions {
  readonly ifindex: number;
}

export interface CreateClsactOptions extends ClsactOptions {
  /** NLM_F_EXCL: EEXIST when it is there already, which else is left as it is. @defaultValue true */
  readonly exclusive?: boolean;
}

/**
 * Creates the clsact qdisc of a device, where filters hang. EEXIST, ENODEV (net/sched/sch_api.c, tc_modify_qdisc).
 *
 * @throws UsageError
 */
export function encodeCreateClsact(options: CreateClsactOptions): NetlinkRequest {
  throwProblems('encodeCreateClsact', findRangeProblems('ifindex', options.ifindex, INDEX_RANGE));
  const { ifindex, exclusive = true } = options;
  const header = encodeTcHeader({ ifindex, parent: TC_H.CLSACT, handle: TC_H.MAJOR_CLSACT });
  return createRequest(
    'RTM_NEWQDISC',
    new AttributeWriter(header).string(TCA.KIND, 'clsact').finish(),
    `create clsact on interface ${ifindex}`,
    NLM_F.CREATE | (exclusive ? NLM_F.EXCL : 0),
  );
}

/**
 * Deletes the clsact qdisc of a device, with all its filters. ENOENT, ENODEV (net/sched/sch_api.c, tc_get_qdisc).
 *
 * The request names the place and not the handle: with a handle Linux answers EINVAL, and not ENOENT, where there is none.
 *
 * @throws UsageError
 */
export function encodeDeleteClsact(options: ClsactOptions): NetlinkRequest {
  throwProblems('encodeDeleteClsact', findRangeProblems('ifindex', options.ifindex, INDEX_RANGE));
  const { ifindex } = options;
  const header = encodeTcHeader({ ifindex, parent: TC_H.CLSACT });
  return createRequest('RTM_DELQDISC', header, `delete clsact of interface ${ifindex}`);
}

/** Lists the qdiscs of all devices: Linux takes no notice of a device in a dump's request (tc_dump_qdisc). */
export function encodeListQdiscs(): NetlinkRequest {
  return createRequest('RTM_GETQDISC', encodeTcHeader({}), 'list qdiscs');
}

/** @throws KernelError EBADMSG */
export function decodeQdisc(message: NetlinkMessage): Qdisc {
  const { ifindex, handle, parent } = decodeTcHeader(message, 'a qdisc');
  const attributes = new Attributes(message.payload.subarray(TC_HEADER_BYTES));
  const kind = attributes.string(TCA.KIND) ?? '';
  const statistics = attributes.nested(TCA.STATS2);
  const options = attributes.bytes(TCA.OPTIONS);
  return {
    ifindex,
    kind,
    handle,
    parent,
    statistics: statistics === undefined ? undefined : decodeQdiscStatistics(statistics),
    netem: kind === 'netem' && options !== undefined ? decodeNetem(options) : undefined,
    tbf: kind === 'tbf' && options !== undefined ? decodeTbf(new Attributes(options)) : undefined,
    fqCodel: kind === 'fq_codel' && options !== undefined ? decodeFqCodel(new Attributes(options)) : undefined,
  };
}

/** The qdiscs of a dump, or those of one device. */
export function decodeQdiscs(messages: readonly NetlinkMessage[], ifindex?: number): readonly Qdisc[] {
  return messages
    .filter(({ type }) => type === RTM.RTM_NEWQDISC)
    .map(decodeQdisc)
    .filter((qdisc) => ifindex === undefined || qdisc.ifindex === ifindex);
}

/** Whether a device has a clsact qdisc, by a list of qdiscs. */
export function hasClsact(qdiscs: readonly Qdisc[], ifindex: number): boolean {
  return qdiscs.some((qdisc) => qdisc.ifindex === ifindex && qdisc.kind === 'clsact');
}
