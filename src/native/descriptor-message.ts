import { CStruct } from './c-struct.js';
import { FileDescriptor } from './file-descriptor.js';
import { requireResult, systemCall, toKernelError } from './system-call.js';

const AF_UNIX = 1;
/** include/linux/net.h; SOCK_SEQPACKET keeps messages apart, and what is passed with them. */
const TYPES = { stream: 1, seqpacket: 5 } as const;
const SOCK_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CTRUNC = 0x8;
const MSG_CMSG_CLOEXEC = 0x40000000;
const MSG_NOSIGNAL = 0x4000;
const EAGAIN = -11;
/** struct cmsghdr on 64 bits: length, level, type. */
const CMSG_HEADER_BYTES = 16;

/** What the kernel takes in one message: SCM_MAX_FD in include/net/scm.h. */
export const MAX_DESCRIPTORS = 253;

/** What came in a message. */
export interface DescriptorMessage {
  readonly bytes: Uint8Array;
  /** New descriptors of this process, of the files that were passed. */
  readonly descriptors: readonly FileDescriptor[];
}

/** Two Unix sockets that are connected to each other. @throws KernelError EMFILE */
export function openSocketPair(type: keyof typeof TYPES): readonly [FileDescriptor, FileDescriptor] {
  const pair = new CStruct(8);
  const result = systemCall('socketpair', AF_UNIX, TYPES[type] | SOCK_NONBLOCK_CLOEXEC, 0, pair);
  requireResult(result, { syscall: 'socketpair', action: 'open two connected sockets' });
  return [new FileDescriptor(pair.readS32(0)), new FileDescriptor(pair.readS32(4))];
}

/**
 * Sends bytes and descriptors in one message, by SCM_RIGHTS: unix(7). `false` when there is no room now.
 *
 * @throws KernelError EPIPE when nobody reads, EBADF for a number that is no descriptor, ETOOMANYREFS when too many are on their way
 */
export function sendDescriptors(socket: number, bytes: Uint8Array, descriptors: readonly number[]): boolean {
  const control = new CStruct(CMSG_HEADER_BYTES + Math.ceil(descriptors.length / 2) * 8);
  control
    .u64(0, CMSG_HEADER_BYTES + 4 * descriptors.length)
    .s32(8, SOL_SOCKET)
    .s32(12, SCM_RIGHTS);
  for (const [index, fd] of descriptors.entries()) control.s32(CMSG_HEADER_BYTES + 4 * index, fd);
  const message = describe(bytes, descriptors.length === 0 ? undefined : control);
  const result = systemCall('sendmsg', socket, message, MSG_NOSIGNAL);
  if (result === EAGAIN) return false;
  requireResult(result, { syscall: 'sendmsg', action: `pass ${descriptors.length} descriptors` });
  return true;
}

/**
 * Takes a message; `undefined` when there is none now. At the end of a connection it has neither bytes nor descriptors.
 *
 * @throws KernelError ECONNRESET; EMFILE when this process has no room for what was passed, which is closed then
 */
export function receiveDescriptors(socket: number, maxBytes: number): DescriptorMessage | undefined {
  const bytes = new Uint8Array(maxBytes);
  const control = new CStruct(CMSG_HEADER_BYTES + 4 * (MAX_DESCRIPTORS + 1));
  const message = describe(bytes, control);
  const result = systemCall('recvmsg', socket, message, MSG_CMSG_CLOEXEC);
  if (result === EAGAIN) return undefined;
  requireResult(result, { syscall: 'recvmsg', action: 'receive descriptors' });
  const descriptors = readDescriptors(control, Number(message.readU64(40)));
  if ((message.readU32(48) & MSG_CTRUNC) !== 0) {
    for (const descriptor of descriptors) descriptor.close();
    throw toKernelError(-24, { syscall: 'recvmsg', action: 'receive descriptors: there is no room for all of them' });
  }
  return { bytes: bytes.slice(0, result), descriptors };
}

/** struct msghdr on 64 bits: name, its length, vectors, their number, control, its length, flags. */
function describe(bytes: Uint8Array, control: CStruct | undefined): CStruct {
  const vector = new CStruct(16).pointer(0, bytes).u64(8, bytes.length);
  const message = new CStruct(56).pointer(16, vector).u64(24, 1);
  return control === undefined ? message : message.pointer(32, control).u64(40, control.bytes.length);
}

function readDescriptors(control: CStruct, length: number): readonly FileDescriptor[] {
  const descriptors: FileDescriptor[] = [];
  for (let at = 0; at + CMSG_HEADER_BYTES <= length; ) {
    const size = Number(control.readU64(at));
    if (size < CMSG_HEADER_BYTES) break;
    if (control.readS32(at + 8) === SOL_SOCKET && control.readS32(at + 12) === SCM_RIGHTS) {
      for (let offset = at + CMSG_HEADER_BYTES; offset + 4 <= at + size; offset += 4) {
        descriptors.push(new FileDescriptor(control.readS32(offset)));
      }
    }
    at += Math.ceil(size / 8) * 8;
  }
  return descriptors;
}
