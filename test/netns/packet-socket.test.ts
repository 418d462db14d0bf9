import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../../src/core/until.js';
import { PacketSocket, type PacketSocketOptions } from '../../src/netns/packet-socket.js';
import { PrivateNetIfaceResolver } from '../../src/netns/private-net-iface-resolver.js';
import { keep } from '../support/keep.js';
import { needsNamespaces } from '../support/needs-namespaces.js';

needsNamespaces();

const ETHER_TYPE = 0x88b5;

function makeFrame(number: number, etherType = ETHER_TYPE): Uint8Array {
  const frame = new Uint8Array(60).fill(0xff, 0, 6);
  frame.set([2, 0, 0, 0, 0, 1, etherType >> 8, etherType & 0xff, number], 6);
  return frame;
}

function openInterfaces(): PrivateNetIfaceResolver {
  return keep(new PrivateNetIfaceResolver());
}

function open(options: PacketSocketOptions): PacketSocket {
  const socket = new PacketSocket(options);
  onTestFinished(() => socket.close());
  return socket;
}

describe('a packet socket', () => {
  test('sees the frames of its protocol whole, in their order, and none that it sent itself', async () => {
    const interfaces = openInterfaces();
    const place = { netns: interfaces.netns(), ifindex: 2, etherType: ETHER_TYPE };
    const [sender, receiver, other] = [
      open({ ...place, netns: interfaces.peers }),
      open(place),
      open({ ...place, etherType: 0x88b6 }),
    ];
    for (const frame of [makeFrame(1), makeFrame(9, 0x88b6), makeFrame(2)]) sender.send(frame);
    const seen: Uint8Array[] = [];
    await until(() => seen.push(...receiver.receive()) === 2);
    expect(seen).toEqual([makeFrame(1), makeFrame(2)]);
    expect(other.receive()).toEqual([makeFrame(9, 0x88b6)]);
    expect(receiver.receive()).toEqual([]);
    expect(sender.receive()).toEqual([]);
  });

  test('without a protocol sees all frames that come in', async () => {
    const interfaces = openInterfaces();
    const sender = open({ netns: interfaces.peers, ifindex: 2 });
    const receiver = open({ netns: interfaces.netns(), ifindex: 2 });
    receiver.send(makeFrame(3));
    sender.send(makeFrame(1));
    sender.send(makeFrame(2, 0x88b6));
    const seen: (number | undefined)[] = [];
    const isOurs = (frame: Uint8Array): boolean => frame[12] === 0x88 && (frame[13] ?? 0) >= 0xb5;
    await until(() => {
      seen.push(
        ...receiver
          .receive()
          .filter(isOurs)
          .map((frame) => frame[14]),
      );
      return seen.length >= 2;
    });
    expect(seen).toEqual([1, 2]);
  });

  test('needs an interface that is there and up', () => {
    const interfaces = openInterfaces();
    const options = { netns: interfaces.netns(), ifindex: 9 };
    expect(() => new PacketSocket(options)).toThrow('open a packet socket on interface 9: ENODEV');
    const socket = open({ ...options, ifindex: 2 });
    interfaces.setDown('eth0');
    expect(() => socket.send(makeFrame(1))).toThrow('send a frame of 60 bytes: ENETDOWN');
    socket.close();
    socket.close();
  });

  test('is told every mistake in its options', () => {
    const interfaces = openInterfaces();
    const options = { netns: interfaces.netns(), ifindex: 0, etherType: 70_000 };
    expect(() => new PacketSocket(options)).toThrow(
      [
        'PacketSocket: 2 mistakes:',
        '  - ifindex must be a whole number from 1, not 0',
        '  - etherType must be a whole number from 1 to 65535, not 70000',
      ].join('\n'),
    );
  });
});
