import { expect, test } from 'vitest';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { collectTraffic } from '../../../src/netns/traffic/collect-traffic.js';
import { generateTraffic } from '../../../src/netns/traffic/generate-traffic.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

const GROUP = '239.1.1.1';

async function createOffice() {
  return keep(
    await createLab({
      hosts: { source: {}, sink: {}, other: {} },
      bridges: { lan: { multicastQuerier: true } },
      links: { a: ['source', 'lan'], b: ['lan', 'sink'], c: ['lan', 'other'] },
    }),
  );
}

test('packets to an address are counted at every hop, exactly', async () => {
  const lab = await createOffice();
  const { source, sink } = lab.hosts;
  const count = 100_000;
  const collected = collectTraffic(sink, { port: 5000, expected: count });
  const ledger = lab.ledger({ from: 'source', to: 'sink', port: 5000 });
  await generateTraffic(source, { to: { address: sink.address, port: 5001 }, count: 18 });
  await generateTraffic(source, { to: { address: sink.address, port: 5000 }, count, rateFramesPerSecond: 200_000 });
  expect(await collected.report()).toMatchObject({ received: count });
  const report = await ledger.report();
  expect(report.stages()).toEqual([
    { name: 'source:eth0 out', count },
    { name: 'lan:port0 in', count },
    { name: 'lan:port1 out', count },
    { name: 'sink:eth0 in', count },
    { name: 'sink:eth0 ip', count },
    { name: 'sink read', count },
  ]);
  expect(report.isConserved).toBe(true);
  expect(String(report)).toBe(
    [
      'udp source → 10.0.0.2:5000 → sink',
      '  source:eth0  sent              100,000',
      '  lan:port0    received          100,000',
      '  lan:port1    sent              100,000',
      '  sink:eth0    received          100,000',
      '  sink:eth0    given to IP       100,000',
      '  sink         read by programs  100,000',
      'All 100,000 arrived.',
    ].join('\n'),
  );
});

test('a group is counted on each of its ways, and the receiver that has not joined is named', async () => {
  const lab = await createOffice();
  const { source, sink } = lab.hosts;
  const collected = collectTraffic(sink, { port: 5000, group: GROUP, interface: 'eth0' });
  await sink.joined(GROUP);
  const ledger = lab.ledger({ from: 'source', to: ['sink', 'other'], group: GROUP, port: 5000 });
  await generateTraffic(source, { to: { address: GROUP, port: 5000 }, count: 1000, interface: 'eth0' });
  await collected.report();
  const report = await ledger.report();
  expect(report.branches).toMatchObject([
    { to: 'sink', verdict: { cause: 'conserved', sent: 1000, arrived: 1000 } },
    { to: 'other', verdict: { cause: 'no-membership', sent: 1000, arrived: 0, packets: 1000 } },
  ]);
  expect(report.verdict).toMatchObject({
    cause: 'no-membership',
    message: 'other:eth0 is no member of 239.1.1.1',
    packets: 1000,
  });
});

test('a report is plain data', async () => {
  const lab = await createOffice();
  const report = await lab.ledger({ from: 'source', to: 'sink' }).report();
  expect(JSON.parse(JSON.stringify(report))).toEqual({ ...report });
});

test('a closed ledger tells so, and a lab that is closed takes its ledgers with it', async () => {
  const lab = await createOffice();
  const ledger = lab.ledger({ from: 'source', to: 'sink' });
  await ledger[Symbol.asyncDispose]();
  await ledger[Symbol.asyncDispose]();
  await expect(ledger.report()).rejects.toThrow('Ledger');
  const other = lab.ledger({ from: 'source', to: 'sink' });
  await lab[Symbol.asyncDispose]();
  await expect(other.report()).rejects.toThrow('Ledger');
});

test('every mistake of a ledger is told at once', async () => {
  const lab = await createOffice();
  const wrong = { from: 'sourc', to: ['sink', 'lan'], port: 70_000, group: '10.0.0.1', ttl: 3 };
  // @ts-expect-error names and fields that there are not
  expect(() => lab.ledger(wrong)).toThrow(
    /"ttl" is no option.*from: "sourc" is no host or router.*to: "lan" is no host.*port must be.*group: "10.0.0.1" is no group/s,
  );
});
