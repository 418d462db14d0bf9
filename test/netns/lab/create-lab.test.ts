import { readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { createLab, type Lab } from '../../../src/netns/lab/create-lab.js';
import { chain, star } from '../../../src/netns/lab/templates.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

/** Answers `hello` on port 80 of a host. */
function greet(host: Lab['hosts'][string]): void {
  host?.serve((_request, response) => response.end('hello'), { port: 80, host: host.address });
}

describe('a lab', () => {
  test('is two hosts and a wire, which nobody outside sees', async () => {
    const before = Object.keys(networkInterfaces());
    const lab = keep(await createLab({ hosts: { left: {}, right: {} }, links: { wire: ['left', 'right'] } }));
    greet(lab.hosts.right);
    expect(await (await lab.hosts.left.fetch('http://right/')).text()).toBe('hello');
    // It may be handed to whoever takes a fetch.
    const { fetch } = lab.hosts.left;
    expect(await (await fetch('http://right/')).text()).toBe('hello');
    expect(Object.keys(networkInterfaces())).toEqual(before);
  });

  test('has switches, whose ports forward when it is ready', async () => {
    const lab = keep(await createLab(star(5)));
    const [bridge] = Object.values(lab.bridges);
    expect(bridge?.ports().map(({ status, hasCarrier }) => [status, hasCarrier])).toEqual(
      Array.from({ length: 5 }, () => ['forwarding', true]),
    );
    const [first, ...others] = Object.values(lab.hosts);
    for (const host of others) greet(host);
    const answers = others.map(async ({ name }) => (await first?.fetch(`http://${name}/`))?.text());
    expect(await Promise.all(answers)).toEqual(['hello', 'hello', 'hello', 'hello']);
  });

  test('has routers, and routes over the fewest of them', async () => {
    const lab = keep(await createLab({ ...chain(3), families: ['ipv4', 'ipv6'] }));
    const { left, right } = lab.hosts;
    for (const { address } of right.addresses()) {
      right.serve((request, response) => response.end(request.socket.remoteAddress), { port: 80, host: address });
    }
    expect(await (await left.fetch(`http://${right.address}/`)).text()).toBe(left.address);
    const [six] = right.addresses({ family: 'ipv6' });
    expect(await (await left.fetch(`http://[${six?.address}]/`)).text()).toBe(
      left.addresses({ family: 'ipv6' })[0]?.address,
    );
  });

  test('has links that are cut and mended, with the routes through them', async () => {
    const lab = keep(await createLab(chain(1)));
    const { left, right } = lab.hosts;
    greet(right);
    const [link] = Object.values(lab.links);
    link?.down();
    expect(link?.isUp).toBe(false);
    await expect(left.fetch(`http://${right.address}/`, { timeoutMs: 2000 })).rejects.toThrow('ENETUNREACH');
    link?.up();
    link?.up();
    expect(link?.isUp).toBe(true);
    expect(await (await left.fetch(`http://${right.address}/`)).text()).toBe('hello');
  });

  test('has what its spec says: addresses with labels, settings, neighbours, sizes', async () => {
    const lab = keep(
      await createLab({
        hosts: {
          server: {
            loopback: [{ address: '10.9.9.9/32', label: 'lo:faas' }],
            sysctls: { 'ipv4.ip_default_ttl': 7 },
            neighbours: [{ address: '10.1.0.9', macAddress: '02:00:00:00:00:99' }],
          },
          client: {},
        },
        links: {
          wire: {
            mtu: 1400,
            ends: [
              { node: 'server', interface: 'wan0', addresses: ['10.1.0.1/24'], macAddress: '02:00:00:00:00:11' },
              { node: 'client', addresses: ['10.1.0.2/24'] },
            ],
          },
        },
      }),
    );
    const { server } = lab.hosts;
    expect(String(await server.$`ip -4 address show lo`)).toContain('inet 10.9.9.9/32 scope global lo:faas');
    expect(String(await server.$`ip link show wan0`)).toMatch(/mtu 1400 .*02:00:00:00:00:11/s);
    expect(String(await server.$`ip neighbour show 10.1.0.9`)).toContain('lladdr 02:00:00:00:00:99 PERMANENT');
    expect(server.sysctl.read('net.ipv4.ip_default_ttl')).toBe('7');
    expect(server.interface('wire')).toMatchObject({ name: 'wan0', ifindex: 2, mtu: 1400 });
    expect(() => server.interface('wires')).toThrow('it is not on link "wires"');
  });

  test('is refused with every mistake in its spec, and nothing of it is made', async () => {
    const before = readdirSync('/proc/self/fd').length;
    const spec = {
      hosts: { a: {}, b: {} },
      links: { one: ['a', 'nowhere'], two: { ends: ['a', 'b'], mtu: 10 } },
    };
    const refusal = await createLab(spec as never).catch((error: unknown) => error);
    expect(refusal).toHaveProperty('code', 'ERR_GLOVEBOX_USAGE');
    expect(String(refusal)).toMatch(/links\.one.*nowhere.*links\.two\.mtu/s);
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  test('that cannot be built leaves nothing', async () => {
    const before = readdirSync('/proc/self/fd').length;
    const lab = createLab({
      hosts: { a: { sysctls: { 'ipv4.no_such_setting': 1 } }, b: {} },
      links: { w: ['a', 'b'] },
    });
    await expect(lab).rejects.toThrow('no_such_setting');
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  test('ends with its processes, twenty times over, without a descriptor more', async () => {
    const before = readdirSync('/proc/self/fd').length;
    for (let round = 0; round < 20; round += 1) {
      const lab = await createLab(star(3));
      const child = Object.values(lab.hosts)[0]?.spawn('sleep', ['1000'], { stdio: 'ignore' });
      const ended = new Promise((resolve) => child?.once('exit', (_code, signal) => resolve(signal)));
      await lab[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
      expect(await ended).toBe('SIGKILL');
    }
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });
});
