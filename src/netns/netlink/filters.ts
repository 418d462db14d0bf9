import type { Direction } from '../../kernel/objects.js';
import { AttributeWriter } from './attribute-writer.js';
import { Attributes } from './attributes.js';
import { FD_RANGE, findRangeProblems, throwProblems } from './checks.js';
import {
  type DeleteFilterOptions,
  describePlace,
  ETH_P_ALL,
  encodeInfo,
  FILTER_HOOKS,
  type FilterHook,
  findDirection,
  findPlaceProblems,
  swap16,
} from './filter-hook.js';
import { createRequest, type NetlinkMessage, type NetlinkRequest, NLM_F, RTM } from './message.js';
import { decodeTcHeader, encodeTcHeader, TC_HEADER_BYTES, TCA } from './traffic-control.js';

/** include/uapi/linux/pkt_cls.h: attributes of cls_bpf, and its one flag. */
const TCA_BPF = { FD: 6, NAME: 7, FLAGS: 8, TAG: 10, ID: 11 } as const;
const TCA_BPF_FLAG_ACT_DIRECT = 1;
export interface AddFilterOptions extends FilterHook {
  /** The descriptor of a program of type BPF_PROG_TYPE_SCHED_CLS. */
  readonly programFd: number;
  /** 1 to 65535; lower runs first. @defaultValue chosen by the kernel, from 49152 downwards */
  readonly priority?: number;
  /** @defaultValue chosen by the kernel, from 1 */
  readonly handle?: number;
  /** NLM_F_EXCL: EEXIST for a priority and handle that are taken. Else their program is replaced. @defaultValue true */
  readonly exclusive?: boolean;
  /** What `tc filter show` prints, beside the program's own name. @defaultValue none */
  readonly name?: string;
}

/** A filter as the kernel lists it. */
export interface TcFilter {
  readonly ifindex: number;
  /** Where it hangs; `undefined` when that is not a direction of a clsact qdisc. */
  readonly direction: Direction | undefined;
  readonly priority: number;
  /** An ETH_P_ number in the order of the host: 3 is every protocol. */
  readonly protocol: number;
  /** 0 in a dump's lines that stand for a whole priority. */
  readonly handle: number;
  readonly chain: number;
  /** `bpf`, `u32`… */
  readonly kind: string;
  /** The rest is cls_bpf's. */
  readonly programId: number | undefined;
  readonly name: string | undefined;
  readonly directAction: boolean;
}

/** A filter of kind cls_bpf. */
export interface BpfFilter extends TcFilter {
  readonly programId: number;
}

/**
 * Adds a cls_bpf filter with direct action, for every protocol. The request asks for an echo, so that the one answer,
 * read by {@link decodeFilter}, has the priority and the handle that the kernel chose.
 *
 * EINVAL without a clsact and for a program of another type, ENODEV, EEXIST (net/sched/cls_api.c, tc_new_tfilter;
 * net/sched/cls_bpf.c, cls_bpf_change).
 *
 * @throws UsageError
 */
export function encodeAddFilter(options: AddFilterOptions): NetlinkRequest {
  throwProblems('encodeAddFilter', [
    ...findPlaceProblems(options),
    ...findRangeProblems('programFd', options.programFd, FD_RANGE),
  ]);
  const { ifindex, direction, programFd, priority, handle, exclusive = true, name } = options;
  const header = encodeTcHeader({
    ifindex,
    parent: FILTER_HOOKS[direction],
    handle: handle ?? 0,
    info: encodeInfo(priority, ETH_P_ALL),
  });
  const payload = new AttributeWriter(header)
    .string(TCA.KIND, 'bpf')
    .nested(TCA.OPTIONS, (bpf) => {
      bpf.u32(TCA_BPF.FD, programFd);
      if (name !== undefined) bpf.string(TCA_BPF.NAME, name);
      bpf.u32(TCA_BPF.FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
    })
    .finish();
  return createRequest(
    'RTM_NEWTFILTER',
    payload,
    `add a filter to ${direction} of interface ${ifindex}`,
    NLM_F.CREATE | NLM_F.ECHO | (exclusive ? NLM_F.EXCL : 0),
  );
}

/**
 * Deletes a filter, all filters of a priority, or all filters of the hook.
 *
 * For a priority: ENOENT "Cannot find specified filter chain" where there are no filters at all, ENOENT "Filter with
 * specified priority/protocol not found", ENOENT "Specified filter handle not found"; EINVAL without a clsact, ENODEV
 * (net/sched/cls_api.c, tc_del_tfilter). It names no protocol, which would have to be that of the filter. Deleting all
 * succeeds where there are none.
 *
 * @throws UsageError
 */
export function encodeDeleteFilter(options: DeleteFilterOptions): NetlinkRequest {
  throwProblems('encodeDeleteFilter', [
    ...findPlaceProblems(options),
    ...(options.handle !== undefined && options.priority === undefined ? ['a handle takes a priority beside it'] : []),
  ]);
  const { ifindex, direction, priority, handle } = options;
  const header = encodeTcHeader({
    ifindex,
    parent: FILTER_HOOKS[direction],
    handle: handle ?? 0,
    info: encodeInfo(priority, 0),
  });
  return createRequest('RTM_DELTFILTER', header, `delete ${describePlace(options)}`);
}

/** Lists one hook's filters; none where there is no clsact or no such device (net/sched/cls_api.c, tc_dump_tfilter). */
export function encodeListFilters(hook: FilterHook): NetlinkRequest {
  throwProblems('encodeListFilters', findPlaceProblems(hook));
  const { ifindex, direction } = hook;
  const header = encodeTcHeader({ ifindex, parent: FILTER_HOOKS[direction] });
  return createRequest('RTM_GETTFILTER', header, `list filters of ${direction} of interface ${ifindex}`);
}

/** @throws KernelError EBADMSG */
export function decodeFilter(message: NetlinkMessage): TcFilter {
  const { ifindex, handle, parent, info } = decodeTcHeader(message, 'a filter');
  const attributes = new Attributes(message.payload.subarray(TC_HEADER_BYTES));
  const kind = attributes.string(TCA.KIND) ?? '';
  const bpf = kind === 'bpf' ? attributes.nested(TCA.OPTIONS) : undefined;
  return {
    ifindex,
    direction: findDirection(parent),
    priority: info >>> 16,
    protocol: swap16(info & 0xffff),
    handle,
    chain: attributes.u32(TCA.CHAIN) ?? 0,
    kind,
    programId: bpf?.u32(TCA_BPF.ID),
    name: bpf?.string(TCA_BPF.NAME),
    directAction: ((bpf?.u32(TCA_BPF.FLAGS) ?? 0) & TCA_BPF_FLAG_ACT_DIRECT) !== 0,
  };
}

/** The cls_bpf filters of a dump, in the order they run; without its lines that stand for a whole priority. */
export function decodeBpfFilters(messages: readonly NetlinkMessage[]): readonly BpfFilter[] {
  return messages
    .filter(({ type }) => type === RTM.RTM_NEWTFILTER)
    .map(decodeFilter)
    .filter(isBpfFilter);
}

function isBpfFilter(filter: TcFilter): filter is BpfFilter {
  return filter.programId !== undefined;
}
