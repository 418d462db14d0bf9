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
    const relay = await startRelay({ in: host });
    await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    const first = (await relay.stats()).workers.egress.pid;
    using restarts = relay.observe('egress');
    const sunk = collectTraffic(sink, { ...OUT, timeoutMs: 200 });
    const sending = generateTraffic(source, { to: IN, count, interface: 'eth0', rateFramesPerSecond: 60_000 });
    await relay.statsWhen('some packets to have gone', ({ egress }) => egress.sent > count / 6);
    await relay.signal('egress', 'SIGKILL');
    await sending;
    await relay.statsWhen('all to have been taken', ({ ingress }) => ingress.matched === count);
    const { ingress, egress, supervisor, channel, workers } = await relay.statsWhen(
      `${count} packets to be sent or counted as lost`,
      (stats) => {
        const gone = stats.egress.sent + stats.supervisor.lost + stats.ingress.dropped.notConnected;
        return gone === count;
      },
    );
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
    expect(restarts).toHaveRestarted({ atMost: 1, gaveUp: false });
    expect(channel.connected).toBe(true);
    expect(workers.egress).toMatchObject({ state: 'running', lastExit: 'was killed by SIGKILL' });
    expect(workers.egress.pid).not.toBe(first);
    await relay.stop();
    expect(relay.process.logs.text()).toBe(`relay: the egress worker ${first} was killed by SIGKILL\n`);
  });

  test('killed again and again, it loses nothing that is not counted', async ({ createLab, startRelay }) => {
    const count = 100_000;
    const lab = await createLab(oneHop);
    const { source, relay: host, sink } = lab.hosts;
    const relay = await startRelay({ in: host });
    await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    const sunk = collectTraffic(sink, { ...OUT, timeoutMs: 200 });
    using restarts = relay.observe('egress');
    for (let times = 1; times <= 5; times += 1) {
      const before = await relay.statsWhen(
        'an egress worker that knows the rule',
        ({ workers, channel, rules }) =>
          workers.egress.state === 'running' && channel.connected && rules[0]?.state === 'active',
      );
      // Each has traffic of its own: how long a restart takes is not for this test to say.
      const sending = generateTraffic(source, {
        to: IN,
        count: count / 5,
        interface: 'eth0',
        rateFramesPerSecond: 40_000,
      });
      await relay.statsWhen('it to send', ({ egress }) => egress.sent > before.egress.sent);
      await relay.signal('egress', 'SIGKILL');
      await sending;
      await relay.statsWhen(
        `restart ${times} of the egress worker`,
        ({ supervisor }) => supervisor.restarts.egress === times,
      );
    }
    const { ingress, egress, supervisor } = await relay.statsWhen(
      `${count} packets to be sent or counted as lost`,
      (stats) => {
        const gone = stats.egress.sent + stats.supervisor.lost + stats.ingress.dropped.notConnected;
        return gone === count;
      },
    );
    const { received } = await sunk.report();
    expect(restarts).toHaveRestarted({ atLeast: 5, atMost: 5, gaveUp: false });
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
    const relay = await startRelay({ in: host, args: ['--receive-buffer', '262144'] });
    await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    const sunk = collectTraffic(sink, { ...OUT, timeoutMs: 200 });
    await using ledger = lab.ledger({
      legs: [
        { from: 'source', to: 'relay', group: '239.1.1.1', port: 5000 },
        stagesOf(relay),
        { from: 'relay', to: 'sink', group: '239.2.2.2', port: 6000 },
      ],
    });
    await relay.signal('ingress', 'SIGSTOP');
    await generateTraffic(source, { to: IN, count, interface: 'eth0' });
    await relay.signal('ingress', 'SIGCONT');
    const stats = await relay.statsWhen(
      'all to be relayed or dropped',
      ({ ingress: { recv, dropped }, egress }) => recv + dropped.receiveBuffer === count && egress.sent === recv,
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
    const relay = await startRelay({ in: host, args: ['--channel-capacity', '65536', '--channel-wait', '1'] });
    await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    const sunk = collectTraffic(sink, { ...OUT, timeoutMs: 200 });
    await relay.signal('egress', 'SIGSTOP');
    await generateTraffic(source, { to: IN, count, interface: 'eth0' });
    await relay.statsWhen('all to be taken', ({ ingress }) => ingress.recv === count);
    await relay.signal('egress', 'SIGCONT');
    const { ingress, supervisor } = await relay.statsWhen(
      'the channel to be empty',
      (stats) => stats.egress.sent === stats.ingress.egressSent,
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
    const relay = await startRelay({ in: host });
    await relay.add('239.1.1.1:5000:eth0', '239.2.2.2:6000:eth1');
    const sunk = collectTraffic(sink, { ...OUT, expected: 200 });
    await generateTraffic(source, { to: IN, count: 100, interface: 'eth0' });
    await relay.statsWhen('the first 100', ({ egress }) => egress.sent === 100);
    await relay.signal('ingress', 'SIGKILL');
    await relay.statsWhen(
      'another ingress worker to be at work',
      ({ rules, supervisor, channel }) =>
        supervisor.restarts.ingress === 1 && channel.connected && rules[0]?.state === 'active',
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
