import { once } from 'node:events';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { connectEngine } from '../../src/container/connect-engine.js';
import { createContainerNetwork, createContainerVolume, startContainer } from '../../src/container/index.js';
import { ID_LABEL } from '../../src/container/labels.js';

const busybox = { busybox: true } as const;

test('ready.http asks within the network of the container until the answer is good', async () => {
  const script = 'mkdir /srv; httpd -p 127.0.0.1:80 -h /srv; sleep 0.3; echo fine > /srv/health; sleep 1000';
  const spec = { image: busybox, command: ['sh', '-c', script] };
  await using container = await startContainer({ ...spec, ready: { http: 'http://127.0.0.1/health' } });
  expect((await container.run('cat', ['/srv/health'])).stdout).toBe('fine\n');
  const late = startContainer({ ...spec, ready: { http: 'http://127.0.0.1/no-such-page' } }, { timeoutMs: 2500 });
  await expect(late).rejects.toThrow(
    /^The container is not ready after 2500 ms: an answer of http:\/\/127\.0\.0\.1\/no-such-page did not come; the last was status 404\n {2}it wrote nothing$/,
  );
  await using absent = await startContainer({
    ...spec,
    ready: { http: 'http://127.0.0.1/no-such-page', status: 404 },
  });
  expect(absent.state).toBe('running');
});

test('ready.udp waits for a socket', async () => {
  // No applet of a busybox listens at a port of UDP.
  const script = 'setTimeout(() => require("node:dgram").createSocket("udp4").bind(53), 100)';
  await using container = await startContainer({
    image: busybox,
    command: ['busybox', 'chroot', '/host', process.execPath, '-e', script],
    mounts: [{ host: '/', guest: '/host' }],
    ready: { udp: 53 },
  });
  expect((await container.run('cat', ['/proc/net/udp'])).stdout).toContain(':0035 ');
});

test('a program that is spawned is written to, read from, and signalled', async () => {
  await using container = await startContainer({ image: busybox });
  const cat = await container.spawn('cat');
  cat.stdin.write('a line\n');
  expect(String((await once(cat.stdout, 'data'))[0])).toBe('a line\n');
  cat.stdin.end('and the last\n');
  expect(await text(cat.stdout)).toBe('and the last\n');
  expect(await cat.exit).toEqual({ code: 0 });

  const script = 'trap "echo asked >&2; exit 5" USR1; echo "$GREETING"; while :; do sleep 0.05; done';
  const shell = await container.spawn('sh', ['-c', script], { env: { GREETING: 'hello' } });
  expect(String((await once(shell.stdout, 'data'))[0])).toBe('hello\n');
  await shell.signal('SIGUSR1');
  expect(await shell.exit).toEqual({ code: 5 });
  expect(await text(shell.stderr)).toBe('asked\n');
  await shell.signal('SIGUSR1');

  expect(await (await container.spawn('no-such-program')).exit).toMatchObject({
    code: expect.toSatisfy((c) => c === 126 || c === 127),
  });
  const early = await container.spawn('sleep', ['1000']);
  await early.signal('SIGKILL');
  expect(await early.exit).toEqual({ code: 137 });
  const sleep = await container.spawn('sh', ['-c', 'echo up; sleep 1000']);
  await once(sleep.stdout, 'data');
  await container.kill();
  expect(await sleep.exit).toEqual({ code: 137 });
  await expect(container.spawn('true')).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_CONTAINER_ENDED' });
});

test('containers share a network and a volume of the test, which are gone with it', async () => {
  const { api } = await connectEngine();
  {
    await using network = await createContainerNetwork({ subnet: '10.88.7.0/24' });
    await using volume = await createContainerVolume();
    const mounts = [{ volume: volume.name, guest: '/data', writable: true }];
    await using server = await startContainer({
      image: busybox,
      command: ['sh', '-c', 'echo kept > /data/index.html; exec httpd -f -p 80 -h /data'],
      mounts,
      network: network.name,
      ready: { tcp: 80 },
    });
    const [address] = /10\.88\.7\.\d+(?=\/24)/.exec((await server.run('ip', ['-4', 'addr'])).stdout) ?? [];
    await using client = await startContainer({ image: busybox, network: network.name });
    expect((await client.run('wget', ['-q', '-O', '-', `http://${address}/`])).stdout).toBe('kept\n');
    await server.kill();
    await using reader = await startContainer({ image: busybox, mounts: [{ volume: volume.name, guest: '/data' }] });
    expect((await reader.run('cat', ['/data/index.html'])).stdout).toBe('kept\n');
    const refused = await reader.run('touch', ['/data/x'], { allowFailure: true });
    expect(refused.stderr).toContain('Read-only file system');
  }
  const filters = { label: [ID_LABEL] };
  expect(await api.listNetworks({ filters })).toEqual([]);
  expect((await api.listVolumes({ filters })).Volumes ?? []).toEqual([]);
});

test('a network that cannot be is refused, by us or by the engine', async () => {
  const options = { isInternal: 'no', subnet: 'here' } as unknown;
  await expect(Reflect.apply(createContainerNetwork, undefined, [options])).rejects.toThrow(
    `createContainerNetwork: 2 mistakes:
  - isInternal must be true or false, not "no"
  - subnet must be a prefix, such as "10.88.0.0/24", not "here"`,
  );
  await expect(createContainerNetwork({ subnet: '10.88.7.0/77' })).rejects.toMatchObject({
    code: 'ERR_GLOVEBOX_CONTAINER_ENGINE',
    message: expect.stringMatching(/^The engine cannot make the network: /),
  });
});
