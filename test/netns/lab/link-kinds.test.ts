import { expect, test } from 'vitest';
import { createLab, type Lab } from '../../../src/netns/lab/create-lab.js';
import { Netns } from '../../../src/netns/netns.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

type Host = Lab['hosts'][string];

/** Who a host hears from a server of another says that it is. */
async function greet(from: Host, to: Host, address = to.address, timeoutMs = 2000): Promise<string> {
  const server = to.serve((request, response) => response.end(request.socket.remoteAddress), {
    port: 80,
    host: address,
  });
  try {
    const host = address.includes(':') ? `[${address}]` : address;
    return await (await from.fetch(`http://${host}/`, { timeoutMs })).text();
  } finally {
    server.close();
  }
}

test('a macvlan is a second machine on the cable of its parent, which both ends of it hear but the parent itself', async () => {
  const lab = keep(
    await createLab({
      hosts: { parent: {}, server: {}, guest: {}, other: {} },
      links: {
        uplink: ['parent', 'server'],
        guest: { ends: ['guest', 'parent'], macvlan: { over: 'uplink' } },
        other: { ends: ['other', 'parent'], macvlan: { over: 'uplink', mode: 'bridge' } },
      },
    }),
  );
  const { parent, server, guest, other } = lab.hosts;
  expect(lab.plan.segments).toEqual([
    { name: 'uplink', bridges: [], links: ['uplink', 'guest', 'other'], networks: ['10.0.0.0/24'] },
  ]);
  expect(await greet(guest, server)).toBe(guest.address);
  expect(await greet(guest, other)).toBe(guest.address);
  expect(await greet(server, other)).toBe(server.address);
  await expect(greet(guest, parent, parent.address, 200)).rejects.toThrow();
  expect(lab.links.guest.isUp).toBe(true);
});

test('a macvlan is switched without its parent, and a private one hears no other', async () => {
  const lab = keep(
    await createLab({
      hosts: { parent: {}, server: {}, a: {}, b: {} },
      links: {
        uplink: ['parent', 'server'],
        a: { ends: ['a', 'parent'], macvlan: { over: 'uplink', mode: 'private' } },
        b: { ends: ['b', 'parent'], macvlan: { over: 'uplink', mode: 'private' } },
      },
    }),
  );
  const { parent, server, a, b } = lab.hosts;
  expect(await greet(b, server)).toBe(b.address);
  await expect(greet(a, b, b.address, 200)).rejects.toThrow();
  lab.links.a.down();
  expect(await greet(server, parent)).toBe(server.address);
  await expect(greet(a, server)).rejects.toThrow('ENETUNREACH');
  lab.links.a.up();
  await expect.poll(() => lab.links.a.isUp, { timeout: 4000 }).toBe(true);
  expect(await greet(a, server)).toBe(a.address);
});

test('a passthru macvlan has the MAC address of its parent', async () => {
  const lab = keep(
    await createLab({
      hosts: { parent: {}, server: {}, guest: {} },
      links: {
        uplink: [{ node: 'parent', addresses: [] }, 'server'],
        guest: { ends: ['guest', 'parent'], macvlan: { over: 'uplink', mode: 'passthru' } },
      },
    }),
  );
  const { server, guest, parent } = lab.hosts;
  expect(lab.links.guest.states()[0].macAddress).toBe(parent.interface('uplink').macAddress);
  expect(guest.interface('guest').macAddress).toBe(parent.interface('uplink').macAddress);
  expect(await greet(guest, server)).toBe(guest.address);
});

test('a macvlan may stand on a macvlan, named in any order', async () => {
  const lab = keep(
    await createLab({
      hosts: { parent: {}, server: {}, guest: {}, inner: {} },
      links: {
        inner: { ends: ['inner', 'guest'], macvlan: { over: 'guest' } },
        guest: { ends: ['guest', 'parent'], macvlan: { over: 'uplink' } },
        uplink: ['parent', 'server'],
      },
    }),
  );
  expect(await greet(lab.hosts.inner, lab.hosts.server)).toBe(lab.hosts.inner.address);
});

