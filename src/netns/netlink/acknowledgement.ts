import { findErrnoName } from '../../core/errno.js';
import { KernelError } from '../../core/kernel-error.js';
import { align } from './attribute-writer.js';
import { Attributes, viewOf } from './attributes.js';
import { malformed } from './malformed.js';
import { MESSAGE_HEADER_BYTES, type NetlinkMessage, type NetlinkRequest, NLM_F, NLMSG } from './message.js';

/** include/uapi/linux/netlink.h, enum nlmsgerr_attrs */
const NLMSGERR_ATTR = { MSG: 1, OFFS: 2, MISS_TYPE: 5 } as const;

/** How a request went: the error number of Linux, or 0; and what the kernel says about it, if anything. */
export interface Acknowledgement {
  /** Positive, as in errno.h. */
  readonly errno: number;
  /** The kernel's own words (NLMSGERR_ATTR_MSG). A success may carry some too, as a warning. */
  readonly text: string | undefined;
  /** Where in the request, header included, the attribute is that the kernel does not like. */
  readonly offsetBytes: number | undefined;
  /** The attribute that the kernel misses. */
  readonly missingType: number | undefined;
}

/**
 * Reads a message of type NLMSG_ERROR, or the NLMSG_DONE at the end of a dump, with its extended acknowledgement.
 *
 * @throws KernelError EBADMSG for a message too short to hold an error number.
 */
export function decodeAcknowledgement(message: NetlinkMessage): Acknowledgement {
  const { payload, flags } = message;
  // Older kernels end some dumps with an empty NLMSG_DONE.
  if (message.type === NLMSG.DONE && payload.length < 4) return success;
  if (payload.length < 4) throw malformed('an acknowledgement', `It has ${payload.length} bytes`);
  const errno = Math.abs(viewOf(payload).getInt32(0, true));
  if ((flags & NLM_F.ACK_TLVS) === 0) return { ...success, errno };
  const attributes = new Attributes(payload.subarray(attributesStart(message)));
  return {
    errno,
    text: attributes.string(NLMSGERR_ATTR.MSG),
    offsetBytes: attributes.u32(NLMSGERR_ATTR.OFFS),
    missingType: attributes.u32(NLMSGERR_ATTR.MISS_TYPE),
  };
}

const success: Acknowledgement = { errno: 0, text: undefined, offsetBytes: undefined, missingType: undefined };

/** After the error number, and in an NLMSG_ERROR after the request too, or after its header alone. */
function attributesStart({ type, flags, payload }: NetlinkMessage): number {
  if (type === NLMSG.DONE) return 4;
  if ((flags & NLM_F.CAPPED) !== 0 || payload.length < 8) return 4 + MESSAGE_HEADER_BYTES;
  return 4 + align(viewOf(payload).getUint32(4, true));
}

/** The error that an acknowledgement tells of, or `undefined` for a success. */
export function toKernelError(ack: Acknowledgement, request: NetlinkRequest): KernelError | undefined {
  if (ack.errno === 0) return undefined;
  const name = findErrnoName(ack.errno);
  const hints = [
    ...(name === undefined ? [`The kernel answered with ${ack.errno}, which is no error number for programs`] : []),
    ...describe(ack),
  ];
  return new KernelError(name ?? 'EPROTO', {
    syscall: `netlink(${request.name})`,
    action: request.action,
    ...(hints.length === 0 ? {} : { hint: hints.join('. ') }),
  });
}

function describe({ text, offsetBytes, missingType }: Acknowledgement): readonly string[] {
  const words = text?.trim().replace(/\.$/, '');
  if (words) return [words];
  if (missingType !== undefined) return [`Attribute ${missingType} is missing`];
  return offsetBytes === undefined ? [] : [`The attribute at byte ${offsetBytes} of the message is not accepted`];
}
