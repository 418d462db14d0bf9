import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from 'glovebox';
import type { BpfMap, Kernel } from 'glovebox/kernel';
import { PacketSocket, type PrivateNetIfaceResolver } from 'glovebox/netns';
import type { ProgramInput } from '../src/client.js';
import { describe, expect, ROOT, test } from './support/fixture.js';
import { onTc, onTcx, onXdp, program } from './support/requests.js';

const OBJECT = readFileSync(join(import.meta.dirname, 'objects/drop.o'));
/** The protocol of experiments: nobody but the tests sends it. */
const ETHER_TYPE = 0x88b5;

/** A program of drop.c; its name is that of its function. */
function dropProgram(name: string, type: 'xdp' | 'tc' | 'tcx'): ProgramInput {
  return program(name, type, { object: OBJECT, section: type === 'xdp' ? 'xdp' : 'tc' });
}

/** What is sent at the other end of eth0's wire, and what comes through to a protocol at this one. */
class Wire {
  readonly arrived: number[] = [];
  readonly #sender: PacketSocket;
  readonly #receiver: PacketSocket;

  constructor(interfaces: PrivateNetIfaceResolver) {
    this.#sender = new PacketSocket({ netns: interfaces.peers, ifindex: 2 });
    this.#receiver = new PacketSocket({ netns: interfaces.netns(), ifindex: 2, etherType: ETHER_TYPE });
  }

  /** Sends a frame with a number in it to everyone. */
  send(number: number): void {
    const frame = new Uint8Array(60).fill(0xff, 0, 6);
    frame.set([2, 0, 0, 0, 0, 1, ETHER_TYPE >> 8, ETHER_TYPE & 0xff, number], 6);
    this.#sender.send(frame);
  }

  /** Waits for a frame; whatever was sent before it has arrived by then, or never will. */
  async waitFor(number: number): Promise<void> {
    const look = () => {
      this.arrived.push(...this.#receiver.receive().map((frame) => frame[14] ?? -1));
      return this.arrived.includes(number);
    };
    await until(look, { intervalMs: 1, description: `frame ${number} to arrive` });
  }

  close(): void {
    this.#sender.close();
    this.#receiver.close();
  }
}

/** How many frames a program has counted. */
async function readCount(kernel: Kernel, programId: number): Promise<number> {
  const map = await kernel.open(`${ROOT}/maps/${programId}/packets`);
  if (map.kind !== 'map') throw new Error(`a ${map.kind} is pinned where the map should be`);
  await using packets = map;
  return await countOf(packets);
}

async function countOf(packets: BpfMap | undefined): Promise<number> {
  const count = await packets?.lookup(new Uint8Array(4));
  return count === undefined ? -1 : new DataView(count.buffer, count.byteOffset).getUint32(0, true);
}

const onWire = test.extend('wire', ({ linuxInterfaces }, { onCleanup }) => {
  const wire = new Wire(linuxInterfaces);
  onCleanup(() => wire.close());
  return wire;
});

describe('Traffic', () => {
  onWire.for([
    { type: 'xdp', target: onXdp() },
    { type: 'tc', target: onTc('ingress') },
    { type: 'tcx', target: onTcx('ingress') },
  ] as const)(
    'a packet that a $type program drops does not arrive, and the next one does once it is detached',
    async ({ type, target }, { client, kernel, wire }) => {
      wire.send(1);
      await wire.waitFor(1);
      const [loaded] = await client.load(dropProgram(`drop_${type}`, type));
      const id = loaded?.id ?? 0;
      const { link } = await client.attach(id, target);
      wire.send(2);
      await until(async () => (await readCount(kernel, id)) === 1, { description: 'the program to count the frame' });
      await client.detach(link.id);
      wire.send(3);
      await wire.waitFor(3);

      expect(wire.arrived).toEqual([1, 3]);
      expect(await readCount(kernel, id)).toBe(1);
    },
  );

  onWire(
    "what someone else's XDP program drops, a program of the manager's does not see",
    async ({ client, kernel, wire }) => {
      const [counter] = await client.load(dropProgram('drop_tcx', 'tcx'));
      const id = counter?.id ?? 0;
      await client.attach(id, onTcx('ingress'));
      const code = { object: OBJECT, section: 'xdp' };
      await using theirs = await kernel.load({ name: 'drop_xdp', type: 'xdp', code });
      const link = await kernel.attach({ type: 'xdp', program: theirs, ifindex: 2 });
      wire.send(1);
      await until(async () => (await countOf(theirs.maps[0])) === 1, { description: 'XDP to drop the frame' });
      expect(await readCount(kernel, id)).toBe(0);

      await kernel.detach(link);
      wire.send(2);
      await until(async () => (await readCount(kernel, id)) === 1, { description: 'the frame to reach TCX' });
      expect(await countOf(theirs.maps[0])).toBe(1);
      expect(wire.arrived).toEqual([]);
    },
  );

  onWire(
    'behind a dispatcher, a program that drops keeps those after it from running',
    async ({ client, kernel, wire }) => {
      const [drop, count] = await client.load(dropProgram('drop_xdp', 'xdp'), dropProgram('count_xdp', 'xdp'));
      const counter = await client.attach(count?.id ?? 0, onXdp({ priority: 20 }));
      wire.send(1);
      await wire.waitFor(1);
      const dropper = await client.attach(drop?.id ?? 0, onXdp({ priority: 10 }));
      wire.send(2);
      await until(async () => (await readCount(kernel, drop?.id ?? 0)) === 1, {
        description: 'the frame to be dropped',
      });
      await client.detach(dropper.link.id);
      wire.send(3);
      await wire.waitFor(3);

      expect(wire.arrived).toEqual([1, 3]);
      expect(await readCount(kernel, count?.id ?? 0)).toBe(2);
      expect((await client.get(count?.id ?? 0)).links).toMatchObject([{ id: counter.link.id, position: 0 }]);
    },
  );

  onWire('a program is run after one that drops if that one is told to go on', async ({ client, kernel, wire }) => {
    const [drop, count] = await client.load(dropProgram('drop_xdp', 'xdp'), dropProgram('count_xdp', 'xdp'));
    await client.attach(drop?.id ?? 0, onXdp({ priority: 10, proceedOn: ['drop', 'pass', 'dispatcher_return'] }));
    await client.attach(count?.id ?? 0, onXdp({ priority: 20 }));
    wire.send(1);
    // The last program that ran has the last word, and lets it pass.
    await wire.waitFor(1);

    expect([await readCount(kernel, drop?.id ?? 0), await readCount(kernel, count?.id ?? 0)]).toEqual([1, 1]);
  });
});
