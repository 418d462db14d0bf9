import { expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { assemble } from '../../../src/kernel/linux/assemble/assemble.js';
import { exit, movImm } from '../../../src/kernel/linux/assemble/instructions.js';
import { PacketSocket } from '../../../src/netns/packet-socket.js';
import { openBench } from './linux-bench.js';
import { needsBpf } from './needs-bpf.js';
import { readFixture } from './support.js';

needsBpf();

/** A frame of a protocol of experiments, with a number in it. */
function makeFrame(number: number): Uint8Array {
  const frame = new Uint8Array(64).fill(0xff, 0, 6);
  frame.set([2, 0, 0, 0, 0, 1, 0x88, 0xb5, number], 6);
  return frame;
}

const listNumbers = (frames: readonly Uint8Array[]): readonly (number | undefined)[] =>
  frames.filter((frame) => frame[12] === 0x88 && frame[13] === 0xb5).map((frame) => frame[14]);

async function openWire() {
  const { kernel, devices } = openBench();
  const peer = new PacketSocket({ netns: devices.peers, ifindex: 2 });
  const socket = new PacketSocket({ netns: devices.netns(), ifindex: 2 });
  return { kernel, peer, socket };
}

test('a packet is dropped by a program of an object file, which counts it', async () => {
  const { kernel, peer, socket } = await openWire();
  using _peer = peer;
  using _socket = socket;
  const seen: (number | undefined)[] = [];
  const see = (): readonly (number | undefined)[] => {
    seen.push(...listNumbers(socket.receive()));
    return seen;
  };
  peer.send(makeFrame(1));
  await until(() => see().includes(1));

  const program = await kernel.load({ name: 'drop', type: 'xdp', code: { object: readFixture('xdp-counter') } });
  const link = await kernel.attach({ type: 'xdp', program, ifindex: 2 });
  const [packets] = program.maps;
  const count = async (): Promise<number> => {
    const value = await packets?.lookup(Uint8Array.of(1, 0, 0, 0));
    return new DataView(value?.buffer ?? new ArrayBuffer(8)).getUint32(0, true);
  };
  const before = await count();
  peer.send(makeFrame(2));
  await until(async () => (await count()) > before);

  await kernel.detach(link);
  peer.send(makeFrame(3));
  await until(() => see().includes(3));
  expect(seen).toEqual([1, 3]);
});

test('a packet is dropped by a filter of tc, and by a program on TCX', async () => {
  const { kernel, peer, socket } = await openWire();
  using _peer = peer;
  using _socket = socket;
  // TC_ACT_SHOT on the way out: what is sent is never seen at the other end.
  const code = { instructions: assemble([movImm(0, 2), exit()]).instructions };
  const program = await kernel.load({ name: 'shot', type: 'tc', code });
  await kernel.createClsact({ ifindex: 2 });
  const filter = await kernel.addFilter({ ifindex: 2, direction: 'egress', program });
  const send = (number: number): void => {
    try {
      socket.send(makeFrame(number));
    } catch {
      // ENOBUFS tells the sender that its frame was dropped.
    }
  };
  send(1);
  await kernel.deleteFilter(filter);
  const tcx = await kernel.attach({ type: 'tcx', program, ifindex: 2, direction: 'egress' });
  send(2);
  await kernel.detach(tcx);
  send(3);
  const seen: (number | undefined)[] = [];
  await until(() => {
    seen.push(...listNumbers(peer.receive()));
    return seen.includes(3);
  });
  expect(seen).toEqual([3]);
});
