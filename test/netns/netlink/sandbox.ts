import { errnoOf } from '../../../src/core/kernel-error.js';
import { until } from '../../../src/core/until.js';
import { CStruct } from '../../../src/native/c-struct.js';
import { FileDescriptor } from '../../../src/native/file-descriptor.js';
import { NetlinkSocket } from '../../../src/native/netlink-socket.js';
import { createNetns, runInNetns } from '../../../src/native/netns.js';
import { findMissingSystemCalls, requireResult, systemCall } from '../../../src/native/system-call.js';
import { NetlinkConversation } from '../../../src/netns/netlink/conversation.js';
import { parseIpAddress } from '../../../src/netns/netlink/ip-address.js';
import { decodeLink, type LinkState } from '../../../src/netns/netlink/link.js';
import { encodeGetLink, type LinkPlace } from '../../../src/netns/netlink/link-requests.js';
import type { NetlinkRequest } from '../../../src/netns/netlink/message.js';
import { encodeCreateVeth } from '../../../src/netns/netlink/veth.js';

/** A network namespace of its own and a conversation with the kernel in it; both are gone with it. */
export class Sandbox implements Disposable {
  readonly netns: FileDescriptor = createNetns();
  readonly #socket: NetlinkSocket = runInNetns(this.netns.number, () => new NetlinkSocket());
  readonly netlink: NetlinkConversation = new NetlinkConversation(this.#socket);

  [Symbol.dispose](): void {
    this.#socket.close();
    this.netns.close();
  }
}

/** A veth pair: `v0` is 10, `v1` is 11. */
export const pair: NetlinkRequest = encodeCreateVeth({ name: 'v0', index: 10, peer: { name: 'v1', index: 11 } });

export function getLink({ netlink }: Sandbox, place: LinkPlace): LinkState {
  return decodeLink(netlink.requestOne(encodeGetLink(place)));
}

/** Waits until a port of a bridge forwards: the kernel tells the bridge of a carrier a moment after it came. */
export async function waitForForwarding(sandbox: Sandbox, index: number): Promise<void> {
  await until(() => getLink(sandbox, { index }).bridgePort?.state === 'forwarding', {
    description: `port ${index} to forward`,
  });
}

/** The message with which Linux refuses a request; `done` when it does not. */
export function refusalOf({ netlink }: Sandbox, request: NetlinkRequest): string {
  return netlink.attemptAll([request]).get(0)?.message ?? 'done';
}

const PROGRAM_TYPES = { tc: 3, xdp: 6 } as const;

/** The smallest program: it returns 2, which passes the packet to whoever is next. */
export function loadProgram(type: keyof typeof PROGRAM_TYPES): FileDescriptor {
  const attributes = new CStruct(120)
    .u32(0, PROGRAM_TYPES[type])
    .u32(4, 2)
    .pointer(8, Uint8Array.of(0xb7, 0, 0, 0, 2, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0))
    .pointer(16, new TextEncoder().encode('GPL\0'));
  const result = systemCall('bpf', 5, attributes, attributes.bytes.length);
  return new FileDescriptor(requireResult(result, { syscall: 'bpf(BPF_PROG_LOAD)', action: `load a ${type} program` }));
}

/** An open socket of UDP over IPv4 in the sandbox. */
export function openUdp({ netns }: Sandbox): FileDescriptor {
  const result = runInNetns(netns.number, () => systemCall('socket', 2, 2 | 0o2000000, 0));
  return new FileDescriptor(requireResult(result, { syscall: 'socket', action: 'open a socket' }));
}

/** Sends bytes by a socket of UDP. The packet has gone through the qdisc, unless it waits there, when this returns. */
export function sendUdp(socket: FileDescriptor, address: string, port: number, bytes: Uint8Array): void {
  const place = udpPlace(address, port);
  const result = systemCall('sendto', socket.number, bytes, bytes.length, 0, place, place.bytes.length);
  requireResult(result, { syscall: 'sendto', action: `send to ${address}` });
}

/** Binds a socket of UDP. */
export function bindUdp(socket: FileDescriptor, address: string, port: number): void {
  const place = udpPlace(address, port);
  const result = systemCall('bind', socket.number, place, place.bytes.length);
  requireResult(result, { syscall: 'bind', action: `bind to ${address}` });
}

/** struct sockaddr_in */
function udpPlace(address: string, port: number): CStruct {
  const place = new CStruct(16).u16(0, 2).u16(2, ((port & 0xff) << 8) | (port >> 8));
  place.bytes.set(parseIpAddress(address), 4);
  return place;
}

/** Why programs cannot be loaded, if they cannot. */
export function findMissingBpf(): string | undefined {
  return findMissingSystemCalls()?.message ?? findRefusal(() => loadProgram('xdp'));
}

function findRefusal(attempt: () => Disposable): string | undefined {
  try {
    using _made = attempt();
    return undefined;
  } catch (error) {
    if (error instanceof Error && ['EPERM', 'EACCES', 'ENOSYS'].includes(errnoOf(error) ?? '')) return error.message;
    throw error;
  }
}
