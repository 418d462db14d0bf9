import { expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { FakeNetIfaceResolver } from '../../../src/fakes/interfaces/fake-net-iface-resolver.js';

test('it begins with lo and eth0', async () => {
  const interfaces = await new FakeNetIfaceResolver().interfaces();
  expect(interfaces).toMatchObject([
    { name: 'lo', index: 1, mtu: 65_536, up: true, loopback: true },
    { name: 'eth0', index: 2, mtu: 1500, up: true, loopback: false },
  ]);
});

test('what is added is found by name and index; indexes rise and are not given out again', async () => {
  const resolver = new FakeNetIfaceResolver();
  expect(resolver.add('veth0', { mtu: 9000, up: false })).toMatchObject({ index: 3, mtu: 9000, up: false });
  expect((await resolver.interfaceByIndex(3)).name).toBe('veth0');
  resolver.remove('veth0');
  expect(await codeOf(resolver.interfaceByName('veth0'))).toBe('ENODEV');
  expect(resolver.add('veth0').index).toBe(4);
});

test('taken names and indexes are EEXIST; lo cannot be removed', () => {
  const resolver = new FakeNetIfaceResolver();
  expect(() => resolver.add('eth0')).toThrow('EEXIST');
  expect(() => resolver.add('eth1', { index: 2 })).toThrow('EEXIST');
  expect(() => resolver.remove('lo')).toThrow('EOPNOTSUPP');
});

test('interfaces are renamed, set down and up, and answers given before do not change', async () => {
  const resolver = new FakeNetIfaceResolver();
  const before = await resolver.interfaceByName('eth0');
  resolver.rename('eth0', 'wan');
  resolver.setDown('wan');
  expect(await resolver.interfaceByIndex(2)).toMatchObject({ name: 'wan', up: false });
  expect(before).toMatchObject({ name: 'eth0', up: true });
  resolver.setUp('wan');
  expect((await resolver.interfaceByName('wan')).up).toBe(true);
  expect(() => resolver.rename('wan', 'lo')).toThrow('EEXIST');
});

test('addresses come and go, with labels', async () => {
  const resolver = new FakeNetIfaceResolver();
  const address = { address: '10.0.0.1', prefixLength: 32, family: 4, label: 'lo:faas' } as const;
  resolver.addAddress('lo', address);
  expect((await resolver.interfaceByName('lo')).addresses.at(-1)).toEqual(address);
  expect(() => resolver.addAddress('lo', address)).toThrow('EEXIST');
  resolver.removeAddress('lo', '10.0.0.1');
  expect(() => resolver.removeAddress('lo', '10.0.0.1')).toThrow('EADDRNOTAVAIL');
});

test('mistakes are told all at once, and nothing is added', async () => {
  const resolver = new FakeNetIfaceResolver();
  const bad = { address: '10.0.0.256', prefixLength: 33, family: 4, label: 'x'.repeat(16) } as const;
  expect(() => resolver.add('a/b', { index: 0, mtu: 0, addresses: [bad] })).toThrow(/6 mistakes/);
  expect(() => resolver.addAddress('lo', { address: '::1', prefixLength: 128, family: 6, label: 'lo:x' })).toThrow(
    'labels on IPv4 addresses only',
  );
  expect(await resolver.interfaces()).toHaveLength(2);
});

test('namespaces have an inode, a lo that is down, and devices of their own', async () => {
  const resolver = new FakeNetIfaceResolver();
  resolver.addNetns('/run/netns/blue');
  resolver.add('veth0', { netns: '/run/netns/blue' });
  expect(await resolver.interfaces('/run/netns/blue')).toMatchObject([
    { name: 'lo', up: false },
    { name: 'veth0', index: 2 },
  ]);
  expect(await resolver.netnsInode('/run/netns/blue')).not.toBe(await resolver.netnsInode());
  expect(() => resolver.addNetns('/run/netns/blue')).toThrow('EEXIST');
  expect(await codeOf(resolver.interfaces('/run/netns/red'))).toBe('ENOENT');
});

test('listeners hear of what goes: alone, with its namespace, and at a reset', async () => {
  const resolver = new FakeNetIfaceResolver();
  const gone: string[] = [];
  const stop = resolver.onRemove((device) => gone.push(device.name));
  resolver.addNetns('/run/netns/blue');
  resolver.add('veth0', { netns: '/run/netns/blue' });
  resolver.remove('eth0');
  resolver.removeNetns('/run/netns/blue');
  expect(gone).toEqual(['eth0', 'lo', 'veth0']);
  stop();
  resolver.reset();
  expect(gone).toHaveLength(3);
  expect((await resolver.interfaceByName('eth0')).index).toBe(2);
});
