import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMulticastRouter, generateTraffic, type Lab, type LedgerReport } from 'glovebox/netns';
import { describe, expect, test } from '../support/fixture.ts';
import { behindRouter, oneHop } from '../support/labs.ts';
import type { RelayUnderTest } from '../support/relay-under-test.ts';
import { stagesOf } from '../support/stages.ts';

const IN = { address: '239.1.1.1', port: 5000 };
const COUNT = 100;
const RULE = { input: '239.1.1.1:5000:eth0', output: '239.2.2.2:6000:eth1' };
const DEAF = fileURLToPath(new URL('../support/deaf-receiver.ts', import.meta.url));

interface Path {
  readonly host: 'source' | 'relay' | 'sink';
  readonly router: string;
  readonly bridge: string;
  readonly link: string;
}

/** Sends packets, and lets the ledger say what became of them, from the source over the stages of the relay to the sink. */
async function follow(
  lab: Lab<Path>,
  relay: RelayUnderTest,
  options: { readonly byRoute?: boolean } = {},
): Promise<LedgerReport> {
  await using ledger = lab.ledger({
    legs: [
      { from: 'source', to: 'relay', group: '239.1.1.1', port: 5000 },
      stagesOf(relay),
      { from: 'relay', to: 'sink', group: '239.2.2.2', port: 6000 },
    ],
  });
  await generateTraffic(lab.hosts.source, {
    to: IN,
    count: COUNT,
    ...(options.byRoute === true ? {} : { interface: 'eth0' }),
  });
  return await ledger.report();
}

/** A member of the group that the relay sends to. */
function listen(lab: Lab<Path>): void {
  lab.hosts.sink.udp({ port: 6000 }).join('239.2.2.2', { interface: 'eth0' });
}

