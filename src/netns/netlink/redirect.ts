import { AttributeWriter } from './attribute-writer.js';
import { findBooleanProblems, findChoiceProblems, findRangeProblems, INDEX_RANGE, throwProblems } from './checks.js';
import { ETH_P_ALL, encodeInfo, FILTER_HOOKS, type FilterHook, findPlaceProblems } from './filter-hook.js';
import { createRequest, type NetlinkRequest, NLM_F } from './message.js';
import { encodeTcHeader, TCA } from './traffic-control.js';

/** Attributes of the two classifiers that take every packet: include/uapi/linux/pkt_cls.h. */
const TCA_MATCHALL_ACT = 2;
const TCA_U32 = { SEL: 5, ACT: 7 } as const;
/** Actions, the same file; they are numbered from 1. */
const TCA_ACT = { KIND: 1, OPTIONS: 2 } as const;
const FIRST_ACTION = 1;
/** include/uapi/linux/tc_act/tc_mirred.h */
const TCA_MIRRED_PARMS = 2;
const TCA_EGRESS = { redirect: 1, mirror: 2 } as const;
/** What becomes of the packet after that: TC_ACT_STOLEN, TC_ACT_PIPE. */
const TC_ACT = { redirect: 4, mirror: 3 } as const;

export interface AddRedirectOptions extends FilterHook {
  /** The index of the link by which packets leave instead: an ifb, whose qdisc they then go through. */
  readonly targetIndex: number;
  /** `mirror` sends a copy there, and lets the packet go on. @defaultValue 'redirect' */
  readonly mode?: 'redirect' | 'mirror';
  /** `u32` does the same on kernels without `matchall`. @defaultValue 'matchall' */
  readonly classifier?: 'matchall' | 'u32';
  /** 1 to 65535; lower runs first. @defaultValue chosen by the kernel, from 49152 downwards */
  readonly priority?: number;
  /** NLM_F_EXCL: EEXIST for a priority that is taken. Else its filter is replaced. @defaultValue true */
  readonly exclusive?: boolean;
}

/**
 * Sends all packets of a hook to another link: a filter with the action mirred. The request asks for an echo, which
 * `decodeFilter` reads. EINVAL without a clsact; ENOENT "TC classifier not found" or "Failed to load TC action module"
 * without them; ENODEV, for a target that is not there too (net/sched/cls_api.c, tc_new_tfilter;
 * net/sched/act_mirred.c, tcf_mirred_init).
 *
 * @throws UsageError
 */
export function encodeAddRedirect(options: AddRedirectOptions): NetlinkRequest {
  const { ifindex, direction, targetIndex, mode = 'redirect', classifier = 'matchall', priority } = options;
  throwProblems('encodeAddRedirect', [
    ...findPlaceProblems(options),
    ...findRangeProblems('targetIndex', targetIndex, INDEX_RANGE),
    ...findChoiceProblems('mode', mode, ['redirect', 'mirror']),
    ...findChoiceProblems('classifier', classifier, ['matchall', 'u32']),
    ...findBooleanProblems('exclusive', options.exclusive),
  ]);
  const header = encodeTcHeader({ ifindex, parent: FILTER_HOOKS[direction], info: encodeInfo(priority, ETH_P_ALL) });
  const payload = new AttributeWriter(header)
    .string(TCA.KIND, classifier)
    .nested(TCA.OPTIONS, (filter) => {
      filter.nested(classifier === 'u32' ? TCA_U32.ACT : TCA_MATCHALL_ACT, (actions) =>
        actions.nested(FIRST_ACTION, (action) => writeMirred(action, targetIndex, mode)),
      );
      if (classifier === 'u32') filter.bytes(TCA_U32.SEL, encodeSelector());
    })
    .finish();
  return createRequest(
    'RTM_NEWTFILTER',
    payload,
    `${mode} ${direction} of interface ${ifindex} to interface ${targetIndex}`,
    NLM_F.CREATE | NLM_F.ECHO | ((options.exclusive ?? true) ? NLM_F.EXCL : 0),
  );
}

/** struct tc_mirred: index, capabilities, action, two counts, what to do, interface. */
function writeMirred(action: AttributeWriter, targetIndex: number, mode: 'redirect' | 'mirror'): void {
  const parameters = new Uint8Array(28);
  const view = new DataView(parameters.buffer);
  view.setInt32(8, TC_ACT[mode], true);
  view.setInt32(20, TCA_EGRESS[mode], true);
  view.setUint32(24, targetIndex, true);
  action.string(TCA_ACT.KIND, 'mirred');
  action.nested(TCA_ACT.OPTIONS, (options) => options.bytes(TCA_MIRRED_PARMS, parameters));
}

/** struct tc_u32_sel, terminal, with one struct tc_u32_key that compares no bits. */
function encodeSelector(): Uint8Array {
  const selector = new Uint8Array(32);
  selector[0] = 1;
  selector[2] = 1;
  return selector;
}
