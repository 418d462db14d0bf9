import { AttributeWriter } from './attribute-writer.js';
import { Attributes } from './attributes.js';
import { FD_RANGE, findOptionalRangeProblems, findRangeProblems, throwProblems } from './checks.js';
import { createRequest, type NetlinkMessage, type NetlinkRequest, readHeader } from './message.js';

/** struct rtgenmsg is one byte, the family; attributes begin at a multiple of four. */
const HEADER_BYTES = 4;
/** NETNSA_* of include/uapi/linux/net_namespace.h. */
const NETNSA = { NSID: 1, FD: 3 } as const;
/** NETNSA_NSID_NOT_ASSIGNED: for a request, chosen by the kernel. */
const NOT_ASSIGNED = -1;

export interface AssignNsidOptions {
  /** The other namespace's descriptor. */
  readonly netnsFd: number;
  /** @defaultValue chosen by the kernel */
  readonly nsid?: number;
}

/**
 * Gives another namespace the number by which links tell of it here. EEXIST for one that has a number already
 * (net/core/net_namespace.c, rtnl_net_newid).
 *
 * @throws UsageError
 */
export function encodeAssignNsid(options: AssignNsidOptions): NetlinkRequest {
  const { netnsFd, nsid = NOT_ASSIGNED } = options;
  throwProblems('encodeAssignNsid', [
    ...findRangeProblems('netnsFd', netnsFd, FD_RANGE),
    ...findOptionalRangeProblems('nsid', options.nsid, [0, 0x7fffffff]),
  ]);
  const payload = new AttributeWriter(new Uint8Array(HEADER_BYTES)).s32(NETNSA.NSID, nsid).u32(NETNSA.FD, netnsFd);
  return createRequest('RTM_NEWNSID', payload.finish(), 'number a network namespace');
}

/** Asks for the number of another namespace, for `requestOne` and {@link decodeNsid} (rtnl_net_getid). @throws UsageError */
export function encodeGetNsid(options: { readonly netnsFd: number }): NetlinkRequest {
  throwProblems('encodeGetNsid', findRangeProblems('netnsFd', options.netnsFd, FD_RANGE));
  const payload = new AttributeWriter(new Uint8Array(HEADER_BYTES)).u32(NETNSA.FD, options.netnsFd).finish();
  return createRequest('RTM_GETNSID', payload, 'get the number of a network namespace');
}

/** The number of a namespace; `undefined` for one that has none here. @throws KernelError EBADMSG */
export function decodeNsid(message: NetlinkMessage): number | undefined {
  readHeader(message, 'the number of a network namespace', 1);
  const nsid = new Attributes(message.payload.subarray(HEADER_BYTES)).s32(NETNSA.NSID);
  return nsid === undefined || nsid === NOT_ASSIGNED ? undefined : nsid;
}
