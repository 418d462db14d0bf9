import { collectTraffic, generateTraffic } from 'glovebox/netns';
import { describe, expect, test } from '../support/fixture.ts';
import { oneHop } from '../support/labs.ts';
import { stagesOf } from '../support/stages.ts';

const IN = { address: '239.1.1.1', port: 5000 };
const OUT = { group: '239.2.2.2', port: 6000, interface: 'eth0' };

describe('Failures', () => {
  test('an egress worker that is killed is started again, and what was lost with it is counted, exactly', async ({
    createLab,
    startRelay,
  }) => {
    const count = 60_000;
    const lab = await createLab(oneHop);
    const { source, relay: host, sink } = lab.hosts;
    const relay = await startRelay(host);
    await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    const first = await relay.pidOf('egress');
    const sunk = collectTraffic(sink, { ...OUT, timeoutMs: 200 });
    const sending = generateTraffic(source, { to: IN, count, interface: 'eth0', rateFramesPerSecond: 60_000 });
    await relay.statsWhen(({ egress }) => (egress.sent > count / 6 ? undefined : 'some packets to have gone'));
    process.kill(first, 'SIGKILL');
    await sending;
    await relay.statsWhen(({ ingress }) => (ingress.matched === count ? undefined : 'all to have been taken'));
    const { ingress, egress, supervisor, channel, workers } = await relay.statsWhen((stats) => {
      const gone = stats.egress.sent + stats.supervisor.lost + stats.ingress.dropped.notConnected;
      return gone === count ? undefined : `${count} packets to be sent or counted as lost`;
    });
    const { received, duplicates } = await sunk.report();
    // Nothing is hidden: what did not come is in one of two counters.
    const lost = supervisor.lost + ingress.dropped.notConnected;
    expect({ received, duplicates, lost, sent: egress.sent }).toEqual({
      received: count - lost,
      duplicates: 0,
      lost,
      sent: received,
    });
    expect(lost).toBeGreaterThan(0);
    expect(supervisor.restarts).toEqual({ ingress: 0, egress: 1 });
    expect(channel.connected).toBe(true);
    expect(workers.egress).toMatchObject({ state: 'running', lastExit: 'was killed by SIGKILL' });
    expect(workers.egress.pid).not.toBe(first);
    expect((await relay.stop()).log).toBe(`relay: the egress worker ${first} was killed by SIGKILL\n`);
  });

  test('killed again and again, it loses nothing that is not counted', async ({ createLab, startRelay }) => {
    const count = 100_000;
    const lab = await createLab(oneHop);
    const { source, relay: host, sink } = lab.hosts;
    const relay = await startRelay(host);
    await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    const sunk = collectTraffic(sink, { ...OUT, timeoutMs: 200 });
    for (let times = 1; times <= 5; times += 1) {
      const before = await relay.statsWhen(({ workers, channel, rules }) =>
        workers.egress.state === 'running' && channel.connected && rules[0]?.state === 'active'
          ? undefined
          : 'an egress worker that knows the rule',
      );
      // Each has traffic of its own: how long a restart takes is not for this test to say.
      const sending = generateTraffic(source, {
        to: IN,
        count: count / 5,
        interface: 'eth0',
        rateFramesPerSecond: 40_000,
      });
      await relay.statsWhen(({ egress }) => (egress.sent > before.egress.sent ? undefined : 'it to send'));
      process.kill(await relay.pidOf('egress'), 'SIGKILL');
      await sending;
      await relay.statsWhen(({ supervisor }) =>
        supervisor.restarts.egress === times ? undefined : `restart ${times} of the egress worker`,
      );
    }
    const { ingress, egress, supervisor } = await relay.statsWhen((stats) => {
      const gone = stats.egress.sent + stats.supervisor.lost + stats.ingress.dropped.notConnected;
      return gone === count ? undefined : `${count} packets to be sent or counted as lost`;
    });
    const { received } = await sunk.report();
    expect(received).toBe(egress.sent);
    expect(received + supervisor.lost + ingress.dropped.notConnected).toBe(count);
  });

  test('an ingress worker that is frozen loses what its buffer cannot hold, and the ledger names the buffer', async ({
    createLab,
    startRelay,
  }) => {
    const count = 5000;
    const lab = await createLab(oneHop);
    const { source, relay: host, sink } = lab.hosts;
    const relay = await startRelay(host, { args: ['--receive-buffer', '262144'] });
    await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    const sunk = collectTraffic(sink, { ...OUT, timeoutMs: 200 });
    await using ledger = lab.ledger({
      legs: [
        { from: 'source', to: 'relay', group: '239.1.1.1', port: 5000 },
        stagesOf(relay),
        { from: 'relay', to: 'sink', group: '239.2.2.2', port: 6000 },
      ],
    });
    const ingress = await relay.pidOf('ingress');
    process.kill(ingress, 'SIGSTOP');
    await generateTraffic(source, { to: IN, count, interface: 'eth0' });
    process.kill(ingress, 'SIGCONT');
    const stats = await relay.statsWhen(({ ingress: { recv, dropped }, egress }) =>
      recv + dropped.receiveBuffer === count && egress.sent === recv ? undefined : 'all to be relayed or dropped',
    );
    const dropped = stats.ingress.dropped.receiveBuffer;
    expect(dropped).toBeGreaterThan(0);
    expect(await sunk.report()).toMatchObject({ received: count - dropped });
    const report = await ledger.report();
    expect(report.verdict, String(report)).toMatchObject({
      cause: 'receive-buffer-full',
      at: 'relay',
      packets: dropped,
      sent: count,
      arrived: count - dropped,
    });
  });

  test('an egress worker that is frozen fills the channel; what does not fit is counted there', async ({
    createLab,
    startRelay,
  }) => {
    const count = 20_000;
    const lab = await createLab(oneHop);
    const { source, relay: host, sink } = lab.hosts;
    const relay = await startRelay(host, { args: ['--channel-capacity', '65536', '--channel-wait', '1'] });
    await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    const sunk = collectTraffic(sink, { ...OUT, timeoutMs: 200 });
    const egress = await relay.pidOf('egress');
    process.kill(egress, 'SIGSTOP');
    await generateTraffic(source, { to: IN, count, interface: 'eth0' });
    await relay.statsWhen(({ ingress }) => (ingress.recv === count ? undefined : 'all to be taken'));
    process.kill(egress, 'SIGCONT');
    const { ingress, supervisor } = await relay.statsWhen((stats) =>
      stats.egress.sent === stats.ingress.egressSent ? undefined : 'the channel to be empty',
    );
    const { channelFull } = ingress.dropped;
    expect(channelFull).toBeGreaterThan(0);
    expect(ingress.egressSent + channelFull).toBe(count);
    expect(await sunk.report()).toMatchObject({ received: count - channelFull });
    expect(supervisor.lost).toBe(0);
  });

  test('an ingress worker that is killed is started again, and joins again', async ({ createLab, startRelay }) => {
    const lab = await createLab(oneHop);
    const { source, relay: host, sink } = lab.hosts;
    const relay = await startRelay(host);
    await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    const sunk = collectTraffic(sink, { ...OUT, expected: 200 });
    await generateTraffic(source, { to: IN, count: 100, interface: 'eth0' });
    await relay.statsWhen(({ egress }) => (egress.sent === 100 ? undefined : 'the first 100'));
    process.kill(await relay.pidOf('ingress'), 'SIGKILL');
    await relay.statsWhen(({ rules, supervisor, channel }) =>
      supervisor.restarts.ingress === 1 && channel.connected && rules[0]?.state === 'active'
        ? undefined
        : 'another ingress worker to be at work',
    );
    await generateTraffic(source, { to: IN, count: 100, interface: 'eth0' });
    expect(await sunk.report()).toMatchObject({ received: 200 });
    // The sums go on over the death of a worker.
    expect(await relay.stats()).toMatchObject({
      ingress: { recv: 200, matched: 200 },
      egress: { sent: 200 },
      supervisor: { lost: 0, restarts: { ingress: 1, egress: 0 } },
    });
  });
});
