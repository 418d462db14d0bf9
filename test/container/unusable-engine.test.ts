import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { root } from '../../scripts/entries.js';
import { startContainer } from '../../src/container/start-container.js';
import { describeDockerRestart } from '../../src/core/docker-service.js';
import { createTempFolder } from '../../src/process/journal/temp-folder.js';
import { TYPESCRIPT } from '../support/typescript.js';

afterEach(() => vi.unstubAllEnvs());

/** Something at a socket that answers some paths, up to one that it does not know: from there on all wait. */
async function serve(answers: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = createTempFolder();
  let isSilent = false;
  const server: Server = createServer(({ url = '' }, response) => {
    const { pathname } = new URL(url, 'http://engine');
    isSilent ||= !(pathname in answers);
    if (!isSilent) response.end(JSON.stringify(answers[pathname]));
  });
  const path = join(folder.path, 'engine.sock');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    folder.remove();
  });
  vi.stubEnv('DOCKER_HOST', `unix://${path}`);
  return path;
}

test('an engine that accepts and says nothing is told within the time that a start may take', async () => {
  const path = await serve({});
  await expect(startContainer({ image: { busybox: true } }, { timeoutMs: 200 })).rejects.toThrow(
    `container is not available: the engine at unix://${path} can be reached, and did not answer in 200 ms. To mend it: ` +
      `see whether \`docker info\` answers; if not, ${describeDockerRestart()}`,
  );
});

test('an engine that stops to answer in the midst of a start is told', async () => {
  const path = await serve({
    '/_ping': 'OK',
    '/info': { OperatingSystem: 'none' },
    '/containers/json': [],
    '/networks': [],
    '/volumes': { Volumes: null },
    '/images/json': [],
  });
  vi.stubEnv('TESTCONTAINERS_HOST_OVERRIDE', '127.0.0.1');
  await expect(startContainer({ image: 'some:1' }, { timeoutMs: 300 })).rejects.toMatchObject({
    code: 'ERR_GLOVEBOX_CONTAINER_ENGINE',
    message: expect.stringMatching(new RegExp(`^The engine at unix://${path} has stopped to answer: `)),
  });
});

test('who may not open the socket of an engine is told of its group', async () => {
  const path = await serve({ '/_ping': 'OK' });
  chmodSync(join(path, '..'), 0o755);
  chmodSync(path, 0o660);
  const script = `${root}test/container/child/tell-obstacle.ts`;
  const { stdout } = await promisify(execFile)(process.execPath, [...TYPESCRIPT, script], {
    env: { DOCKER_HOST: `unix://${path}`, HOME: '/nonexistent' },
    uid: 65534,
    gid: 65534,
  });
  expect(stdout).toBe(
    `container is not available: permission to open ${path} is denied: this user is not in the group of the engine. ` +
      'To mend it: sudo usermod -aG docker "$USER", then log in again\n',
  );
});
