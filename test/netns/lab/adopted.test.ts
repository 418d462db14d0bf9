import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createLab, type Lab } from '../../../src/netns/lab/create-lab.js';
import { Netns } from '../../../src/netns/netns.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { TYPESCRIPT } from '../../support/typescript.js';

needsNamespaces();

/** A namespace that somebody else has made, with an interface, an address and a route of its own. */
function createForeign(script = 'ip link set lo up'): Netns {
  const netns = Netns.create();
  onTestFinished(() => netns.close());
  const { status, stderr } = netns.spawnSync('sh', ['-ec', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return netns;
}

const BUSY = [
  'ip link set lo up',
  'ip link add eth0 type veth peer name eth1',
  'ip address add 10.0.0.7/24 dev eth0',
  'ip link set eth0 up',
  'ip link set eth1 up',
  'ip route add default via 10.0.0.1',
  'ip address add 10.7.7.7/32 dev lo',
  // Until the kernel has seen the carrier, what it says of them changes by itself.
  'for each in eth0 eth1; do until ip -o link show $each | grep -q "state UP"; do :; done; done',
].join('\n');

/** Everything that a lab could have left. */
function describe(netns: Netns): string {
  const script = [
    'ip -o link',
    'ip -o address | grep -v inet6.fe80',
    'ip route show table all | grep -v fe80',
    'ip rule',
    'ip neighbour show nud permanent',
    'tc qdisc',
    "grep -r . /proc/sys/net/ipv4/conf /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf 2>/dev/null | grep -v 'stable_secret\\|mtu' | sort",
  ].join('\n');
  return String(netns.spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout);
}

async function expectToTalk(from: Lab['hosts'][string], to: Lab['hosts'][string]): Promise<void> {
  const server = to.serve((request, response) => response.end(request.socket.remoteAddress), {
    port: 80,
    host: to.address,
  });
  onTestFinished(() => void server.close());
  expect(await (await from.fetch(`http://${to.address}/`, { timeoutMs: 2000 })).text()).toBe(from.address);
}

test.each([
  ['one that is busy', BUSY],
  // Once up, it has a queue of its own for ever.
  ['one whose loopback is down', 'ip link set lo up; ip link set lo down; ip address flush dev lo'],
])('a namespace that exists is a host, and is left as it was found: %s', async (_what, script) => {
  const foreign = createForeign(script);
  const before = describe(foreign);
  const lab = await createLab({
    hosts: {
      app: {
        netns: foreign,
        loopback: ['10.8.8.8/32'],
        forwarding: true,
        routes: [{ to: '10.99.0.0/16', interface: 'lo' }],
      },
      client: {},
      far: {},
    },
    links: {
      near: ['app', 'client'],
      wired: { ends: ['far', 'app'], wire: true },
    },
    families: ['ipv4', 'ipv6'],
  });
  try {
    await expectToTalk(lab.hosts.client, lab.hosts.app);
    await expectToTalk(lab.hosts.far, lab.hosts.client);
    expect(describe(foreign)).not.toBe(before);
  } finally {
    await lab[Symbol.asyncDispose]();
  }
  expect(describe(foreign)).toBe(before);
  expect(foreign.closed).toBe(false);
});

test('what is there is planned around: names, numbers, networks and the default route', async () => {
  const foreign = createForeign(BUSY);
  const lab = keep(
    await createLab({
      hosts: { app: { netns: foreign }, client: {} },
      routers: { router: {} },
      links: { a: ['app', 'router'], b: ['router', 'client'] },
    }),
  );
  const { app, client } = lab.hosts;
  expect(app.interface('a')).toMatchObject({ name: 'eth2', ifindex: 4 });
  expect(app.address).toBe('10.0.1.2');
  expect(String(await app.$`ip -4 route show default`).trim()).toBe('default via 10.0.0.1 dev eth0');
  await expectToTalk(client, app);
});

test('a process is named by its number, a file by its path', async () => {
  const foreign = createForeign();
  const child = foreign.spawn('sleep', ['1000'], { stdio: 'ignore' });
  const path = `/proc/${child.pid}/ns/net`;
  for (const netns of [child.pid ?? 0, path]) {
    const lab = await createLab({ hosts: { app: { netns }, client: {} }, links: { a: ['app', 'client'] } });
    expect(lab.hosts.app.netns.inode).toBe(foreign.inode);
    await expectToTalk(lab.hosts.client, lab.hosts.app);
    await lab[Symbol.asyncDispose]();
  }
  expect(child.exitCode).toBe(null);
});

test('what cannot be adopted is told with all other mistakes, and nothing is made', async () => {
  const foreign = createForeign(BUSY);
  const closed = Netns.create();
  closed.close();
  const before = describe(foreign);
  const spec = {
    hosts: {
      own: { netns: process.pid },
      gone: { netns: '/run/netns/no-such-namespace' },
      file: { netns: '/proc/self/status' },
      nobody: { netns: 0x3fff_fff1 },
      what: { netns: 'blue' },
      closed: { netns: closed },
      app: { netns: foreign, routes: [{ to: 'default', via: '10.1.0.2' }], loopback: ['10.7.7.7/32'] },
      twin: { netns: foreign },
      other: {},
    },
    links: { a: [{ node: 'app', interface: 'eth0', addresses: ['10.1.0.1/24'] }, 'other'], b: ['app', 'twin'] },
  } as const;
  const refusal: unknown = await createLab(spec).catch((error: unknown) => error);
  expect(refusal).toHaveProperty(
    'problems',
    [
      expect.stringMatching(
        /^hosts\.own\.netns: \d+ is the namespace that this process is in, or the machine's own, whose network a lab leaves alone; give the host one of its own, or leave netns out$/,
      ),
      expect.stringMatching(/^hosts\.gone\.netns: .*"\/run\/netns\/no-such-namespace": ENOENT/),
      expect.stringMatching(/^hosts\.file\.netns: .*EINVAL.*It is something else/),
      expect.stringMatching(/^hosts\.nobody\.netns: .*process 1073741809: ESRCH/),
      'hosts.what.netns: must be a path such as "/run/netns/blue", the number of a process, or a Netns; received "blue"',
      'hosts.closed.netns: must be open; this Netns is closed',
      expect.stringMatching(/^hosts\.twin\.netns: .* is the namespace of "app" too$/),
      'links.b: both its ends are namespaces that outlive this process, and so would it, were the process killed; give it wire: true, or put a bridge between',
      'links.a.ends[0].interface: "eth0" of "app" is taken by an interface that is there already',
      'hosts.app.loopback[0]: 10.7.7.7 is on lo of "app" already',
      'hosts.app.routes[0]: "app" has a route to 0.0.0.0/0 of this metric already',
    ].map((each) => (typeof each === 'string' ? each.replace('links.a.ends[0]', 'links.a[0]') : each)),
  );
  expect(describe(foreign)).toBe(before);
});

test('a lab that cannot be built leaves an adopted namespace as it was', async () => {
  const foreign = createForeign(BUSY);
  const before = describe(foreign);
  const lab = createLab({
    hosts: {
      app: { netns: foreign, sysctls: { 'ipv4.ip_default_ttl': 9 } },
      b: { sysctls: { 'ipv4.conf.eth0.nothing': 1 } },
    },
    links: { w: ['app', 'b'] },
  });
  await expect(lab).rejects.toThrow('nothing');
  expect(describe(foreign)).toBe(before);
  expect(foreign.sysctl.readNumber('net.ipv4.ip_default_ttl')).toBe(64);
});

test('when the process is killed, the interfaces in an adopted namespace go with it', async () => {
  const foreign = createForeign(BUSY);
  const links = () => String(foreign.spawnSync('ip', ['-o', 'link'], { encoding: 'utf8' }).stdout);
  const before = links();
  const holder = foreign.spawn('sleep', ['1000'], { stdio: 'ignore' });
  const script = fileURLToPath(new URL('child/killed-lab.ts', import.meta.url));
  const child = spawn(process.execPath, [...TYPESCRIPT, script, String(holder.pid)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  expect(links().trim().split('\n').length).toBe(before.trim().split('\n').length + 4);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await expect.poll(links, { timeout: 5000 }).toBe(before);
}, 20_000);
