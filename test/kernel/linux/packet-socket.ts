import { CStruct } from '../../../src/native/c-struct.js';
import { FileDescriptor } from '../../../src/native/file-descriptor.js';
import { requireResult, systemCall } from '../../../src/native/system-call.js';
import type { Netns } from '../../../src/netns/netns.js';

/** include/linux/socket.h, include/uapi/linux/if_ether.h in network order */
const AF_PACKET = 17;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const ETH_P_ALL = 0x0300;
const MSG_DONTWAIT = 0x40;
const EAGAIN = -11;

/** Sends and sees whole frames on one interface of a namespace. */
export class PacketSocket implements Disposable {
  readonly #fd: FileDescriptor;
  readonly #ifindex: number;

  constructor(netns: Netns, ifindex: number) {
    this.#fd = netns.run(
      () => new FileDescriptor(describe(systemCall('socket', AF_PACKET, SOCK_RAW_CLOEXEC, ETH_P_ALL), 'socket')),
    );
    this.#ifindex = ifindex;
    describe(systemCall('bind', this.#fd.number, this.#address(), 20), 'bind');
  }

  send(frame: Uint8Array): void {
    describe(systemCall('sendto', this.#fd.number, frame, frame.length, 0, this.#address(), 20), 'sendto');
  }

  /** The frames that came, or were sent, since the last time. */
  drain(): readonly Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (;;) {
      const buffer = new Uint8Array(2048);
      const result = systemCall('recvfrom', this.#fd.number, buffer, buffer.length, MSG_DONTWAIT, null, null);
      if (result === EAGAIN) return frames;
      frames.push(buffer.slice(0, describe(result, 'recvfrom')));
    }
  }

  [Symbol.dispose](): void {
    this.#fd.close();
  }

  /** struct sockaddr_ll */
  #address(): CStruct {
    return new CStruct(20).u16(0, AF_PACKET).u16(2, ETH_P_ALL).s32(4, this.#ifindex);
  }
}

function describe(result: number, syscall: string): number {
  return requireResult(result, { syscall, action: 'use a packet socket' });
}
