import { collectTraffic, generateTraffic } from 'glovebox/netns';
import { describe, expect, test } from '../support/fixture.ts';
import { oneHop, switched } from '../support/labs.ts';
import { all, conserved } from '../support/stages.ts';

const IN = { address: '239.1.1.1', port: 5000 };

describe('Starting', () => {
  test('the group is joined, in the kernel and in the switch, before the first packet is sent', async ({
    createLab,
    startRelay,
  }) => {
    const lab = await createLab(switched);
    const { source, relay: host, sink } = lab.hosts;
    const relay = await startRelay({ in: host });
    expect(await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1')).toMatchObject({ state: 'active' });
    expect(await host.joined('239.1.1.1')).toMatchObject([{ group: '239.1.1.1', interface: 'eth0' }]);
    expect(lab.bridges.left.memberships()).toContainEqual(expect.objectContaining({ group: '239.1.1.1', link: 'up' }));
    const sunk = collectTraffic(sink, { port: 6000, group: '239.2.2.2', interface: 'eth0', expected: 1 });
    await sink.joined('239.2.2.2');
    await generateTraffic(source, { to: IN, count: 1, interface: 'eth0' });
    expect(await sunk.report()).toMatchObject({ received: 1 });
  });

  test('a relay that is there before its interface is up joins when it comes up', async ({ createLab, startRelay }) => {
    const lab = await createLab({
      hosts: { source: {}, relay: {}, sink: {} },
      links: { input: { ends: ['source', 'relay'], up: false }, output: ['relay', 'sink'] },
    });
    const { source, relay: host, sink } = lab.hosts;
    const relay = await startRelay({ in: host });
    const added = await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    expect(added.state).toBe('waits for interface eth0 to be up');
    lab.links.input.up();
    await relay.statsWhen('the rule to be active', ({ rules }) => rules[0]?.state === 'active');
    await host.joined('239.1.1.1');
    const sunk = collectTraffic(sink, { port: 6000, group: '239.2.2.2', interface: 'eth0', expected: 100 });
    await generateTraffic(source, { to: IN, count: 100, interface: 'eth0' });
    expect(await sunk.report()).toMatchObject({ received: 100 });
    expect(conserved(await relay.stats())).toEqual(all(100));
  });

  test('interfaces may not even be there: one that comes, goes and comes again is joined each time', async ({
    createLab,
    startRelay,
  }) => {
    const lab = await createLab(oneHop);
    const host = lab.hosts.relay;
    const relay = await startRelay({ in: host });
    const added = await relay.add('239.1.1.1:5000:late0', '239.2.2.2:6000:late1');
    expect(added.state).toBe('waits for interface late0 to come and interface late1 to come');
    const become = (state: string) => relay.statsWhen(`the state "${state}"`, ({ rules }) => rules[0]?.state === state);
    for (let times = 0; times < 2; times += 1) {
      await host.$`ip link add late0 type veth peer name late1`;
      await host.$`ip link set late0 up`;
      await host.$`ip link set late1 up`;
      await become('active');
      await host.joined('239.1.1.1', { interface: 'late0' });
      await host.$`ip link delete late0`;
      await become('waits for interface late0 to come and interface late1 to come');
    }
  });

  test('an output that comes up later is sent to from then on; what came before is counted', async ({
    createLab,
    startRelay,
  }) => {
    const lab = await createLab(oneHop);
    const { source, relay: host, sink } = lab.hosts;
    const relay = await startRelay({ in: host });
    await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    lab.links.output.down();
    await relay.statsWhen(
      'the relay to see that eth1 is down',
      ({ rules }) => rules[0]?.state === 'waits for interface eth1 to be up',
    );
    await generateTraffic(source, { to: IN, count: 30, interface: 'eth0' });
    await relay.statsWhen('30 packets without an output', ({ egress }) => egress.unavailable === 30);
    lab.links.output.up();
    await relay.statsWhen('the rule to be active', ({ rules }) => rules[0]?.state === 'active');
    const sunk = collectTraffic(sink, { port: 6000, group: '239.2.2.2', interface: 'eth0', expected: 70 });
    await generateTraffic(source, { to: IN, count: 70, interface: 'eth0' });
    expect(await sunk.report()).toMatchObject({ received: 70 });
    expect((await relay.stats()).egress).toMatchObject({ submitted: 100, sent: 70, unavailable: 30 });
  });
});
