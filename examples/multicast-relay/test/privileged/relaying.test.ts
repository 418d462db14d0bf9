import { collectTraffic, generateTraffic } from 'glovebox/netns';
import { describe, expect, test } from '../support/fixture.ts';
import { behindRouter, oneHop, threeWays, twoHops } from '../support/labs.ts';
import { all, conserved } from '../support/stages.ts';

const IN = { address: '239.1.1.1', port: 5000 };

describe('Relaying', () => {
  test('10 packets go through, by the command as it is typed', async ({ createLab, startRelay }) => {
    const lab = await createLab(oneHop);
    const { source, relay: host, sink } = lab.hosts;
    const relay = await startRelay({ in: host });
    const input = ['--input-interface', 'eth0', '--input-group', '239.1.1.1', '--input-port', '5000'];
    const added = await relay.run('add', ...input, '--outputs', '239.2.2.2:6000:eth1');
    expect(added).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(added.stdout)).toEqual({
      id: 1,
      input: '239.1.1.1:5000:eth0',
      state: 'active',
      outputs: [{ output: '239.2.2.2:6000:eth1', sent: 0 }],
    });
    const sunk = collectTraffic(sink, { port: 6000, group: '239.2.2.2', interface: 'eth0', expected: 10 });
    await generateTraffic(source, { to: IN, count: 10, interface: 'eth0' });
    expect(await sunk.report()).toMatchObject({ received: 10, lost: 0, duplicates: 0, reordered: 0, foreign: 0 });
    const told = await relay.run('stats');
    expect(conserved(JSON.parse(told.stdout))).toEqual(all(10));
  });

  test('1,000 packets go over one hop, in their order', async ({ createLab, startRelay }) => {
    const lab = await createLab(oneHop);
    const { source, relay: host, sink } = lab.hosts;
    const relay = await startRelay({ in: host });
    await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    const sunk = collectTraffic(sink, { port: 6000, group: '239.2.2.2', interface: 'eth0', expected: 1000 });
    await generateTraffic(source, { to: IN, count: 1000, interface: 'eth0' });
    expect(await sunk.report()).toMatchObject({ received: 1000, duplicates: 0, reordered: 0 });
    expect(conserved(await relay.stats())).toEqual(all(1000));
  });

  test('100,000 packets go over two hops, and each relay says so', async ({ createLab, startRelay }) => {
    const lab = await createLab(twoHops);
    const { source, first, second, sink } = lab.hosts;
    const relays = await Promise.all([startRelay({ in: first }), startRelay({ in: second })]);
    await relays[0].add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    await relays[1].add('239.2.2.2:6000:eth0', '239.3.3.3:7000:eth1');
    const sunk = collectTraffic(sink, {
      port: 7000,
      group: '239.3.3.3',
      interface: 'eth0',
      expected: 100_000,
      timeoutMs: 5000,
    });
    await generateTraffic(source, { to: IN, count: 100_000, interface: 'eth0', rateFramesPerSecond: 50_000 });
    expect(await sunk.report()).toMatchObject({ received: 100_000, lost: 0, duplicates: 0, reordered: 0 });
    for (const relay of relays) expect(conserved(await relay.stats())).toEqual(all(100_000));
  });

  test('three outputs on three interfaces each get everything, from a list with commas', async ({
    createLab,
    startRelay,
  }) => {
    const lab = await createLab(threeWays);
    const { source, relay: host, left, middle, right } = lab.hosts;
    const relay = await startRelay({ in: host });
    const outputs = ['239.2.2.2:6000:eth1', '239.3.3.3:6001:eth2', '239.4.4.4:6002:eth3'];
    const input = ['--input-interface', 'eth0', '--input-group', '239.1.1.1', '--input-port', '5000'];
    expect(await relay.run('add', ...input, '--outputs', outputs.join(','))).toMatchObject({ exitCode: 0 });
    const sinks = [left, middle, right].map((host, index) =>
      collectTraffic(host, {
        port: 6000 + index,
        group: `239.${index + 2}.${index + 2}.${index + 2}`,
        interface: 'eth0',
        expected: 1000,
      }),
    );
    await generateTraffic(source, { to: IN, count: 1000, interface: 'eth0' });
    for (const sink of sinks) expect(await sink.report()).toMatchObject({ received: 1000, duplicates: 0, foreign: 0 });
    const stats = await relay.stats();
    expect(stats.egress).toMatchObject({ channelRecv: 1000, submitted: 3000, sent: 3000 });
    expect(stats.rules[0]?.outputs).toEqual(outputs.map((output) => ({ output, sent: 1000 })));
  });

  test('devnull counts and drops before the channel: the ingress is measured by itself', async ({
    createLab,
    startRelay,
  }) => {
    const lab = await createLab(oneHop);
    const relay = await startRelay({ in: lab.hosts.relay, args: ['--workers', 'ingress'], ready: false });
    await relay.statsWhen('the ingress worker', ({ workers }) => workers.ingress.state === 'running');
    await relay.add('239.1.1.1:5000:eth0', 'devnull');
    await generateTraffic(lab.hosts.source, { to: IN, count: 20_000, interface: 'eth0', rateFramesPerSecond: 100_000 });
    const { ingress, egress } = await relay.statsWhen('20,000 packets', (stats) => stats.ingress.recv === 20_000);
    expect(ingress).toMatchObject({ matched: 20_000, discarded: 20_000, egressSent: 0, foreign: 0 });
    expect(ingress.dropped).toEqual({ channelFull: 0, notConnected: 0, receiveBuffer: 0 });
    expect(egress).toMatchObject({ channelRecv: 0, submitted: 0, sent: 0 });
  });

  test('a rule that was removed gets nothing more, and the kernel has left its group', async ({
    createLab,
    startRelay,
  }) => {
    const lab = await createLab(oneHop);
    const { source, relay: host } = lab.hosts;
    const relay = await startRelay({ in: host });
    const { id } = await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    await host.joined('239.1.1.1');
    expect(await relay.run('remove', String(id))).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(host.proc.memberships().map(({ group }) => group)).not.toContain('239.1.1.1');
    await generateTraffic(source, { to: IN, count: 10, interface: 'eth0' });
    expect(await relay.stats()).toMatchObject({ ingress: { recv: 0 }, egress: { sent: 0 }, rules: [] });
  });

  test('a TTL of 2 takes packets over a router, where 1 does not', async ({ createLab, startRelay }) => {
    const { createMulticastRouter } = await import('glovebox/netns');
    const lab = await createLab(behindRouter);
    const { source, relay: host, sink } = lab.hosts;
    createMulticastRouter(lab.routers.router, [
      { group: '239.2.2.2', from: 'eth0', to: ['eth1'] },
      { group: '239.3.3.3', from: 'eth0', to: ['eth1'] },
    ]);
    const relay = await startRelay({ in: host });
    await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1', 2);
    await relay.add('239.1.1.2:5000:eth0', '239.3.3.3:6000:eth1', 1);
    const far = collectTraffic(sink, { port: 6000, group: '239.2.2.2', interface: 'eth0', expected: 20 });
    // The slow path first: those that may not pass have been thrown away when the last of the others comes.
    await generateTraffic(source, { to: { address: '239.1.1.2', port: 5000 }, count: 20, interface: 'eth0' });
    await generateTraffic(source, { to: IN, count: 20, interface: 'eth0' });
    expect(await far.report()).toMatchObject({ received: 20, foreign: 0 });
    expect((await relay.stats()).rules.map(({ outputs }) => outputs[0]?.sent)).toEqual([20, 20]);
  });
});
