import { describe, expect, test } from 'vitest';
import { encodeSetLink } from '../../../src/netns/netlink/link-requests.js';
import { Netns } from '../../../src/netns/netns.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { createNetns } from '../create-netns.js';

needsNamespaces();

describe('/proc/net of a namespace', () => {
  test('is that of the namespace, and of no other', () => {
    const [one, other] = [createNetns(), createNetns()];
    one.listen({ host: '127.0.0.1', port: 4242 });
    one.udp({ host: '127.0.0.1', port: 4243 });
    one.udp({ host: '::1', port: 4244 });
    expect(one.proc.sockets().map(({ localPort, protocol }) => `${protocol} ${localPort}`)).toEqual([
      'udp 4243',
      'udp6 4244',
      'tcp 4242',
    ]);
    expect(other.proc.sockets()).toEqual([]);
  });

  test('is understood, every file of it', async () => {
    const netns = createNetns();
    const socket = netns.udp({ host: '127.0.0.1' });
    await socket.send('x', socket.port, '127.0.0.1');
    await socket.receive();
    const { proc } = netns;
    expect(proc.snmp().Udp).toMatchObject({ InDatagrams: 1, OutDatagrams: 1, NoPorts: 0 });
    expect(proc.netstat().IpExt.InOctets).toBeGreaterThan(0);
    expect(proc.snmp6()).toHaveProperty('Ip6InReceives');
    expect(proc.devices()).toMatchObject([{ interface: 'lo', received: { packets: 1 }, sent: { packets: 1 } }]);
    expect(proc.memberships()).toContainEqual({ interface: 'lo', index: 1, group: '224.0.0.1', users: 1 });
    expect(proc.ipv6Routes()).toContainEqual(expect.objectContaining({ destination: '::1/128', interface: 'lo' }));
    expect([proc.routes(), proc.arp(), proc.multicastVifs(), proc.multicastRoutes()]).toEqual([[], [], [], []]);
    expect(proc.read('sockstat')).toContain('UDP: inuse 1');
  });

  test('refuses protocols and files that there are not', () => {
    const { proc } = createNetns();
    expect(() => proc.sockets('upd' as 'udp')).toThrow('ProcNet.sockets: "upd" is no protocol. Did you mean "udp"');
    expect(() => proc.read('nothing')).toThrow('read /proc/net/nothing: ENOENT: no such file or directory, open');
    expect(() => proc.read('../status')).toThrow('file must be a name below /proc/net');
    expect(() => proc.read('stat/../../status')).toThrow('file must be a name below /proc/net');
  });
});

describe('sysctl of a namespace', () => {
  test('is read and written there alone', () => {
    const [one, other] = [createNetns(), createNetns()];
    const before = other.sysctl.read('net.ipv4.ip_forward');
    one.sysctl.write('net.ipv4.ip_forward', before === '1' ? 0 : 1);
    expect(one.sysctl.read('net.ipv4.ip_forward')).not.toBe(before);
    expect(other.sysctl.read('net.ipv4.ip_forward')).toBe(before);
    one.sysctl.write('net.ipv4.ip_local_port_range', [40_000, 41_000]);
    expect(one.sysctl.read('net/ipv4/ip_local_port_range')).toBe('40000\t41000');
    one.sysctl.write('net.ipv4.ip_default_ttl', '7');
    expect(one.sysctl.readNumber('net.ipv4.ip_default_ttl')).toBe(7);
    expect(() => one.sysctl.readNumber('net.ipv4.ip_local_port_range')).toThrow('which is no number');
  });

  test('takes the name of an interface that holds a dot', () => {
    const netns = createNetns();
    netns.netlink.request(encodeSetLink({ index: 1, isUp: false }));
    netns.netlink.request(encodeSetLink({ index: 1, name: 'lo.100' }));
    netns.sysctl.write('net/ipv4/conf/lo.100/rp_filter', 2);
    expect(netns.sysctl.read('net.ipv4.conf.lo/100.rp_filter')).toBe('2');
    expect(netns.sysctl.list('net/ipv4/conf/lo.100')).toContain('net/ipv4/conf/lo.100/rp_filter');
  });

  test('suggests what was meant', () => {
    const { sysctl } = createNetns();
    expect(() => sysctl.read('net.ipv4.conf.lo.rp_fliter')).toThrow(
      'read sysctl "net.ipv4.conf.lo.rp_fliter": ENOENT: no such file or directory, open. ' +
        'In "net.ipv4.conf.lo" there is no "rp_fliter". Did you mean "rp_filter"',
    );
    expect(() => sysctl.write('net.ipv6.conf.eth0.mtu', 1)).toThrow('In "net.ipv6.conf" there is no "eth0"');
    expect(() => sysctl.write('net.ipv4.ip_forward', 'maybe')).toThrow(
      'write sysctl "net.ipv4.ip_forward" with "maybe": EINVAL: invalid argument, write. ' +
        'The setting does not take that value. It is "',
    );
    expect(() => sysctl.read('ipv4.ip_forward')).toThrow('Did you mean "net.ipv4.ip_forward"?');
  });

  test.each(['net', 'net.ipv4.ip_forward'])('lists what is below %s', (name) => {
    const netns = createNetns();
    if (name === 'net') expect(netns.sysctl.list()).toContain('net.ipv4.ip_forward');
    else expect(() => netns.sysctl.list(name)).toThrow('ENOTDIR');
  });

  test.each(['', 'kernel.hostname', 'net/../kernel/hostname', 'net..ipv4', 'net.ipv4.//.x', 'net.a\0b'])(
    'refuses the name %j',
    (name) => {
      const { sysctl } = createNetns();
      expect(() => sysctl.read(name)).toThrow('name must be that of a setting of the network');
      expect(() => sysctl.write(name, 1)).toThrow('name must be that of a setting of the network');
    },
  );

  test.each([Number.NaN, '', [], {}, undefined, null])('refuses the value %j', (value) => {
    const { sysctl } = createNetns();
    expect(() => sysctl.write('net.ipv4.ip_forward', value as number)).toThrow(
      'value must be a text, a number or numbers',
    );
  });
});

test('a namespace that is closed says so', async () => {
  const netns = Netns.create();
  const { proc, sysctl } = netns;
  netns.close();
  expect(() => proc.snmp()).toThrow('Netns is closed: run() is no longer possible');
  expect(() => sysctl.read('net.ipv4.ip_forward')).toThrow('Netns is closed');
  await expect(netns.fetch('http://127.0.0.1/')).rejects.toThrow('Netns is closed: fetch() is no longer possible');
  for (const use of [() => netns.listen(), () => netns.udp(), () => netns.spawn, () => netns.$, () => netns.spawnSync])
    expect(use).toThrow('Netns is closed');
});
