import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { collectTraffic } from '../../../src/netns/traffic/collect-traffic.js';
import { generateTraffic } from '../../../src/netns/traffic/generate-traffic.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { createNetns } from '../create-netns.js';

needsNamespaces();

async function createPair() {
  return keep(
    await createLab({
      hosts: { sender: {}, receiver: {} },
      links: { wire: ['sender', 'receiver'] },
      families: ['ipv4', 'ipv6'],
    }),
  );
}

const allOf = (count: number) => ({
  received: count,
  expected: count,
  lost: 0,
  duplicates: 0,
  reordered: 0,
  droppedByBuffer: 0,
  foreign: 0,
});

describe('traffic', () => {
  test('arrives, and each datagram is accounted for', async () => {
    const { sender, receiver } = (await createPair()).hosts;
    const sink = collectTraffic(receiver, { timeoutMs: 5000 });
    const sent = await generateTraffic(sender, {
      to: { address: 'receiver', port: sink.port },
      count: 20_000,
      sizeBytes: 100,
    });
    expect(sent).toMatchObject({ sent: 20_000, sentBytes: 2_000_000, refused: {} });
    const report = await sink.report();
    expect(report).toMatchObject({ ...allOf(20_000), receivedBytes: 2_000_000 });
    expect(report.streams).toEqual([
      { streamId: sent.streamId, count: 20_000, received: 20_000, duplicates: 0, reordered: 0 },
    ]);
    expect(await sink.report()).toBe(report);
  });

  test('goes to groups of IPv4 and IPv6, by the interface that is named', async () => {
    const { sender, receiver } = (await createPair()).hosts;
    for (const group of ['239.1.1.1', 'ff15::1']) {
      const device = receiver.interface('wire').name;
      const sink = collectTraffic(receiver, { group, interface: device, timeoutMs: 5000 });
      const to = { address: group, port: sink.port };
      await generateTraffic(sender, { to, count: 100, interface: sender.interface('wire').name });
      expect(await sink.report()).toMatchObject(allOf(100));
    }
  });

  test('that nobody asked for is not there', async () => {
    const { sender, receiver } = (await createPair()).hosts;
    const sink = collectTraffic(receiver, { group: '239.1.1.1', interface: 'eth0', expected: 10, timeoutMs: 100 });
    const to = { address: '239.1.1.2', port: sink.port };
    await generateTraffic(sender, { to, count: 10, interface: 'eth0' });
    expect(await sink.report()).toMatchObject({ received: 0, expected: 10, lost: 10, latency: undefined });
  });

  test('has the TTL, the port and the size that were asked for', async () => {
    const netns = createNetns();
    const socket = netns.udp({ host: '127.0.0.1' });
    const { sent } = await generateTraffic(netns, {
      to: { address: '127.0.0.1', port: socket.port },
      count: 1,
      sizeBytes: 24,
      sourcePort: 4000,
      ttl: 3,
      interface: 'lo',
    });
    const { data, port } = await socket.receive();
    expect([sent, data.length, port]).toEqual([1, 24, 4000]);
  });

  test('keeps to a rate, and says how long it took', async () => {
    const netns = createNetns();
    const sink = collectTraffic(netns, { timeoutMs: 5000 });
    const { durationMs } = await generateTraffic(netns, {
      to: { address: 'localhost', port: sink.port },
      count: 101,
      rateFramesPerSecond: 1000,
    });
    // Later it may be, on a busy machine; earlier never.
    expect(durationMs).toBeGreaterThanOrEqual(100);
    const { latency, ...report } = await sink.report();
    expect(report).toMatchObject(allOf(101));
    const order = [latency?.minMs, latency?.medianMs, latency?.p90Ms, latency?.p99Ms, latency?.maxMs];
    expect(order).toEqual(order.toSorted((a, b) => Number(a) - Number(b)));
    expect(latency?.minMs).toBeGreaterThan(0);
  });

  test('that does not fit into the buffer is counted as dropped there', async () => {
    const netns = createNetns();
    const sink = collectTraffic(netns, { receiveBufferBytes: 1, timeoutMs: 200, expected: 50_000 });
    const to = { address: '127.0.0.1', port: sink.port };
    const { sent } = await generateTraffic(netns, { to, count: 50_000, sizeBytes: 1000 });
    const { received, lost, droppedByBuffer } = await sink.report();
    expect(droppedByBuffer).toBeGreaterThan(0);
    expect([received + droppedByBuffer, lost]).toEqual([sent, droppedByBuffer]);
  });

  test('of two generators is told apart; what no generator made is foreign', async () => {
    const netns = createNetns();
    const sink = collectTraffic(netns, { expected: 300, timeoutMs: 5000 });
    const to = { address: '127.0.0.1', port: sink.port };
    const socket = netns.udp();
    await socket.send('hello', to.port, to.address);
    await Promise.all([generateTraffic(netns, { to, count: 100 }), generateTraffic(netns, { to, count: 200 })]);
    const report = await sink.report();
    expect(report).toMatchObject({ ...allOf(300), foreign: 1 });
    expect(report.streams.map(({ count, received }) => [count, received]).sort()).toEqual([
      [100, 100],
      [200, 200],
    ]);
  });

  test('that comes twice and in another order is told', async () => {
    const netns = createNetns();
    const tap = netns.udp({ host: '127.0.0.1' });
    const sink = collectTraffic(netns, { expected: 3, timeoutMs: 5000 });
    await generateTraffic(netns, { to: { address: '127.0.0.1', port: tap.port }, count: 4 });
    const [a, b, c] = [await tap.receive(), await tap.receive(), await tap.receive()];
    for (const { data } of [a, c, b, c]) await tap.send(data, sink.port, '127.0.0.1');
    expect(await sink.report()).toMatchObject({ received: 3, duplicates: 1, reordered: 1, lost: 0 });
  });

  test('to a closed port is sent all the same', async () => {
    const netns = createNetns();
    const outcome = await generateTraffic(netns, { to: { address: '127.0.0.1', port: 9 }, count: 1000 });
    expect(outcome).toMatchObject({ sent: 1000, refused: {} });
  });

  test('that the kernel refuses is not counted as sent, and told by error', async () => {
    const lab = await createPair();
    const { sender, receiver } = lab.hosts;
    const to = { address: receiver.address, port: 9 };
    const outcome = generateTraffic(sender, { to, count: 1000, rateFramesPerSecond: 5000 });
    lab.links.wire.down();
    const { sent, refused } = await outcome;
    expect(Object.keys(refused)).toEqual(['ENETUNREACH']);
    expect(sent + (refused['ENETUNREACH'] ?? 0)).toBe(1000);
    await expect(generateTraffic(sender, { to, count: 1 })).rejects.toThrow(
      /ENETUNREACH: network is unreachable, connect$/,
    );
    await expect(generateTraffic(sender, { to: { address: '239.1.1.1', port: 9 }, count: 1 })).rejects.toThrow(
      'No route says which interface the group is on: name it, as in generateTraffic(host, { …, interface: "eth0" })',
    );
  });

  test('ends when it is called off, and with its namespace', async () => {
    const netns = createNetns();
    const to = { address: '127.0.0.1', port: 9 };
    const controller = new AbortController();
    const endless = { to, count: 1_000_000, rateFramesPerSecond: 0.001 };
    const first = generateTraffic(netns, { ...endless, signal: controller.signal });
    const second = generateTraffic(netns, endless);
    const sink = collectTraffic(netns, { timeoutMs: 60_000, expected: 1 });
    const report = sink.report();
    controller.abort();
    await expect(first).rejects.toThrow(
      /^Traffic to 127\.0\.0\.1 ended after [01] of 1000000 datagrams: it was called off$/,
    );
    const refusal = expect(second).rejects.toThrow(/: its namespace was closed$/);
    await netns[Symbol.asyncDispose]();
    await refusal;
    expect(await report).toMatchObject({ received: 0, lost: 1 });
    await expect(generateTraffic(netns, endless)).rejects.toThrow('Netns');
  });
});

