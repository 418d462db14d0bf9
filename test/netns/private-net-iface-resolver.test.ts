import { existsSync, readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { errnoOf } from '../../src/core/kernel-error.js';
import { PrivateNetIfaceResolver } from '../../src/netns/private-net-iface-resolver.js';
import { keep } from '../support/keep.js';
import { needsNamespaces } from '../support/needs-namespaces.js';

needsNamespaces();

function create(): PrivateNetIfaceResolver {
  return keep(new PrivateNetIfaceResolver());
}

const names = async (interfaces: PrivateNetIfaceResolver, netns?: string): Promise<readonly string[]> =>
  (await interfaces.interfaces(netns)).map(({ name, index }) => `${name} ${index}`);

describe('real devices in namespaces of their own', () => {
  test('begin with lo and eth0, as the fake ones do, and nothing of it is seen outside', async () => {
    const before = Object.keys(networkInterfaces());
    const interfaces = create();
    expect(await names(interfaces)).toEqual(['lo 1', 'eth0 2']);
    expect(await interfaces.interfaceByName('eth0')).toMatchObject({ index: 2, mtu: 1500, up: true, loopback: false });
    expect(await interfaces.interfaceByIndex(1)).toMatchObject({ name: 'lo', loopback: true });
    expect(Object.keys(networkInterfaces())).toEqual(before);
  });

  test('come and go', async () => {
    const interfaces = create();
    const { index } = interfaces.add('veth0', { mtu: 1400, up: false });
    expect(await interfaces.interfaceByIndex(index)).toMatchObject({ name: 'veth0', mtu: 1400, up: false });
    interfaces.setUp('veth0');
    expect((await interfaces.interfaceByName('veth0')).up).toBe(true);
    interfaces.remove('veth0');
    await expect(interfaces.interfaceByName('veth0')).rejects.toThrow(
      'look up interface "veth0": ENODEV: no such device, netlink(RTM_GETLINK)',
    );
  });

  test('are in the namespace that they are added to, whose path is not on the machine', async () => {
    const interfaces = create();
    interfaces.addNetns('/run/netns/glovebox-blue');
    interfaces.add('eth0', { netns: '/run/netns/glovebox-blue', index: 7 });
    expect(existsSync('/run/netns/glovebox-blue')).toBe(false);
    expect(await names(interfaces, '/run/netns/glovebox-blue')).toEqual(['lo 1', 'eth0 7']);
    expect(await interfaces.netnsInode('/run/netns/glovebox-blue')).not.toBe(await interfaces.netnsInode());
    interfaces.removeNetns('/run/netns/glovebox-blue');
    expect(errnoOf(await interfaces.interfaces('/run/netns/glovebox-blue').catch((error: unknown) => error))).toBe(
      'ENOENT',
    );
  });

  test.each([
    ['a name that is taken', (all: PrivateNetIfaceResolver) => all.add('eth0'), 'EEXIST'],
    ['an index that is taken', (all: PrivateNetIfaceResolver) => all.add('veth0', { index: 2 }), 'EEXIST'],
    ['the loopback', (all: PrivateNetIfaceResolver) => all.remove('lo'), 'EOPNOTSUPP'],
    ['a device that there is not', (all: PrivateNetIfaceResolver) => all.remove('veth9'), 'ENODEV'],
    ['a namespace that there is not', (all: PrivateNetIfaceResolver) => all.add('a', { netns: '/no' }), 'ENOENT'],
  ])('refuse %s', (_what, run, code) => {
    const interfaces = create();
    expect(() => run(interfaces)).toThrow(code);
  });

  test('refuse an option that a real device does not have, and a name that no device can have', async () => {
    const interfaces = create();
    expect(() => interfaces.add('veth0', { addresses: [] } as object)).toThrow('addresses');
    expect(errnoOf(await interfaces.interfaceByName('a-name-that-is-too-long').catch((error: unknown) => error))).toBe(
      'ENODEV',
    );
    expect(await names(interfaces)).toEqual(['lo 1', 'eth0 2']);
  });

  test('leave no descriptor behind, and say so when they are used after', async () => {
    const before = readdirSync('/proc/self/fd').length;
    const interfaces = new PrivateNetIfaceResolver();
    interfaces.addNetns('/run/netns/blue');
    interfaces.add('eth0', { netns: '/run/netns/blue' });
    await interfaces[Symbol.asyncDispose]();
    await interfaces[Symbol.asyncDispose]();
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
    await expect(interfaces.interfaces()).rejects.toThrow('PrivateNetIfaceResolver is closed');
  });
});
