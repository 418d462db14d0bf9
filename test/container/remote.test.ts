import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { createServer, type TlsOptions } from 'node:tls';
import { expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { callEngine } from '../../src/container/call-engine.js';
import { connectEngine } from '../../src/container/connect-engine.js';
import { until } from '../../src/core/until.js';
import { createTempFolder } from '../../src/process/journal/temp-folder.js';
import { TYPESCRIPT } from '../support/typescript.js';
import { listLeft } from './support/list-left.js';

const certificates = `${root}test/container/support/tls`;
const read = (name: string) => readFileSync(join(certificates, name), 'utf8');

/** The tests' engine by TLS, for those who show a certificate. */
async function serveByTls() {
  const { address } = await connectEngine();
  const options: TlsOptions & { allowHalfOpen: boolean } = {
    ca: read('ca.pem'),
    cert: read('server-cert.pem'),
    key: read('server-key.pem'),
    requestCert: true,
    rejectUnauthorized: true,
    allowHalfOpen: true,
  };
  const server = createServer(options, (client) => {
    const engine = connect({ path: address.slice('unix://'.length), allowHalfOpen: true });
    client.pipe(engine).pipe(client);
    for (const each of [client, engine] satisfies Socket[]) each.on('error', () => {});
    client.once('close', () => engine.destroy());
    engine.once('close', () => client.destroy());
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.dispose]: () => void server.close() };
}

test('an engine that is reached by TLS does what an engine can, refuses by name what takes its kernel, and is left clean', async () => {
  using server = await serveByTls();
  using folder = createTempFolder();
  const host = `tcp://127.0.0.1:${server.port}`;
  const env = {
    ...process.env,
    DOCKER_HOST: host,
    DOCKER_TLS_VERIFY: '1',
    DOCKER_CERT_PATH: join(certificates, 'client'),
  };
  const script = `${root}test/container/child/use-remote.ts`;
  const args = [...TYPESCRIPT, script, join(folder.path, 'rootfs')];
  const runner = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(runner, 'exit');
  const [told] = await Promise.race([once(runner.stdout, 'data'), ended]);
  expect(JSON.parse(String(told))).toEqual({
    stdout: 'run\n',
    spawned: 'spawned',
    file: 'written',
    states: ['running', 'running'],
    refusals: [
      expect.stringContaining(
        '"sleep" runs where this machine does not see it, and an engine has no call that signals it',
      ),
      expect.stringContaining(`the engine at ${host} runs containers in a kernel or a pid namespace that is not`),
      expect.stringContaining('and the image has no cat, by which ready.tcp is asked in one'),
      expect.stringContaining('and the image has no curl and no wget, by which ready.http is asked in one'),
    ],
  });
  expect(await listLeft()).not.toEqual([]);
  runner.kill('SIGKILL');
  await ended;
  await until(async () => (await listLeft()).length === 0, { timeoutMs: 20_000, description: 'nothing to be left' });
});

test('without a certificate such an engine has no answer, and neither has it for plain words', async () => {
  using server = await serveByTls();
  const ping = { path: '/_ping' };
  const host = '127.0.0.1';
  const tls = { ca: read('ca.pem'), cert: read('client/cert.pem'), key: read('client/key.pem') };
  expect(await callEngine({ host, port: server.port, tls }, ping)).toBe('OK');
  await expect(callEngine({ host, port: server.port, tls: { ...tls, ca: '' } }, ping)).rejects.toThrow();
  await expect(callEngine({ host, port: server.port }, ping)).rejects.toThrow();
});
