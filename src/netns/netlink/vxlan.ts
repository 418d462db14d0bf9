import { quote } from '../../core/errors.js';
import type { AttributeWriter } from './attribute-writer.js';
import type { Attributes } from './attributes.js';
import {
  findBooleanProblems,
  findOptionalRangeProblems,
  findRangeProblems,
  INDEX_RANGE,
  type Range,
  U16_RANGE,
} from './checks.js';
import { type CreateLinkOptions, createLinkRequest } from './create-link.js';
import { familyOf, findIpProblems, isIpAddress, parseIpAddress, readIpAddress } from './ip-address.js';
import type { NetlinkRequest } from './message.js';

/** IFLA_VXLAN_* of include/uapi/linux/if_link.h. */
const IFLA_VXLAN = {
  ID: 1,
  GROUP: 2,
  LINK: 3,
  LOCAL: 4,
  TTL: 5,
  LEARNING: 7,
  PORT: 15,
  GROUP6: 16,
  LOCAL6: 17,
} as const;

/** RFC 7348; the kernel's own default is the older 8472. */
const VXLAN_PORT = 4789;
const ID_RANGE: Range = [0, 0xffffff];

export interface CreateVxlanOptions extends CreateLinkOptions {
  /** The network's identifier, of 24 bits. */
  readonly id: number;
  /** Where frames go whose place is not known: a host, or a multicast group, which takes a lowerIndex beside it. */
  readonly remote?: string;
  /** The address that packets are sent from. @defaultValue chosen by the route */
  readonly local?: string;
  /** The device by which packets leave. @defaultValue chosen by the route */
  readonly lowerIndex?: number;
  /** UDP port. @defaultValue 4789 */
  readonly port?: number;
  /** Remembers which addresses are behind which host. @defaultValue true */
  readonly learning?: boolean;
  /** 0 to 255. @defaultValue 0: that of any packet; 1 for a multicast group */
  readonly ttl?: number;
}

/** A vxlan as the kernel lists it. */
export interface VxlanState {
  readonly id: number;
  readonly remote: string | undefined;
  readonly local: string | undefined;
  readonly lowerIndex: number | undefined;
  readonly port: number | undefined;
  readonly learning: boolean;
  readonly ttl: number;
}

/**
 * Creates a vxlan. EEXIST "A VXLAN device with the specified VNI already exists"; EADDRINUSE for a port that is taken,
 * when it is set up; EINVAL for a group without a device; ENODEV (drivers/net/vxlan/vxlan_core.c, vxlan_newlink).
 *
 * @throws UsageError
 */
export function encodeCreateVxlan(options: CreateVxlanOptions): NetlinkRequest {
  return createLinkRequest(options, {
    caller: 'encodeCreateVxlan',
    kind: 'vxlan',
    problems: findProblems(options),
    writeData: (data) => writeVxlan(data, options),
  });
}

/** What a vxlan tells of itself. @throws KernelError EBADMSG */
export function decodeVxlan(data: Attributes): VxlanState {
  return {
    id: data.u32(IFLA_VXLAN.ID) ?? 0,
    remote: readIpAddress(data, IFLA_VXLAN.GROUP) ?? readIpAddress(data, IFLA_VXLAN.GROUP6),
    local: readIpAddress(data, IFLA_VXLAN.LOCAL) ?? readIpAddress(data, IFLA_VXLAN.LOCAL6),
    lowerIndex: data.u32(IFLA_VXLAN.LINK),
    port: data.u16Be(IFLA_VXLAN.PORT),
    learning: (data.u8(IFLA_VXLAN.LEARNING) ?? 0) !== 0,
    ttl: data.u8(IFLA_VXLAN.TTL) ?? 0,
  };
}

function writeVxlan(data: AttributeWriter, options: CreateVxlanOptions): void {
  const { id, remote, local, lowerIndex, port = VXLAN_PORT, learning = true, ttl } = options;
  data.u32(IFLA_VXLAN.ID, id);
  if (remote !== undefined) {
    data.bytes(familyOf(remote) === 'ipv4' ? IFLA_VXLAN.GROUP : IFLA_VXLAN.GROUP6, parseIpAddress(remote));
  }
  if (local !== undefined) {
    data.bytes(familyOf(local) === 'ipv4' ? IFLA_VXLAN.LOCAL : IFLA_VXLAN.LOCAL6, parseIpAddress(local));
  }
  if (lowerIndex !== undefined) data.u32(IFLA_VXLAN.LINK, lowerIndex);
  if (ttl !== undefined) data.u8(IFLA_VXLAN.TTL, ttl);
  data.u8(IFLA_VXLAN.LEARNING, learning ? 1 : 0).u16Be(IFLA_VXLAN.PORT, port);
}

function findProblems(options: CreateVxlanOptions): readonly string[] {
  const { id, remote, local, lowerIndex, port, learning, ttl } = options;
  const isMixed = isIpAddress(remote) && isIpAddress(local) && familyOf(remote) !== familyOf(local);
  return [
    ...findRangeProblems('id', id, ID_RANGE),
    ...findIpProblems('remote', remote),
    ...findIpProblems('local', local),
    ...(isMixed ? [`remote and local must be of one family; received ${quote(remote)} and ${quote(local)}`] : []),
    ...findOptionalRangeProblems('lowerIndex', lowerIndex, INDEX_RANGE),
    ...findOptionalRangeProblems('port', port, U16_RANGE),
    ...findBooleanProblems('learning', learning),
    ...findOptionalRangeProblems('ttl', ttl, [0, 255]),
  ];
}
