import { addressOf, call, check, EAGAIN } from './libc.ts';

/** unix(7), socket.h */
const [AF_UNIX, SOCK_SEQPACKET, SOCK_CLOEXEC, SOL_SOCKET, SCM_RIGHTS] = [1, 5, 0o2000000, 1, 1];
const [MSG_DONTWAIT, MSG_NOSIGNAL, MSG_CMSG_CLOEXEC] = [0x40, 0x4000, 0x40000000];
/** struct msghdr, iovec and cmsghdr with one descriptor, on 64-bit processors. */
const [MESSAGE, IOVEC, CONTROL, BYTE, TOTAL] = [0, 56, 72, 96, 104];
const CONTROL_BYTES = 24;
const CONTROL_LENGTH = 20;

/** Two ends that carry descriptors. @throws FaasError */
export function openDescriptorPair(): readonly [number, number] {
  const pair = new Int32Array(new ArrayBuffer(8));
  check(
    call('socketpair', AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, new Uint8Array(pair.buffer)),
    'make a socket pair',
  );
  return [pair[0] ?? -1, pair[1] ?? -1];
}

/** Sends a descriptor (SCM_RIGHTS), which stays open here; `false` when there is no room or nobody. @throws FaasError */
export function sendDescriptor(socket: number, descriptor: number): boolean {
  const { view, address } = createMessage();
  view.setBigUint64(CONTROL, BigInt(CONTROL_LENGTH), true);
  view.setInt32(CONTROL + 8, SOL_SOCKET, true);
  view.setInt32(CONTROL + 12, SCM_RIGHTS, true);
  view.setInt32(CONTROL + 16, descriptor, true);
  const sent = call('sendmsg', socket, address, MSG_DONTWAIT | MSG_NOSIGNAL);
  const EPIPE = 32;
  const ECONNRESET = 104;
  if ([-EAGAIN, -EPIPE, -ECONNRESET].includes(sent)) return false;
  return check(sent, 'send a descriptor') > 0;
}

/** A descriptor that was sent, now one of this process; `undefined` when none was. @throws FaasError */
export function receiveDescriptor(socket: number): number | undefined {
  const { view, address } = createMessage();
  const received = call('recvmsg', socket, address, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (received === -EAGAIN || received === 0) return undefined;
  check(received, 'receive a descriptor');
  const isThere = view.getBigUint64(CONTROL, true) >= BigInt(CONTROL_LENGTH);
  return isThere ? view.getInt32(CONTROL + 16, true) : undefined;
}

function createMessage(): { readonly view: DataView; readonly address: bigint } {
  const view = new DataView(new ArrayBuffer(TOTAL));
  const address = addressOf(new Uint8Array(view.buffer));
  view.setBigUint64(IOVEC, address + BigInt(BYTE), true);
  view.setBigUint64(IOVEC + 8, 1n, true);
  view.setBigUint64(MESSAGE + 16, address + BigInt(IOVEC), true);
  view.setBigUint64(MESSAGE + 24, 1n, true);
  view.setBigUint64(MESSAGE + 32, address + BigInt(CONTROL), true);
  view.setBigUint64(MESSAGE + 40, BigInt(CONTROL_BYTES), true);
  return { view, address };
}