test('a vxlan is a network through the lab’s own, whose routes do not go through it', async () => {
  const lab = keep(
    await createLab({
      hosts: { a: {} },
      routers: { middle: {}, b: { loopback: ['10.9.9.9/32'] } },
      links: {
        tunnel: { ends: ['a', 'b'], vxlan: { vni: 42 } },
        left: ['a', 'middle'],
        right: ['middle', 'b'],
      },
    }),
  );
  const { a } = lab.hosts;
  const { b } = lab.routers;
  expect(a.interface('tunnel')).toMatchObject({ mtu: 1450 });
  const [inside] = b.addresses({ link: 'tunnel' });
  expect(inside).toBeDefined();
  expect(await greet(a, b, inside?.address)).toBe(a.addresses({ link: 'tunnel' })[0]?.address);
  expect(await greet(a, b, b.addresses({ link: 'right' })[0]?.address)).toBe(a.addresses({ link: 'left' })[0]?.address);
  const [state] = lab.links.tunnel.states();
  expect(state).toMatchObject({ kind: 'vxlan', mtuBytes: 1450, vxlan: { id: 42, port: 4789 } });
  lab.links.left.down();
  await expect(greet(a, b, inside?.address, 200)).rejects.toThrow();
});

test.each([
  ['ipv4', ['ipv4']],
  ['ipv6', ['ipv6']],
] as const)('vxlans are ports of a bridge, over %s', async (_name, families) => {
  const lab = keep(
    await createLab({
      families,
      hosts: { hub: {}, a: {}, b: {}, local: {} },
      bridges: { under: {}, over: {} },
      links: {
        h: ['hub', 'under'],
        a: ['a', 'under'],
        b: ['b', 'under'],
        local: ['local', 'over'],
        toA: { ends: ['over', 'a'], vxlan: { vni: 1, under: ['hub', 'a'] } },
        toB: { ends: ['b', 'over'], vxlan: { vni: 2, port: 8472, under: ['b', 'hub'] } },
      },
    }),
  );
  const { a, b, local } = lab.hosts;
  const inside = (host: Host, link: string) => host.addresses({ link })[0]?.address;
  expect(await greet(a, b, inside(b, 'toB'))).toBe(inside(a, 'toA'));
  expect(await greet(b, local)).toBe(inside(b, 'toB'));
});

const hasVlans = (() => {
  try {
    using netns = Netns.create();
    return netns.spawnSync('ip', ['link', 'add', 'link', 'lo', 'name', 'v', 'type', 'vlan', 'id', '5']).status === 0;
  } catch {
    return false;
  }
})();

test('VLANs are networks of their own on one cable, or the kernel is said to have none', async () => {
  const spec = {
    hosts: { a: {}, b: {}, c: {} },
    bridges: { lan: {} },
    links: {
      trunk: ['a', 'b'],
      blue: { ends: ['a', 'b'], vlan: { id: 100, over: 'trunk' } },
      green: { ends: ['a', 'b'], vlan: { id: 200, over: 'trunk' }, mtu: 1400 },
      x: ['a', 'lan'],
      y: ['c', 'lan'],
      far: { ends: ['a', 'c'], vlan: { id: 100, over: ['x', 'y'] } },
    },
  } as const;
  if (!hasVlans) {
    await expect(createLab(spec)).rejects.toThrow(
      'links of kind vlan is not available: this kernel has neither CONFIG_VLAN_8021Q nor a module 8021q that it could load. ' +
        'To mend it: as root, run "modprobe 8021q"; if there is no such module, use a kernel with CONFIG_VLAN_8021Q, such as Debian\'s in a virtual machine',
    );
    return;
  }
  const lab = keep(await createLab(spec));
  const { a, b, c } = lab.hosts;
  for (const [link, other] of [
    ['blue', b],
    ['green', b],
    ['far', c],
  ] as const) {
    const [address] = other.addresses({ link });
    expect(await greet(a, other, address?.address)).toBe(a.addresses({ link })[0]?.address);
  }
  lab.links.trunk.down();
  expect(lab.links.blue.isUp).toBe(false);
  lab.links.trunk.up();
  await expect.poll(() => lab.links.blue.isUp, { timeout: 4000 }).toBe(true);
  expect(await greet(a, b, b.addresses({ link: 'blue' })[0]?.address)).toBe(a.addresses({ link: 'blue' })[0]?.address);
});
