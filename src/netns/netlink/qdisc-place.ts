import { AttributeWriter } from './attribute-writer.js';
import {
  findBooleanProblems,
  findOptionalRangeProblems,
  findRangeProblems,
  INDEX_RANGE,
  throwProblems,
  U32_RANGE,
} from './checks.js';
import { createRequest, type NetlinkRequest, NLM_F } from './message.js';
import { encodeTcHeader, TC_H, TCA } from './traffic-control.js';

/** Where a qdisc sits. */
export interface QdiscPlace {
  readonly ifindex: number;
  /** The handle of the qdisc or class above: `0x00010000` is what tc(8) calls `1:`. @defaultValue 0xffffffff, root */
  readonly parent?: number;
  /** @defaultValue chosen by the kernel, from `0x80010000` */
  readonly handle?: number;
}

export interface CreateQdiscOptions extends QdiscPlace {
  /**
   * NLM_F_EXCL: EEXIST where a qdisc was put already. Else one of the same handle and kind is changed in place, with its
   * queue and its counters, and any other is replaced by a new one. @defaultValue true
   */
  readonly exclusive?: boolean;
}

/** What a kind of qdisc adds to a request. */
export interface QdiscKindRequest {
  /** Who is asked, for messages: `encodeCreateNetem`. */
  readonly caller: string;
  /** As the kernel knows it: `netem`. */
  readonly kind: string;
  readonly problems: readonly string[];
  readonly writeOptions: (options: AttributeWriter) => unknown;
}

/**
 * A request that creates a qdisc. ENOENT "Specified qdisc kind is unknown" without that kind; EEXIST "Exclusivity flag
 * on, cannot modify"; ENODEV (net/sched/sch_api.c, tc_modify_qdisc).
 *
 * @throws UsageError
 */
export function createQdiscRequest(options: CreateQdiscOptions, request: QdiscKindRequest): NetlinkRequest {
  const { ifindex, parent = TC_H.ROOT, handle = 0, exclusive = true } = options;
  const { caller, kind, problems, writeOptions } = request;
  throwProblems(caller, [
    ...findQdiscPlaceProblems(options),
    ...findBooleanProblems('exclusive', options.exclusive),
    ...problems,
  ]);
  const writer = new AttributeWriter(encodeTcHeader({ ifindex, parent, handle }))
    .string(TCA.KIND, kind)
    .nested(TCA.OPTIONS, writeOptions);
  return createRequest(
    'RTM_NEWQDISC',
    writer.finish(),
    `create ${kind} on interface ${ifindex}`,
    NLM_F.CREATE | (exclusive ? NLM_F.EXCL : NLM_F.REPLACE),
  );
}

/**
 * Deletes a qdisc with all below it; the kernel's own takes its place. ENOENT "Cannot find specified qdisc on specified
 * device" or, where there is only the kernel's own, "Cannot delete qdisc with handle of zero"; EINVAL for another
 * handle than it has; ENODEV (net/sched/sch_api.c, tc_get_qdisc).
 *
 * @throws UsageError
 */
export function encodeDeleteQdisc(place: QdiscPlace): NetlinkRequest {
  throwProblems('encodeDeleteQdisc', findQdiscPlaceProblems(place));
  const { ifindex, parent = TC_H.ROOT, handle = 0 } = place;
  const where = parent === TC_H.ROOT ? 'root' : `0x${parent.toString(16)}`;
  const header = encodeTcHeader({ ifindex, parent, handle });
  return createRequest('RTM_DELQDISC', header, `delete the qdisc at ${where} of interface ${ifindex}`);
}

function findQdiscPlaceProblems({ ifindex, parent, handle }: QdiscPlace): readonly string[] {
  return [
    ...findRangeProblems('ifindex', ifindex, INDEX_RANGE),
    ...findOptionalRangeProblems('parent', parent, U32_RANGE),
    ...findOptionalRangeProblems('handle', handle, U32_RANGE),
    ...(handle !== undefined && (handle & 0xffff) !== 0
      ? ["a qdisc's handle has no minor part: 0x00010000 is 1:"]
      : []),
  ];
}
