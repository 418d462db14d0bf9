import { once } from 'node:events';
import process from 'node:process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { encodeRemoveAddress } from '../../../src/netns/netlink/address-requests.js';
import { encodeAddNeighbour } from '../../../src/netns/netlink/neighbours.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { listenAndIgnore, PORT, send, tell } from './break-lab.js';

needsNamespaces();

async function createOffice() {
  return keep(
    await createLab({
      hosts: { source: {}, sink: {}, other: {} },
      bridges: { lan: {} },
      links: { a: ['source', 'lan'], b: ['lan', 'sink'], c: ['lan', 'other'] },
    }),
  );
}

const FLOW = { from: 'source', to: 'sink', port: PORT } as const;
const here = `process ${process.pid} (this one)`;

describe('a ledger tells that', () => {
  test('nobody listens at the port', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger(FLOW);
    await send(lab.hosts.source, lab.hosts.sink.address);
    const report = await ledger.report();
    expect(tell(report)).toEqual({
      cause: 'port-closed',
      at: 'sink',
      packets: 100,
      message: 'nobody on sink listens at 10.0.0.2 port 5000',
      fix: 'start the receiver first, and look at the address that it binds',
    });
    expect(report.verdict.evidence).toContain('Udp.NoPorts +100 on sink');
    expect(report.verdict.evidence).toContain('no socket of UDP at port 5000 on sink');
  });

  test('the receiver is bound to another address', async () => {
    const lab = await createOffice();
    listenAndIgnore(lab.hosts.sink, { address: '127.0.0.1' });
    const ledger = lab.ledger(FLOW);
    await send(lab.hosts.source, lab.hosts.sink.address);
    const report = await ledger.report();
    expect(report.verdict.cause).toBe('port-closed');
    expect(report.verdict.evidence).toContain('sockets there are bound to 127.0.0.1:5000');
  });

  test('a receive buffer is full', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger(FLOW);
    listenAndIgnore(lab.hosts.sink, { receiveBufferBytes: 4096 });
    await send(lab.hosts.source, lab.hosts.sink.address);
    const report = await ledger.report();
    const { cause, at, message, packets, evidence } = report.verdict;
    expect({ cause, at, message }).toEqual({
      cause: 'receive-buffer-full',
      at: 'sink',
      message: `the receive buffer of socket 0.0.0.0:5000 of sink was full: ${here} does not read fast enough`,
    });
    expect(packets).toBe(lab.hosts.sink.proc.snmp().Udp.RcvbufErrors);
    expect(evidence[0]).toMatch(/^socket 0\.0\.0\.0:5000 of sink: drops \+\d+; [\d,]+ bytes wait in it, of 8,192$/);
    expect(report.findings.map((each) => each.cause)).toEqual(['receive-buffer-full', 'not-read']);
  });

  test('nobody reads', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger(FLOW);
    listenAndIgnore(lab.hosts.sink);
    await send(lab.hosts.source, lab.hosts.sink.address);
    expect(tell(await ledger.report())).toEqual({
      cause: 'not-read',
      at: 'sink',
      packets: 100,
      message: `packets wait in socket 0.0.0.0:5000 of sink: ${here} does not read them`,
      fix: 'look at what the program does: is it stopped, busy, or has it no handler yet?',
    });
  });

  test('the process that is to read is stopped', async () => {
    const lab = await createOffice();
    const code = `require('node:dgram').createSocket('udp4').bind(${PORT}, () => console.log('ready'))`;
    const receiver = lab.hosts.sink.spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void receiver.kill('SIGKILL'));
    await once(receiver.stdout ?? receiver, 'data');
    const ledger = lab.ledger(FLOW);
    await send(lab.hosts.source, lab.hosts.sink.address, { count: 10 });
    await until(() => lab.hosts.sink.proc.snmp().Udp.InDatagrams === 10);
    receiver.kill('SIGSTOP');
    await send(lab.hosts.source, lab.hosts.sink.address);
    const report = await ledger.report();
    expect(tell(report)).toMatchObject({ cause: 'not-read', at: 'sink', packets: 100 });
    expect(report.verdict.message).toMatch(
      new RegExp(`: process ${receiver.pid} \\(.+\\), which is stopped, does not read them$`),
    );
  });

  test('the receiver does not have the address', async () => {
    const lab = await createOffice();
    const { source, sink } = lab.hosts;
    const { ifindex, macAddress } = sink.interface('b');
    source.netns.netlink.request(
      encodeAddNeighbour({ ifindex: source.interface('a').ifindex, address: sink.address, macAddress }),
    );
    sink.netns.netlink.request(encodeRemoveAddress({ ifindex, address: sink.address, prefixLength: 24 }));
    const ledger = lab.ledger(FLOW);
    await send(source, sink.address);
    expect(tell(await ledger.report())).toMatchObject({
      cause: 'address-missing',
      at: 'sink',
      packets: 100,
      message: 'sink does not have the address 10.0.0.2 any more, or never had it',
    });
  });

  test('another host gets it', async () => {
    const lab = await createOffice();
    const { source, sink, other } = lab.hosts;
    const { macAddress } = other.interface('c');
    source.netns.netlink.request(
      encodeAddNeighbour({ ifindex: source.interface('a').ifindex, address: sink.address, macAddress }),
    );
    // The switch has learned where the other is.
    await send(other, source.address, { count: 1 });
    await until(() => source.proc.snmp().Udp.NoPorts === 1);
    const ledger = lab.ledger(FLOW);
    await send(source, sink.address);
    expect(tell(await ledger.report())).toMatchObject({
      cause: 'delivered-elsewhere',
      at: 'lan:port1',
      packets: 100,
      message: `switch lan sent it to other:eth0: whoever sends takes ${macAddress} for that of 10.0.0.2`,
    });
  });
});
