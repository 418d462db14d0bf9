import { describe, expect, test } from 'vitest';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { collectTraffic } from '../../../src/netns/traffic/collect-traffic.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { GROUP, PORT, send } from './break-lab.js';

needsNamespaces();

const OUTPUT = '239.2.2.2';

/** A relay that receives on one link and sends on the other, and the counters of its two workers. */
async function createRelay() {
  const lab = keep(
    await createLab({
      hosts: { source: {}, relay: {}, sink: {} },
      links: { a: ['source', 'relay'], b: ['relay', 'sink'] },
    }),
  );
  const counted = { matched: 7, channelRecv: 0, egressRunning: true };
  const ledger = lab.ledger({
    legs: [
      { from: 'source', to: 'relay', group: GROUP, port: PORT },
      {
        program: 'relay',
        stages: [
          { name: 'ingress.matched', read: () => counted.matched },
          {
            name: 'egress.channelRecv',
            read: async () => counted.channelRecv,
            isRunning: () => counted.egressRunning,
            ifLost: 'the channel is not connected',
          },
        ],
      },
      { from: 'relay', to: 'sink', group: OUTPUT, port: PORT },
    ],
  });
  const { source, relay, sink } = lab.hosts;
  const input = collectTraffic(relay, { port: PORT, group: GROUP, interface: 'eth0' });
  const output = collectTraffic(sink, { port: PORT, group: OUTPUT, interface: 'eth0' });
  const receive = async (): Promise<void> => {
    await send(source, GROUP, { interface: 'eth0', count: 1000 });
    counted.matched += (await input.report()).received;
  };
  const pass = async (count: number): Promise<void> => {
    counted.channelRecv += count;
    await send(relay, OUTPUT, { interface: 'eth1', count });
    await output.report();
  };
  return { lab, ledger, counted, receive, pass };
}

