import type { Attributes } from './attributes.js';
import { findChoiceProblems, findRangeProblems, INDEX_RANGE, type Range, U32_RANGE } from './checks.js';
import { type CreateLinkOptions, createLinkRequest } from './create-link.js';
import type { NetlinkRequest } from './message.js';
import { NumberNames } from './number-names.js';

/** Attributes of include/uapi/linux/if_link.h. */
const IFLA_MACVLAN_MODE = 1;
const IFLA_VLAN = { ID: 1, PROTOCOL: 5 } as const;
const IFLA_VRF_TABLE = 1;

const VLAN_ID_RANGE: Range = [0, 4094];

/** How the macvlans of a device see each other; `bridge`: directly; `private`: not at all; `vepa`: by the switch outside. */
export type MacvlanMode = 'private' | 'vepa' | 'bridge' | 'passthru' | 'source';

/** MACVLAN_MODE_* */
const MACVLAN_MODES: NumberNames<MacvlanMode> = new NumberNames([
  ['private', 1],
  ['vepa', 2],
  ['bridge', 4],
  ['passthru', 8],
  ['source', 16],
]);

/** The tag of a VLAN. */
export type VlanProtocol = '802.1q' | '802.1ad';

/** ETH_P_8021Q, ETH_P_8021AD */
const VLAN_PROTOCOLS: NumberNames<VlanProtocol> = new NumberNames([
  ['802.1q', 0x8100],
  ['802.1ad', 0x88a8],
]);

/** A link that stands on another. */
export interface StackedLinkOptions extends CreateLinkOptions {
  /** The index of the device below, in the namespace of the socket, wherever the link itself is to be. */
  readonly lowerIndex: number;
}

export interface CreateMacvlanOptions extends StackedLinkOptions {
  /** @defaultValue 'bridge' */
  readonly mode?: MacvlanMode;
}

export interface CreateVlanOptions extends StackedLinkOptions {
  /** 0 to 4094. */
  readonly vlanId: number;
  /** @defaultValue '802.1q' */
  readonly protocol?: VlanProtocol;
}

export interface CreateVrfOptions extends CreateLinkOptions {
  /** The table by which its ports are routed. */
  readonly table: number;
}

/** A VLAN as the kernel lists it. */
export interface VlanState {
  readonly vlanId: number;
  readonly protocol: VlanProtocol | number;
}

/**
 * Creates a macvlan. ENODEV for no such device below; EINVAL for `passthru` beside others, or for a macvlan on lo
 * (drivers/net/macvlan.c, macvlan_common_newlink).
 *
 * @throws UsageError
 */
export function encodeCreateMacvlan(options: CreateMacvlanOptions): NetlinkRequest {
  const { lowerIndex, mode = 'bridge' } = options;
  return createLinkRequest(options, {
    caller: 'encodeCreateMacvlan',
    kind: 'macvlan',
    lowerIndex,
    problems: [
      ...findRangeProblems('lowerIndex', lowerIndex, INDEX_RANGE),
      ...findChoiceProblems('mode', mode, MACVLAN_MODES.names),
    ],
    writeData: (data) => data.u32(IFLA_MACVLAN_MODE, MACVLAN_MODES.numberOf(mode)),
  });
}

/**
 * Creates a VLAN on a device. ENODEV; EEXIST for an id that the device has already (net/8021q/vlan_netlink.c,
 * vlan_newlink).
 *
 * @throws UsageError
 */
export function encodeCreateVlan(options: CreateVlanOptions): NetlinkRequest {
  const { lowerIndex, vlanId, protocol = '802.1q' } = options;
  return createLinkRequest(options, {
    caller: 'encodeCreateVlan',
    kind: 'vlan',
    lowerIndex,
    problems: [
      ...findRangeProblems('lowerIndex', lowerIndex, INDEX_RANGE),
      ...findRangeProblems('vlanId', vlanId, VLAN_ID_RANGE),
      ...findChoiceProblems('protocol', protocol, VLAN_PROTOCOLS.names),
    ],
    writeData: (data) => data.u16(IFLA_VLAN.ID, vlanId).u16Be(IFLA_VLAN.PROTOCOL, VLAN_PROTOCOLS.numberOf(protocol)),
  });
}

/** Creates a VRF. EINVAL for table 0 (drivers/net/vrf.c, vrf_newlink). @throws UsageError */
export function encodeCreateVrf(options: CreateVrfOptions): NetlinkRequest {
  const { table } = options;
  return createLinkRequest(options, {
    caller: 'encodeCreateVrf',
    kind: 'vrf',
    problems: findRangeProblems('table', table, U32_RANGE),
    writeData: (data) => data.u32(IFLA_VRF_TABLE, table),
  });
}

/** Creates a dummy: a link that swallows what is sent (drivers/net/dummy.c). @throws UsageError */
export function encodeCreateDummy(options: CreateLinkOptions): NetlinkRequest {
  return createLinkRequest(options, { caller: 'encodeCreateDummy', kind: 'dummy' });
}

/** Creates an ifb: a link whose qdisc shapes what is redirected to it (drivers/net/ifb.c). @throws UsageError */
export function encodeCreateIfb(options: CreateLinkOptions): NetlinkRequest {
  return createLinkRequest(options, { caller: 'encodeCreateIfb', kind: 'ifb' });
}

/** What a macvlan tells of itself. @throws KernelError EBADMSG */
export function decodeMacvlanMode(data: Attributes): MacvlanMode | undefined {
  return MACVLAN_MODES.nameOf(data.u32(IFLA_MACVLAN_MODE) ?? 0);
}

/** What a VLAN tells of itself. @throws KernelError EBADMSG */
export function decodeVlan(data: Attributes): VlanState {
  const protocol = data.u16Be(IFLA_VLAN.PROTOCOL) ?? VLAN_PROTOCOLS.numberOf('802.1q');
  return { vlanId: data.u16(IFLA_VLAN.ID) ?? 0, protocol: VLAN_PROTOCOLS.nameOf(protocol) ?? protocol };
}

/** The table of a VRF. @throws KernelError EBADMSG */
export function decodeVrfTable(data: Attributes): number | undefined {
  return data.u32(IFLA_VRF_TABLE);
}
