import { quote } from '../../core/errors.js';
import type { XdpMode } from '../../kernel/objects.js';
import { AttributeWriter } from './attribute-writer.js';
import type { Attributes } from './attributes.js';
import { findOptionalRangeProblems, findRangeProblems, INDEX_RANGE, type Range, throwProblems } from './checks.js';
import { encodeLinkHeader, IFLA } from './link-header.js';
import { createRequest, type NetlinkRequest } from './message.js';

/** Attributes inside of IFLA_XDP: include/uapi/linux/if_link.h. */
const IFLA_XDP = {
  FD: 1,
  ATTACHED: 2,
  FLAGS: 3,
  PROG_ID: 4,
  DRV_PROG_ID: 5,
  SKB_PROG_ID: 6,
  HW_PROG_ID: 7,
  EXPECTED_FD: 8,
} as const;

/** The same file: flags of an attachment. */
const XDP_FLAGS = { UPDATE_IF_NOEXIST: 1, SKB_MODE: 2, DRV_MODE: 4, HW_MODE: 8, REPLACE: 16 } as const;

/** -1 stands for no program. */
const FD_OR_NONE_RANGE: Range = [-1, 0x7fffffff];
const FLAGS_RANGE: Range = [0, 0xffffffff];

const MODE_FLAGS: Readonly<Record<XdpMode, number>> = {
  native: XDP_FLAGS.DRV_MODE,
  generic: XDP_FLAGS.SKB_MODE,
  offload: XDP_FLAGS.HW_MODE,
};

/** XDP_ATTACHED_NONE… in their order. */
const ATTACHED = ['none', 'native', 'generic', 'offload', 'multiple'] as const;

export interface SetXdpOptions {
  readonly ifindex: number;
  /** The descriptor of an XDP program; -1 takes off what is there. */
  readonly programFd: number;
  /** @defaultValue 'native' where the driver has it, else 'generic', as the kernel chooses */
  readonly mode?: XdpMode;
  /** XDP_FLAGS_UPDATE_IF_NOEXIST: EBUSY when there is a program already. @defaultValue false */
  readonly ifNoExist?: boolean;
  /** XDP_FLAGS_REPLACE: EEXIST unless this program is there now; -1 for none. */
  readonly expectedFd?: number;
  /** Further XDP_FLAGS_… bits, sent as they are. @defaultValue 0 */
  readonly flags?: number;
}

/** What XDP a link has. */
export interface XdpState {
  /** `multiple` is native or generic together with offload; see the three ids. */
  readonly attached: (typeof ATTACHED)[number];
  /** The program, unless there are several. */
  readonly programId: number | undefined;
  readonly nativeProgramId: number | undefined;
  readonly genericProgramId: number | undefined;
  readonly offloadProgramId: number | undefined;
}

/**
 * Attaches an XDP program to a device without a link, or takes it off (net/core/rtnetlink.c, do_setlink; net/core/dev.c,
 * dev_change_xdp_fd). What is attached is read with `encodeGetLink` and `decodeLink`.
 *
 * @throws UsageError
 */
export function encodeSetXdp(options: SetXdpOptions): NetlinkRequest {
  const { ifindex, programFd, mode, ifNoExist = false, expectedFd, flags: furtherFlags = 0 } = options;
  throwProblems('encodeSetXdp', [
    ...findRangeProblems('ifindex', options.ifindex, INDEX_RANGE),
    ...findRangeProblems('programFd', programFd, FD_OR_NONE_RANGE),
    ...findOptionalRangeProblems('expectedFd', expectedFd, FD_OR_NONE_RANGE),
    ...findOptionalRangeProblems('flags', options.flags, FLAGS_RANGE),
    ...(mode === undefined || Object.hasOwn(MODE_FLAGS, mode)
      ? []
      : [`mode must be 'native', 'generic' or 'offload'; received ${quote(mode)}`]),
  ]);
  const flags =
    (mode === undefined ? 0 : MODE_FLAGS[mode]) |
    (ifNoExist ? XDP_FLAGS.UPDATE_IF_NOEXIST : 0) |
    (expectedFd === undefined ? 0 : XDP_FLAGS.REPLACE) |
    furtherFlags;
  const payload = new AttributeWriter(encodeLinkHeader({ index: ifindex }))
    .nested(IFLA.XDP, (xdp) => {
      xdp.s32(IFLA_XDP.FD, programFd);
      // Bit operations of JavaScript have a sign.
      if (flags !== 0) xdp.u32(IFLA_XDP.FLAGS, flags >>> 0);
      if (expectedFd !== undefined) xdp.s32(IFLA_XDP.EXPECTED_FD, expectedFd);
    })
    .finish();
  const action = programFd === -1 ? `take XDP off interface ${ifindex}` : `attach XDP to interface ${ifindex}`;
  return createRequest('RTM_SETLINK', payload, action);
}

/** The XDP of a link, by its IFLA_XDP (net/core/rtnetlink.c, rtnl_xdp_fill). A mode of a later kernel is `none`. */
export function decodeXdp(xdp: Attributes | undefined): XdpState {
  return {
    attached: ATTACHED[xdp?.u8(IFLA_XDP.ATTACHED) ?? 0] ?? 'none',
    programId: xdp?.u32(IFLA_XDP.PROG_ID),
    nativeProgramId: xdp?.u32(IFLA_XDP.DRV_PROG_ID),
    genericProgramId: xdp?.u32(IFLA_XDP.SKB_PROG_ID),
    offloadProgramId: xdp?.u32(IFLA_XDP.HW_PROG_ID),
  };
}
