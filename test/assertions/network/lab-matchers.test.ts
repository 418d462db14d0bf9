import { expect as plain } from 'vitest';
import { assertHasAddress } from '../../../src/assertions/network/address.js';
import { assertHasForwarded } from '../../../src/assertions/network/forwarded.js';
import { assertHasJoined } from '../../../src/assertions/network/joined.js';
import { assertReaches } from '../../../src/assertions/network/reach.js';
import { describe, expect, test } from '../../../src/fixtures/index.js';
import { chain, pair } from '../../../src/netns/lab/templates.js';
import { encodeAddAddress, encodeRemoveAddress } from '../../../src/netns/netlink/address-requests.js';
import { encodeSetLink } from '../../../src/netns/netlink/link-requests.js';

/** What an assertion that does not hold says. */
async function messageOf(assertion: () => unknown): Promise<string> {
  try {
    await assertion();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('the assertion passed');
}

const now = { timeoutMs: 0 };

describe('toHaveAddress', () => {
  const spec = {
    hosts: { node: { loopback: [{ address: '127.0.0.2/32', label: 'lo:faas' }] }, other: {} },
    links: { cable: ['node', 'other'] },
  } as const;

  test('knows addresses by themselves, with prefix, label and interface', async ({ createLab }) => {
    const { node } = (await createLab(spec)).hosts;
    await expect(node).toHaveAddress('10.0.0.1');
    await expect(node).toHaveAddress('10.0.0.1/24', { interface: 'eth0' });
    await expect(node).toHaveAddress('127.0.0.2', { label: 'lo:faas', interface: 'lo' });
    await expect(node.netns).toHaveAddress('127.0.0.1/8');
    await expect(node).not.toHaveAddress('10.0.0.1/25');
    await expect(node).not.toHaveAddress('127.0.0.2', { label: 'lo' });
    await expect(node).not.toHaveAddress('10.0.0.1', { interface: 'lo' });
  });

  test('knows addresses of IPv6, however they are written', async ({ createLab }) => {
    const { left } = (await createLab({ ...pair(), families: ['ipv6'] })).hosts;
    await expect(left).toHaveAddress('FD00:0:0:0::0:1/64');
    await expect(left).toHaveAddress('fd00::1');
  });

  test('tells what is there instead', async ({ createLab }) => {
    const { node } = (await createLab(spec)).hosts;
    plain(
      await messageOf(() => expect(node).toHaveAddress('10.0.0.9', { label: 'lo:faas', interface: 'lo', ...now })),
    ).toBe(
      'expected "node" to have address 10.0.0.9 with label lo:faas on lo: ' +
        'it has lo 127.0.0.1/8, lo:faas 127.0.0.2/32, eth0 10.0.0.1/24, lo ::1/128',
    );
    plain(await messageOf(() => expect(node).not.toHaveAddress('10.0.0.1', { timeoutMs: 20 }))).toBe(
      'expected "node" not to have address 10.0.0.1 within 20 ms: ' +
        'it has lo 127.0.0.1/8, lo:faas 127.0.0.2/32, eth0 10.0.0.1/24, lo ::1/128',
    );
    await plain(assertHasAddress(node, '10.0.0.9', now)).rejects.toMatchObject({
      name: 'AssertionError',
      expected: { address: '10.0.0.9' },
      actual: plain.arrayContaining(['eth0 10.0.0.1/24']),
    });
  });

  test('waits for an address that comes, or goes', async ({ createLab }) => {
    const { node } = (await createLab(spec)).hosts;
    const place = { ifindex: node.interface('cable').ifindex, address: '10.0.0.77', prefixLength: 24 };
    const coming = expect(node).toHaveAddress('10.0.0.77');
    node.netns.netlink.request(encodeAddAddress(place));
    await coming;
    const going = expect(node).not.toHaveAddress('10.0.0.77');
    node.netns.netlink.request(encodeRemoveAddress(place));
    await going;
  });
});

describe('toHaveRoute', () => {
  test('knows destination, router, interface and metric', async ({ createLab }) => {
    const lab = await createLab({
      hosts: { client: { routes: [{ to: 'default', via: '10.0.0.1', metric: 7 }] }, server: {} },
      routers: { gateway: {} },
      links: { inside: ['client', 'gateway'], outside: ['gateway', 'server'] },
    });
    const { client } = lab.hosts;
    await expect(client).toHaveRoute({ to: 'default' });
    await expect(client).toHaveRoute({ to: 'default', via: '10.0.0.1', interface: 'eth0', metric: 7 });
    await expect(client.netns).toHaveRoute({ to: '10.0.0.0/24', interface: 'eth0' });
    await expect(client).not.toHaveRoute({ to: '10.0.1.0/25' });
    await expect(client).not.toHaveRoute({ to: 'default', metric: 8 });
    plain(
      await messageOf(() => expect(client).toHaveRoute({ to: '10.9.0.0/24', via: '10.0.0.1', metric: 3 }, now)),
    ).toBe(
      'expected "client" to have a route to 10.9.0.0/24 via 10.0.0.1 with metric 3: it has ' +
        '0.0.0.0/0 via 10.0.0.1 by eth0 metric 7; 10.0.0.0/24 by eth0; 10.0.1.0/24 via 10.0.0.1 by eth0',
    );
  });

  test('takes none for a route whose link has no carrier', async ({ createLab }) => {
    const lab = await createLab({
      hosts: { a: {}, b: {} },
      links: { cable: ['a', 'b'] },
    });
    const { a, b } = lab.hosts;
    b.netns.netlink.request(encodeSetLink({ index: b.interface('cable').ifindex, isUp: false }));
    // The kernel takes up to a second to notice that a carrier is gone: net/core/link_watch.c.
    await expect(a).not.toHaveRoute({ to: '10.0.0.0/24' }, { timeoutMs: 5000 });
    plain(await messageOf(() => expect(a).toHaveRoute({ to: '10.0.0.0/24' }, { timeoutMs: 20 }))).toBe(
      'expected "a" to have a route to 10.0.0.0/24 within 20 ms: ' +
        'it is dead, for its interface is down or has no carrier',
    );
  });
});

describe('toHaveJoined', () => {
  const spec = {
    hosts: { receiver: {}, other: {} },
    bridges: { lan: {} },
    links: { a: ['receiver', 'lan'], b: ['other', 'lan'] },
  } as const;

  test('waits for the kernel and the switch', async ({ createLab }) => {
    const { receiver, other } = (await createLab(spec)).hosts;
    await expect(receiver).not.toHaveJoined('239.1.1.1');
    receiver.udp({ port: 5000 }).join('239.1.1.1', { interface: 'eth0' });
    await expect(receiver).toHaveJoined('239.1.1.1', { interface: 'eth0' });
    await expect(other).not.toHaveJoined('239.1.1.1', now);
    plain(await messageOf(() => expect(other).toHaveJoined('239.1.1.1', { interface: 'eth0', ...now }))).toBe(
      'expected "other" to have joined 239.1.1.1 on eth0: the kernel of "other" is not in group 239.1.1.1 on eth0 ' +
        '(/proc/net/igmp, igmp6); no socket has joined it. Join it first: host.udp({ port }).join(group, { interface })',
    );
    await plain(assertHasJoined(other, '239.1.1.1', now)).rejects.toThrow('expected "other" to have joined 239.1.1.1');
  });

  test('refuses what is no group', async ({ createLab }) => {
    const { receiver } = (await createLab(spec)).hosts;
    plain(await messageOf(() => expect(receiver).not.toHaveJoined('10.0.0.1'))).toContain('"10.0.0.1"');
  });
});

describe('toReach', () => {
  test('goes by ICMP, UDP and TCP', async ({ createLab }) => {
    const lab = await createLab(chain(1));
    const { left, right } = lab.hosts;
    await expect(left).toReach(right);
    await expect(left).toReach(right, { protocol: 'udp' });
    await expect(left).toReach(right, { protocol: 'tcp' });
    await expect(left).toReach('right');
    await expect(left.netns).toReach(right.address);
    right.listen({ port: 80, host: right.address });
    await expect(left).toReach(right, { protocol: 'tcp', port: 80 });
    await expect(left).not.toReach(right, { protocol: 'tcp', port: 81, timeoutMs: 50 });
    await expect(left).not.toReach('192.0.2.1', { timeoutMs: 20 });
  });

  test('says where packets get lost', async ({ createLab }) => {
    const lab = await createLab(chain(1));
    const { left, right } = lab.hosts;
    lab.links.link2.down();
    const message = await messageOf(() => expect(left).toReach(right, { timeoutMs: 100 }));
    plain(message).toMatch(
      /^expected "left" to reach "right" \(10\.0\.1\.2\) by icmp within 100 ms: \d requests? went unanswered: /,
    );
    plain(message).toMatch(/10\.0\.0\.1 says: no route to the network; .*router1.*\. Fix: /s);
  });

  test('tells of answers that get lost', async ({ createLab }) => {
    const lab = await createLab(pair());
    const { left, right } = lab.hosts;
    using _oneWay = lab.partition({ from: ['right'], to: ['left'] });
    right.udp({ port: 9 });
    await plain(assertReaches(left, right, { timeoutMs: 100 })).rejects.toThrow(
      /unanswered: (the answers get lost: )?.*left/,
    );
  });

  test('negated, listens for a while, and fails at the first answer', async ({ createLab }) => {
    const lab = await createLab(pair());
    const { left, right } = lab.hosts;
    plain(await messageOf(() => expect(left).not.toReach(right))).toBe(
      'expected "left" not to reach "right" (10.0.0.2) by icmp within 300 ms: it does',
    );
    using _split = lab.partition(['left'], ['right']);
    await expect(left).not.toReach(right, { timeoutMs: 50 });
  });
});

describe('toHaveForwarded', () => {
  test('counts what routers, switches and links passed on', async ({ createLab }) => {
    const lab = await createLab({
      hosts: { client: {}, server: {} },
      routers: { gateway: {} },
      bridges: { lan: {} },
      links: { a: ['client', 'lan'], b: ['lan', 'gateway'], c: ['gateway', 'server'] },
    });
    const { client, server } = lab.hosts;
    const { gateway } = lab.routers;
    await expect(client).toReach(server);
    const since = gateway.forwarded();
    const [sinceLan, sinceCable] = [lab.bridges.lan.forwarded(), lab.links.c.forwarded()];
    const receiver = server.udp({ port: 5000, host: server.address });
    const sender = client.udp();
    for (let count = 0; count < 10; count += 1) await sender.send('hello', receiver.port, server.address);
    await expect(gateway).toHaveForwarded(10, { since });
    await expect(gateway).toHaveForwarded({ atLeast: 10, atMost: 10 }, { since });
    await expect(lab.bridges.lan).toHaveForwarded({ atLeast: 10 }, { since: sinceLan });
    await expect(lab.links.c).toHaveForwarded({ atLeast: 10 }, { since: sinceCable });
    await expect(gateway).not.toHaveForwarded({ atLeast: 11 }, { since, ...now });
    plain(await messageOf(() => expect(gateway).toHaveForwarded(9, { since }))).toBe(
      'expected "gateway" to have forwarded 9 packets within 1000 ms: it has forwarded 10',
    );
    plain(await messageOf(() => assertHasForwarded(gateway, { atLeast: 11 }, { since, timeoutMs: 20 }))).toBe(
      'expected "gateway" to have forwarded at least 11 packets within 20 ms: it has forwarded 10',
    );
  });

  test('counts the packets of a flow, by its ledger', async ({ createLab }) => {
    const lab = await createLab(chain(1));
    const { left, right } = lab.hosts;
    await expect(left).toReach(right);
    const ledger = lab.ledger({ from: 'left', to: 'right', port: 5000 });
    const receiver = right.udp({ port: 5000, host: right.address });
    for (let count = 0; count < 3; count += 1) await left.udp().send('hello', 5000, right.address);
    await left.udp().send('something else', 5001, right.address);
    await receiver.receive();
    const flow = await ledger.report();
    await expect(lab.routers.router1).toHaveForwarded(3, { flow });
    plain(await messageOf(() => expect(lab.routers.router1).toHaveForwarded(4, { flow }))).toBe(
      `expected "router1" to have forwarded 4 packets of ${flow.title} within 1000 ms: it has forwarded 3`,
    );
    expect(flow).toConserve();
  });
});

test('toLeakNothing tells what a function leaves', async ({ scope }) => {
  await expect(async () => {
    const { Netns } = await import('../../../src/netns/netns.js');
    Netns.create().close();
  }).toLeakNothing();
  const { Netns } = await import('../../../src/netns/netns.js');
  const leave = (): unknown => scope.use(Netns.create());
  plain(await messageOf(() => expect(leave).toLeakNothing({ settleMs: 10 }))).toMatch(/1 thing is left.*net:\[\d+\]/s);
  await expect(leave).not.toLeakNothing({ settleMs: 10 });
});
