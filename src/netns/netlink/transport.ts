/**
 * A netlink socket, as far as this codec needs one; both calls are synchronous.
 *
 * The socket had better have the options NETLINK_EXT_ACK (11), for the kernel's words on what is wrong, NETLINK_CAP_ACK
 * (10), for short acknowledgements, and NETLINK_GET_STRICT_CHK (12), for dumps that take their filters seriously.
 */
export interface NetlinkTransport {
  /**
   * Sends one datagram.
   *
   * @throws KernelError
   */
  send(bytes: Uint8Array): void;

  /**
   * Waits for one datagram and returns all of it; 32 KiB hold every message of rtnetlink. The bytes may be overwritten
   * by the next call.
   *
   * @throws KernelError ENOBUFS when answers were lost, EAGAIN when none comes in the time that the socket allows.
   */
  receive(): Uint8Array;
}
