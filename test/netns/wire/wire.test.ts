import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { FaultPlan } from '../../../src/faults/plan.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

async function createPair() {
  const lab = keep(
    await createLab({
      hosts: { left: {}, right: {} },
      links: { cable: { ends: ['left', 'right'], wire: true } },
    }),
  );
  const { left, right } = lab.hosts;
  const receiver = right.udp({ port: 7000 });
  const sender = left.udp();
  const got: number[] = [];
  receiver.socket.on('message', (data) => got.push(data[0] ?? -1));
  const send = async (...bytes: readonly number[]) => {
    for (const byte of bytes) await sender.send(Uint8Array.of(byte), 7000, right.address);
  };
  // Neighbours are found before anything is damaged.
  await send(255);
  await until(() => got.length === 1);
  got.length = 0;
  return { lab, link: lab.links.cable, got, send };
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_none, index) => index);

describe('a wire', () => {
  test('carries TCP with whole checksums, a megabyte of it', async () => {
    const { lab, link } = await createPair();
    const body = 'x'.repeat(1_000_000);
    lab.hosts.right.serve((_request, response) => response.end(body), { port: 80, host: lab.hosts.right.address });
    expect(await (await lab.hosts.left.fetch('http://right/')).text()).toBe(body);
    expect(link.counts('bToA').delivered).toBeGreaterThan(600);
    expect(link.counts('bToA')).toMatchObject({ refused: 0, overrun: 0 });
  });

  test('joins a switch and a host, too, with IPv6', async () => {
    const lab = keep(
      await createLab({
        hosts: { a: {}, b: {} },
        bridges: { lan: {} },
        links: { one: { ends: ['a', 'lan'], wire: true }, two: { ends: ['lan', 'b'], wire: true } },
        families: ['ipv4', 'ipv6'],
      }),
    );
    const { b } = lab.hosts;
    const [six] = b.addresses({ family: 'ipv6' });
    b.serve((_request, response) => response.end('hello'), { port: 80, host: six?.address ?? '' });
    expect(await (await lab.hosts.a.fetch(`http://[${six?.address}]/`)).text()).toBe('hello');
  });

  test('loses the same frames for the same seed, and tells no sender', async () => {
    const { link, got, send } = await createPair();
    const lose = async (): Promise<readonly number[]> => {
      got.length = 0;
      const { received, lost } = link.counts('aToB');
      const impairment = link.impair({ aToB: { lossPercent: 50 }, seed: 7 });
      await send(...numbers(100));
      await until(() => link.counts('aToB').received === received + 100);
      const count = link.counts('aToB').lost - lost;
      impairment[Symbol.dispose]();
      await until(() => got.length === 100 - count);
      return [...got];
    };
    const first = await lose();
    expect(first.length).toBeGreaterThan(30);
    expect(first.length).toBeLessThan(70);
    expect(await lose()).toEqual(first);
  });

  test('delays frames, merges impairments, and takes each back alone', async () => {
    const { link, got, send } = await createPair();
    const slow = link.impair({ both: { delayMs: 40 }, seed: 1 });
    const lossy = link.impair({ aToB: { lossPercent: 100 }, both: { delayMs: 30 } });
    expect(link.impairment('aToB')).toEqual({ delayMs: 30, lossPercent: 100 });
    expect(link.impairment('bToA')).toEqual({ delayMs: 30 });
    lossy[Symbol.dispose]();
    lossy[Symbol.dispose]();
    expect(link.impairment('aToB')).toEqual({ delayMs: 40 });
    const start = performance.now();
    await send(1);
    await until(() => got.length === 1);
    expect(performance.now() - start).toBeGreaterThan(39);
    slow[Symbol.dispose]();
    expect(link.impairment('bToA')).toEqual({});
    expect(link.seed).not.toBe(1);
  });

  test('duplicates every frame, and damages every frame behind its Ethernet header', async () => {
    const { link, got, send } = await createPair();
    const twice = link.impair({ aToB: { duplicatePercent: 100 } });
    await send(1, 2);
    await until(() => got.length === 4);
    expect(got).toEqual([1, 1, 2, 2]);
    twice[Symbol.dispose]();
    using _corrupt = link.impair({ aToB: { corruptPercent: 100 } });
    await send(...numbers(20));
    await until(() => link.counts('aToB').corrupted === 20);
    expect(link.counts('aToB')).toMatchObject({ duplicated: 2, lost: 0 });
  });

  test('holds frames back, and lets them go in their order', async () => {
    const { lab, link, got, send } = await createPair();
    const before = link.counts('aToB').received;
    const hold = link.hold('aToB');
    link.hold();
    await send(...numbers(10));
    await until(() => link.counts('aToB').received === before + 10);
    hold[Symbol.dispose]();
    expect(link.counts('aToB').delivered).toBe(before);
    lab.heal();
    await until(() => got.length === 10);
    expect(got).toEqual(numbers(10));
  });

  test('asks a function of the test about each frame', async () => {
    const { link, got, send } = await createPair();
    const seen: string[] = [];
    const own = link.intercept((frame) => {
      if (frame.udp?.destinationPort !== 7000) return 'pass';
      const byte = frame.payload?.[0] ?? 0;
      seen.push(`${frame.direction} ${frame.ip?.destination} ${byte}`);
      if (byte === 1) return 'drop';
      return byte === 2 ? { frames: [frame.bytes, frame.bytes] } : undefined;
    });
    expect(() => link.intercept(() => 'pass')).toThrow('another function decides about its frames already');
    await send(0, 1, 2, 3);
    await until(() => got.length === 4);
    expect(got).toEqual([0, 2, 2, 3]);
    expect(seen).toEqual([0, 1, 2, 3].map((byte) => `aToB 10.0.0.2 ${byte}`));
    own[Symbol.dispose]();
    await send(1);
    await until(() => got.length === 5);
  });

  test('asks a function of a module in its own thread, and says what is wrong with one', async () => {
    const { link, got, send } = await createPair();
    const module = new URL('./drop-some.ts', import.meta.url);
    await expect(link.intercept({ module, export: 'dropEven' })).rejects.toThrow('it exports no function "dropEven"');
    await expect(link.intercept({ module: './x.ts' })).rejects.toThrow('module must be an absolute URL');
    const own = await link.intercept({ module, export: 'dropOdd' });
    await send(...numbers(10));
    await until(() => got.length === 5);
    expect(got).toEqual([0, 2, 4, 6, 8]);
    own[Symbol.dispose]();
    await send(1);
    await until(() => got.length === 6);
  });

  test('sends frames through a plan of faults: errors drop, delays hold, answers replace', async () => {
    const { link, got, send } = await createPair();
    const faults = new FaultPlan();
    using _faults = link.useFaults(faults);
    const where = { protocol: 'udp', destinationPort: 7000, from: 'left', destination: '10.0.0.2' } as const;
    const third = faults.inject('wire.frame', { where, nth: 3, before: 'EIO' });
    faults.inject('wire.frame', { where, nth: 1, delayMs: 200 });
    faults.inject('wire.frame', { where, nth: 5, instead: () => 'drop' });
    await send(...numbers(6));
    await until(() => got.length === 4);
    expect(got).toEqual([1, 3, 5, 0]);
    expect(third.fired).toBe(1);
    expect(link.counts('aToB').dropped).toBe(2);
    faults.assertAllFired();
  });

  test('reports a decision that is none, and drops the frame', async () => {
    const lab = await createLab({ hosts: { a: {}, b: {} }, links: { cable: { ends: ['a', 'b'], wire: true } } });
    const { cable } = lab.links;
    cable.intercept(() => 'dorp' as 'drop');
    await lab.hosts.a.udp().send('x', 7000, lab.hosts.b.address);
    await until(() => cable.counts('aToB').dropped > 0);
    await expect(lab[Symbol.asyncDispose]()).rejects.toThrow('it returned "dorp"');
  });

  test('whose function fails drops the frame, and the lab says so when it ends', async () => {
    const lab = await createLab({ hosts: { a: {}, b: {} }, links: { cable: { ends: ['a', 'b'], wire: true } } });
    const { cable } = lab.links;
    cable.intercept(() => {
      throw new Error('no such frame');
    });
    await lab.hosts.a.udp().send('x', 7000, lab.hosts.b.address);
    await until(() => cable.counts('aToB').dropped > 0);
    await expect(lab[Symbol.asyncDispose]()).rejects.toThrow('no such frame');
  });

  test('refuses impairments with every mistake, and so does a link that is no wire', async () => {
    const { link } = await createPair();
    const options = { both: { delayMs: -1, lossPercent: 101, limitPackets: 1.5 }, aToB: { loss: 1 }, seed: 0.5 };
    expect(() => link.impair(options as never)).toThrow(
      /5 mistakes:.*aToB: "loss" is no option.*both\.delayMs.*both\.lossPercent.*both\.limitPackets.*seed must be/s,
    );
    expect(() => link.impair({ both: { reorderPercent: 5 } })).toThrow('reorderPercent takes a delayMs beside it');
    expect(link.impairment('aToB')).toEqual({});
    const plain = keep(await createLab({ hosts: { a: {}, b: {} }, links: { cable: ['a', 'b'] } }));
    expect(() => plain.links.cable.hold()).toThrow(
      'link "cable".hold: it is no wire; write cable: { ends: ["a", "b"], wire: true } in the spec',
    );
  });

  test('ends with its lab, again and again, without a descriptor more', async () => {
    const build = async () => {
      await using lab = await createLab({
        hosts: { a: {}, b: {} },
        links: { cable: { ends: ['a', 'b'], wire: true } },
      });
      expect(lab.links.cable.isUp).toBe(true);
    };
    await build();
    const before = readdirSync('/proc/self/fd').length;
    for (let round = 0; round < 2; round += 1) await build();
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });
});