describe('Diagnosis', () => {
  test('nothing is wrong: all is conserved, at every hop and stage', async ({ createLab, startRelay }) => {
    const lab = await createLab(oneHop);
    const relay = await startRelay({ in: lab.hosts.relay });
    await relay.add(RULE.input, RULE.output);
    listen(lab);
    const report = await follow(lab, relay);
    expect(report.verdict, String(report)).toMatchObject({ cause: 'conserved', sent: COUNT, arrived: COUNT });
    expect(report.stages().map(({ name }) => name)).toEqual([
      ...['source:eth0 out', 'relay:eth0 in', 'relay:eth0 ip', 'relay read'],
      ...['ingress.recv', 'ingress.matched', 'ingress.egressSent', 'egress.channelRecv', 'egress.submitted'],
      ...['relay:eth1 out', 'sink:eth0 in', 'sink:eth0 ip', 'sink read'],
    ]);
    expect(new Set(report.stages().map(({ count }) => count))).toEqual(new Set([COUNT]));
  });

  test('no membership: the sink has not joined', async ({ createLab, startRelay }) => {
    const lab = await createLab(oneHop);
    const relay = await startRelay({ in: lab.hosts.relay });
    await relay.add(RULE.input, RULE.output);
    lab.hosts.sink.udp({ port: 6000 });
    const report = await follow(lab, relay);
    expect(report.verdict, String(report)).toMatchObject({ cause: 'no-membership', at: 'sink', packets: COUNT });
  });

  test('no membership: the relay has no such rule', async ({ createLab, startRelay }) => {
    const lab = await createLab(oneHop);
    const relay = await startRelay({ in: lab.hosts.relay });
    await relay.add('239.1.1.2:5000:eth0', RULE.output);
    listen(lab);
    const report = await follow(lab, relay);
    expect(report.verdict, String(report)).toMatchObject({ cause: 'no-membership', at: 'relay', packets: COUNT });
  });

  test('a wrong route: the source sends by another interface', async ({ createLab, startRelay }) => {
    const lab = await createLab({
      hosts: { source: { routes: [{ to: '239.0.0.0/8', interface: 'eth1' }] }, relay: {}, sink: {}, elsewhere: {} },
      links: { input: ['source', 'relay'], output: ['relay', 'sink'], stray: ['source', 'elsewhere'] },
    });
    const relay = await startRelay({ in: lab.hosts.relay });
    await relay.add(RULE.input, RULE.output);
    listen(lab);
    const report = await follow(lab, relay, { byRoute: true });
    expect(report.verdict, String(report)).toMatchObject({ cause: 'wrong-route', at: 'source:eth0' });
  });

  test('rp_filter: the relay would answer the source by another interface', async ({ createLab, startRelay }) => {
    const lab = await createLab(oneHop);
    const { source, relay: host } = lab.hosts;
    host.sysctl.write('net.ipv4.conf.all.rp_filter', 1);
    await host.$`ip route add ${source.address}/32 dev eth1`;
    const relay = await startRelay({ in: host });
    await relay.add(RULE.input, RULE.output);
    listen(lab);
    const report = await follow(lab, relay);
    expect(report.verdict, String(report)).toMatchObject({ cause: 'reverse-path-filter', at: 'relay', packets: COUNT });
  });

  test('a TTL of 1 does not cross a router', async ({ createLab, startRelay }) => {
    const lab = await createLab(behindRouter);
    createMulticastRouter(lab.routers.router, [{ group: '239.2.2.2', from: 'eth0', to: ['eth1'] }]);
    const relay = await startRelay({ in: lab.hosts.relay });
    await relay.add(RULE.input, RULE.output, 1);
    listen(lab);
    const report = await follow(lab, relay);
    expect(report.verdict, String(report)).toMatchObject({
      cause: 'ttl-exceeded',
      at: 'router:eth1',
      packets: COUNT,
    });
  });

  test('an interface is down: that of the relay, where packets come in', async ({ createLab, startRelay }) => {
    const lab = await createLab(oneHop);
    const { relay: host } = lab.hosts;
    const relay = await startRelay({ in: host });
    await relay.add(RULE.input, RULE.output);
    listen(lab);
    await host.$`ip link set eth0 down`;
    const report = await follow(lab, relay);
    expect(report.verdict, String(report)).toMatchObject({
      cause: 'no-carrier',
      at: 'source:eth0',
      message: 'source:eth0 has no carrier: the other end of link input is down',
    });
  });

  test('an interface is down: that of the relay, where packets go out', async ({ createLab, startRelay }) => {
    const lab = await createLab(oneHop);
    const { relay: host } = lab.hosts;
    const relay = await startRelay({ in: host });
    await relay.add(RULE.input, RULE.output);
    listen(lab);
    await host.$`ip link set eth1 down`;
    const report = await follow(lab, relay);
    expect(report.verdict, String(report)).toMatchObject({ cause: 'interface-down', at: 'relay:eth1' });
  });

  test('the receiver does not read, and its buffer is full', async ({ createLab, spawn, startRelay }) => {
    const lab = await createLab(oneHop);
    const { relay: host, sink } = lab.hosts;
    const relay = await startRelay({ in: host });
    await relay.add(RULE.input, RULE.output);
    const group = ['239.2.2.2', '6000', sink.address];
    const receiver = await spawn(process.execPath, [DEAF, ...group], { in: sink, ready: { log: 'ready' } });
    await receiver.suspend();
    const report = await follow(lab, relay);
    expect(report.verdict, String(report)).toMatchObject({ cause: 'receive-buffer-full', at: 'sink' });
    expect(report.verdict.packets).toBeGreaterThan(COUNT / 2);
  });

  test('the egress worker was not started', async ({ createLab, startRelay }) => {
    const lab = await createLab(oneHop);
    const relay = await startRelay({ in: lab.hosts.relay, args: ['--workers', 'ingress'], ready: false });
    await relay.statsWhen('the ingress worker', ({ workers }) => workers.ingress.state === 'running');
    await relay.add(RULE.input, RULE.output);
    listen(lab);
    const report = await follow(lab, relay);
    expect(report.verdict, String(report)).toMatchObject({ cause: 'not-running', at: 'egress.channelRecv' });
    expect((await relay.stats()).ingress.dropped.notConnected).toBe(COUNT);
  });

  test('the channel is not connected: somebody has tidied up its socket', async ({ createLab, startRelay }) => {
    const lab = await createLab(oneHop);
    const relay = await startRelay({ in: lab.hosts.relay });
    await relay.add(RULE.input, RULE.output);
    listen(lab);
    const path = join(relay.runDirectory, 'channel-1.sock');
    rmSync(path);
    await relay.signal('ingress', 'SIGKILL');
    await relay.statsWhen(
      'the next ingress worker to try',
      ({ channel, rules }) => channel.reason.includes('ENOENT') && rules[0]?.state === 'active',
    );
    const report = await follow(lab, relay);
    expect(report.verdict, String(report)).toMatchObject({
      cause: 'stage-lost',
      at: 'ingress.egressSent',
      packets: COUNT,
      message: expect.stringContaining(`Cannot connect to ${path}: connect failed with ENOENT`),
    });
  });
});
