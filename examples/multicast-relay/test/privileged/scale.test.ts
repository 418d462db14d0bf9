import { collectTraffic, generateTraffic } from 'glovebox/netns';
import { describe, expect, test } from '../support/fixture.ts';
import { oneHop } from '../support/labs.ts';
import { conserved } from '../support/stages.ts';

const COUNT = 1_000_000;
const BUFFER_BYTES = 512 * 1024 * 1024;
const DEADLINE_MS = 90_000;

describe('Scale', () => {
  test('1,000,000 packets are conserved at every stage, and 18 foreign ones are counted, not relayed', {
    timeout: DEADLINE_MS,
  }, async ({ createLab, startRelay }) => {
    const lab = await createLab(oneHop);
    const { source, relay: host, sink } = lab.hosts;
    // Room for what comes while others have the processor.
    const relay = await startRelay({
      in: host,
      args: ['--receive-buffer', String(BUFFER_BYTES), '--channel-wait', '10000'],
    });
    await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    // A group of another program on the same machine: the kernel gives it to every socket of its port.
    await using other = host.udp({ port: 5001 });
    other.join('239.9.9.9', { interface: 'eth0' });
    await host.joined('239.9.9.9');
    const sunk = collectTraffic(sink, {
      port: 6000,
      group: '239.2.2.2',
      interface: 'eth0',
      expected: COUNT,
      timeoutMs: DEADLINE_MS / 2,
      receiveBufferBytes: BUFFER_BYTES,
    });
    const send = (address: string, count: number, rateFramesPerSecond: number) =>
      generateTraffic(source, { to: { address, port: 5000 }, count, interface: 'eth0', rateFramesPerSecond });
    await Promise.all([
      send('239.1.1.1', COUNT, 100_000),
      send('239.9.9.9', 10, 10),
      send(host.addresses({ link: 'input' })[0]?.address ?? '', 8, 8),
    ]);
    const arrived = await sunk.report();
    expect(arrived).toMatchObject({ duplicates: 0, reordered: 0, foreign: 0 });
    const stats = await relay.stats();
    expect(stats.ingress).toMatchObject({ recv: COUNT + 18, foreign: 18 });
    expect(stats.ingress.dropped).toEqual({ channelFull: 0, notConnected: 0, receiveBuffer: 0 });
    // What differs would be named, with the stages that it was lost between.
    expect({ generated: COUNT, ...conserved(stats), received: arrived.received }).toConserve();
    expect(stats.supervisor).toEqual({ lost: 0, restarts: { ingress: 0, egress: 0 } });
  });
});