describe('a ledger through a program', () => {
  test('goes on with its counters, from what they were', async () => {
    const { ledger, receive, pass } = await createRelay();
    await receive();
    await pass(1000);
    const report = await ledger.report();
    expect(report.isConserved).toBe(true);
    expect(report.stages()).toEqual([
      { name: 'source:eth0 out', count: 1000 },
      { name: 'relay:eth0 in', count: 1000 },
      { name: 'relay:eth0 ip', count: 1000 },
      { name: 'relay read', count: 1000 },
      { name: 'ingress.matched', count: 1000 },
      { name: 'egress.channelRecv', count: 1000 },
      { name: 'relay:eth1 out', count: 1000 },
      { name: 'sink:eth0 in', count: 1000 },
      { name: 'sink:eth0 ip', count: 1000 },
      { name: 'sink read', count: 1000 },
    ]);
    expect(report.branches).toMatchObject([{ to: 'sink', hops: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }]);
  });

  test.each(['read', 'isRunning'] as const)(
    'tells of a stage whose %s never answers, and waits for it once',
    async (question) => {
      const lab = keep(await createLab({ hosts: { source: {}, sink: {} }, links: { a: ['source', 'sink'] } }));
      const flow = { from: 'source', to: 'sink', group: GROUP, port: PORT } as const;
      let asked = 0;
      const never = (): Promise<never> => {
        asked += 1;
        return new Promise(() => {});
      };
      const silent = { name: 'matched', read: () => 0, ifLost: never, [question]: never };
      const ledger = lab.ledger({
        legs: [flow, { program: 'sink', stages: [silent, { name: 'written', read: () => 3 }] }],
      });
      const input = collectTraffic(lab.hosts.sink, { port: PORT, group: GROUP, interface: 'eth0' });
      await send(lab.hosts.source, GROUP, { interface: 'eth0', count: 5 });
      await input.report();
      const asks = asked;
      const report = await ledger.report({ answerMs: 50 });
      expect(asked - asks).toBe(1);
      const words = question === 'read' ? 'read()' : 'isRunning()';
      expect(report.verdict).toMatchObject({
        cause: 'not-running',
        at: 'matched',
        packets: 5,
        message: 'matched does not answer: what was counted there is not known',
        evidence: ['sink 5', `matched: its ${words} has not answered within 50 ms`],
        fix: 'look at the log of the program: does it hang?',
      });
      expect(String(report)).toMatch(/matched +~0 +5 fewer/);
    },
  );

  test('goes without the reason of a stage that never gives it', async () => {
    const { lab, counted } = await createRelay();
    const never = (): Promise<never> => new Promise(() => {});
    const stages = [
      { name: 'in', read: () => counted.matched },
      { name: 'out', read: () => 0, ifLost: never },
    ];
    const ledger = lab.ledger({ legs: [{ program: 'relay', stages }] });
    counted.matched += 4;
    const { verdict } = await ledger.report({ answerMs: 50 });
    expect(verdict).toMatchObject({ cause: 'stage-lost', message: 'packets do not come to out: in 4 → out 0' });
  });

  test('tells that packets are lost between two of its counters', async () => {
    const { ledger, receive } = await createRelay();
    await receive();
    expect((await ledger.report()).verdict).toMatchObject({
      cause: 'stage-lost',
      at: 'egress.channelRecv',
      packets: 1000,
      message: 'the channel is not connected: ingress.matched 1,000 → egress.channelRecv 0',
    });
  });

  test('reads its counters when it is opened, and asks the program why packets are missing', async () => {
    const { lab } = await createRelay();
    let matched = 5;
    const ledger = lab.ledger({
      legs: [
        {
          stages: [
            { name: 'matched', read: () => matched },
            { name: 'sent', read: () => 0, ifLost: async () => `the output waits for eth1 since ${matched}` },
            { name: 'told', read: () => 0, ifLost: () => Promise.reject(new Error('it does not answer')) },
          ],
        },
      ],
    });
    matched = 12;
    expect((await ledger.report()).verdict).toMatchObject({
      packets: 7,
      message: 'the output waits for eth1 since 12: matched 7 → sent 0',
    });
  });

  test('tells that a part of it is not running', async () => {
    const { ledger, receive, counted } = await createRelay();
    counted.egressRunning = false;
    await receive();
    expect((await ledger.report()).verdict).toMatchObject({
      cause: 'not-running',
      at: 'egress.channelRecv',
      packets: 1000,
      message: 'egress.channelRecv: what counts there is not running',
    });
  });

  test('tells that a part of it is not running also where what comes before counts what it could hand over', async () => {
    const { lab } = await createRelay();
    let matched = 0;
    const stages = [
      { name: 'ingress.matched', read: () => matched },
      { name: 'ingress.handedOver', read: () => 0 },
      { name: 'egress.channelRecv', read: () => 0, isRunning: () => false },
      { name: 'egress.sent', read: () => 0, isRunning: () => false },
    ];
    const ledger = lab.ledger({ legs: [{ stages }] });
    expect((await ledger.report()).verdict).toMatchObject({
      cause: 'not-running',
      at: 'egress.channelRecv',
      packets: 0,
    });
    matched = 70;
    expect((await ledger.report()).verdict).toMatchObject({
      cause: 'not-running',
      at: 'egress.channelRecv',
      packets: 70,
      sent: 70,
      arrived: 0,
    });
  });

  test('tells that it has not sent what it has counted, and where packets are lost behind it', async () => {
    const { lab, ledger, counted, receive, pass } = await createRelay();
    await receive();
    lab.hosts.sink.sysctl.write('net.ipv4.conf.eth0.rp_filter', 1);
    await pass(900);
    counted.channelRecv += 100;
    const report = await ledger.report();
    expect(report.findings.map(({ cause, at, packets }) => [cause, at, packets])).toEqual([
      ['never-sent', 'relay:eth1', 100],
    ]);
    expect(report.verdict).toMatchObject({ sent: 1000, arrived: 900 });
  });

  test('begins with 0 again when the program does', async () => {
    const { ledger, counted, receive } = await createRelay();
    await receive();
    counted.matched = 3;
    const report = await ledger.report();
    expect(report.hops.find(({ name }) => name === 'ingress.matched')?.packets).toBe(3);
  });

  test('without a flow is told at its counters alone', async () => {
    const { lab } = await createRelay();
    let [taken, given] = [0, 0];
    const ledger = lab.ledger({
      legs: [
        {
          stages: [
            { name: 'taken', read: () => taken },
            { name: 'given', read: () => given },
          ],
        },
      ],
    });
    await ledger.report();
    [taken, given] = [10, 8];
    const report = await ledger.report();
    expect(report.verdict).toMatchObject({ cause: 'stage-lost', sent: 10, arrived: 8, packets: 2 });
    expect(report.toMarkdown()).toBe(
      [
        '### program',
        '',
        '| where | what | packets | |',
        '| --- | --- | ---: | --- |',
        '| taken |  | 10 |  |',
        '| given |  | 8 | 2 fewer |',
        '',
        '**2 of 10 did not get past given (stage-lost): packets do not come to given: taken 10 → given 8**',
        '- taken 10',
        '- given 8',
      ].join('\n'),
    );
  });
});