test('traffic leaves no file descriptor and no thread', async () => {
  const netns = createNetns();
  const round = async (): Promise<void> => {
    const sink = collectTraffic(netns, { timeoutMs: 5000 });
    await generateTraffic(netns, { to: { address: '127.0.0.1', port: sink.port }, count: 10 });
    expect((await sink.report()).received).toBe(10);
    await collectTraffic(netns)[Symbol.asyncDispose]();
  };
  const count = (): readonly number[] => ['fd', 'task'].map((folder) => readdirSync(`/proc/self/${folder}`).length);
  // What is loaded once is there after the first.
  await round();
  const before = count();
  for (let times = 0; times < 2; times += 1) await round();
  expect(count()).toEqual(before);
});

test('every mistake is told at once', async () => {
  const netns = createNetns();
  const wrong = {
    to: { address: '127.0.0.1', port: 0 },
    count: 0,
    sizeBytes: 23,
    rateFramesPerSecond: 0,
    ttl: 256,
    rate: 1,
  };
  const error = await generateTraffic(netns, wrong).catch((caught: unknown) => caught);
  expect(String(error)).toMatch(/to\.port .*count .*sizeBytes .*rateFramesPerSecond .*ttl /s);
  expect(String(error)).toContain('rate');
  expect(() => collectTraffic(netns, { group: '10.0.0.1', port: -1, timeoutMs: -1 })).toThrow(
    /port .*group .*timeoutMs /s,
  );
});
