import { errnoOf } from '../../core/kernel-error.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { bindSocket, findInterfaceIndex, openSocket, setSocketOption } from '../../native/socket.js';
import { type AddressFamily, encodeSocketAddress, splitZone } from '../../native/socket-address.js';
import type { Inside } from '../inside.js';
import { configureMulticast } from './multicast.js';
import {
  IP_MULTICAST_ALL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_MULTICAST_ALL,
  IPV6_V6ONLY,
  SO_BROADCAST,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_REUSEADDR,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOL_SOCKET,
} from './socket-options.js';
import type { UdpOptions } from './udp-options.js';

/** A UDP socket inside, with its options, bound. */
export function openUdp(inside: Inside, host: string, family: AddressFamily, options: UdpOptions): FileDescriptor {
  const { port = 0 } = options;
  const { address, zone } = splitZone(host);
  const socket = inside.run(() => openSocket(family, 'datagram'));
  try {
    setOptions(socket.number, family, options);
    const scopeId = zone === undefined ? 0 : findInterfaceIndex(socket.number, zone);
    const encoded = encodeSocketAddress(address, port, scopeId);
    bindSocket(socket.number, encoded, `bind a UDP socket to ${host} port ${port}`);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

function setOptions(fd: number, family: AddressFamily, options: UdpOptions): void {
  const { broadcast, ipv6Only, multicast, receiveBufferBytes, reuseAddress, sendBufferBytes } = options;
  const isV6 = family === 'IPv6';
  if (reuseAddress) setSocketOption(fd, SOL_SOCKET, SO_REUSEADDR, 1, 'set SO_REUSEADDR');
  if (broadcast) setSocketOption(fd, SOL_SOCKET, SO_BROADCAST, 1, 'set SO_BROADCAST');
  if (isV6) setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, Number(ipv6Only ?? false), 'set IPV6_V6ONLY');
  // Else a socket gets what any other socket of the namespace has joined, and proves nothing of its own membership.
  setSocketOption(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0, 'set IP_MULTICAST_ALL');
  if (isV6) setSocketOption(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0, 'set IPV6_MULTICAST_ALL');
  if (receiveBufferBytes !== undefined) setBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, receiveBufferBytes);
  if (sendBufferBytes !== undefined) setBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, sendBufferBytes);
  if (multicast !== undefined) configureMulticast(fd, family, multicast);
}

/** Past the system's limit (net.core.rmem_max) where CAP_NET_ADMIN allows that, and up to it elsewhere. */
function setBuffer(fd: number, forced: number, limited: number, sizeBytes: number): void {
  const action = `set a buffer of ${sizeBytes} bytes`;
  try {
    setSocketOption(fd, SOL_SOCKET, forced, sizeBytes, action);
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') throw error;
    setSocketOption(fd, SOL_SOCKET, limited, sizeBytes, action);
  }
}
