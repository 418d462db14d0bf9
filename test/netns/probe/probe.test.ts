import { describe, expect, test } from '../../../src/fixtures/index.js';
import { chain, pair } from '../../../src/netns/lab/templates.js';

describe('a probe', () => {
  test.for(['icmp', 'udp', 'tcp'] as const)(
    'reaches a host across two routers, by %s',
    async (protocol, { createLab }) => {
      const { left, right } = (await createLab(chain(2))).hosts;
      expect(await left.probe(right, { protocol })).toMatchObject({
        reached: true,
        protocol,
        address: right.address,
        reason: undefined,
      });
    },
  );

  test.for(['icmp', 'udp', 'tcp'] as const)('by %s goes over IPv6 too', async (protocol, { createLab }) => {
    const { left, right } = (await createLab({ ...chain(1), families: ['ipv6'] })).hosts;
    expect(await left.probe(right, { protocol })).toMatchObject({ reached: true, address: 'fd00:0:1::2' });
  });

  test('goes by the names of the lab, and to addresses', async ({ createLab }) => {
    const { left, right } = (await createLab(pair())).hosts;
    expect(await left.probe('right')).toMatchObject({ reached: true, address: right.address });
    expect(await left.probe(right.address)).toMatchObject({ reached: true });
    expect(await left.probe('127.0.0.1')).toMatchObject({ reached: true });
  });

  test('tells why the kernel would not even send', async ({ createLab }) => {
    const { left, right } = (await createLab(pair())).hosts;
    expect(await left.probe('192.0.2.1', { timeoutMs: 60 })).toMatchObject({
      reached: false,
      reason: 'no route leads there (ENETUNREACH)',
    });
    expect(await left.probe(right.address, { protocol: 'tcp', port: 9, timeoutMs: 60 })).toMatchObject({
      reached: false,
      reason: 'nobody listens there (ECONNREFUSED)',
    });
  });

  test('tells what a router answers', async ({ createLab }) => {
    const lab = await createLab({
      hosts: { left: { routes: [{ to: 'default', via: '10.0.0.1' }] }, right: {} },
      routers: { middle: {} },
      links: { a: ['left', 'middle'], b: ['middle', 'right'] },
    });
    expect(await lab.hosts.left.probe('192.0.2.1', { timeoutMs: 200 })).toMatchObject({
      reached: false,
      reason: '10.0.0.1 says: no route to the network',
    });
  });

  test('that nobody answers is a result, with no reason', async ({ createLab }) => {
    const lab = await createLab({ hosts: { a: {}, b: {} }, links: { wire: { ends: ['a', 'b'], wire: true } } });
    expect(await lab.hosts.a.probe(lab.hosts.b)).toMatchObject({ reached: true });
    using _lossy = lab.links.wire.impair({ both: { lossPercent: 100 } });
    for (const protocol of ['icmp', 'udp', 'tcp'] as const)
      expect(await lab.hosts.a.probe(lab.hosts.b, { protocol, timeoutMs: 60 })).toMatchObject({
        reached: false,
        reason: undefined,
      });
  });

  test('waits for a host that is not there yet', async ({ createLab }) => {
    const lab = await createLab(pair());
    lab.links.wire.down();
    const probing = lab.hosts.left.probe(lab.hosts.right, { timeoutMs: 5000 });
    lab.links.wire.up();
    expect(await probing).toMatchObject({ reached: true });
  });

  test('leaves no socket behind', async ({ createLab }) => {
    const { left, right } = (await createLab(pair())).hosts;
    await left.probe(right, { protocol: 'udp' });
    expect([...left.proc.sockets('udp'), ...right.proc.sockets('udp')]).toEqual([]);
    await left.probe(right, { protocol: 'tcp' });
    const listening = right.proc.sockets('tcp').filter(({ state }) => state === 'listen');
    expect(listening).toEqual([]);
  });

  test('refuses what it cannot do, all at once', async ({ createLab }) => {
    const { left } = (await createLab(pair())).hosts;
    await expect(left.probe('right', { protocol: 'udp', port: 0, timeoutMs: -1 })).rejects.toThrow(
      'probe: 3 mistakes:\n' +
        '  - port must be a whole number from 1 to 65535, not 0\n' +
        '  - timeoutMs must be a finite number of milliseconds, 0 or more; received -1\n' +
        '  - a datagram is received by a socket that is opened at the target: give the host, not its address',
    );
    await expect(left.probe('right', { port: 80 })).rejects.toThrow(
      "probe: port 80 means nothing to ICMP; say protocol: 'udp' or 'tcp'",
    );
    await expect(left.probe('right', { protocol: 'tcp' })).rejects.toThrow('port must be given');
  });
});
