import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { connectEngine, isNotInstalled } from '../../src/container/connect-engine.js';
import { test } from '../../src/fixtures/test.js';
import { createTempFolder } from '../../src/process/journal/temp-folder.js';
import { runCases } from '../fixtures/run-cases.js';

let last = '';

test('startContainer starts one for a test', async ({ startContainer }) => {
  const container = await startContainer({ image: { busybox: true } });
  last = container.id;
  expect((await container.run('echo', ['here'])).stdout).toBe('here\n');
});

test('and it is gone with the test', async () => {
  const { api } = await connectEngine();
  expect((await api.listContainers({ all: true })).map(({ Id }) => Id)).not.toContain(last);
});

test('testcontainers that cannot be loaded is not taken for one that is not installed', async () => {
  const missing = (name: string) =>
    Object.assign(new Error(`Cannot find package '${name}' imported from /here.js`), { code: 'ERR_MODULE_NOT_FOUND' });
  expect(isNotInstalled(missing('testcontainers'))).toBe(true);
  expect(isNotInstalled(missing('dockerode'))).toBe(false);
  expect(isNotInstalled(new SyntaxError('Unexpected token'))).toBe(false);
});

test('what the containers of a failing test wrote is kept, beside what its programs wrote', async () => {
  using place = createTempFolder();
  const { cases, stderr } = await runCases('failing-containers', { GLOVEBOX_ARTIFACTS: join(place.path, 'artifacts') });
  const [failed] = cases;
  expect(failed?.status).toBe('failed');
  const path = failed?.meta.gloveboxContainerLog ?? '';
  // The engine reads the two streams beside each other: which line it has first, nobody knows.
  const lines = readFileSync(path, 'utf8').split('\n').sort();
  expect(lines).toEqual(['', '1 busybox stderr: trouble', '1 busybox stdout: up']);
  expect(readFileSync(join(dirname(path), 'processes.log'), 'utf8')).toContain('sh stdout: beside\n');
  expect(stderr).toMatch(
    /the containers of "fails with a container" when it failed:\n {2}- busybox, [0-9a-f]{12}: running\n(?: {6}(?:up|trouble)\n){2}/,
  );
});

test('without an engine the test is skipped with the reason, and fails where one is required', async () => {
  const away = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
  const reason = /^container is not available: (?:dockerd is not running: there is no|Docker is not installed)/;
  const [skipped] = (await runCases('failing-containers', away)).cases;
  expect(skipped?.status).toMatch(/^(skipped|pending)$/);
  expect(skipped?.meta.gloveboxSkip).toMatchObject({ requirement: 'container', reason: expect.stringMatching(reason) });
  const [failed] = (await runCases('failing-containers', { ...away, GLOVEBOX_REQUIRE: 'container' })).cases;
  expect(failed?.status).toBe('failed');
  expect(failed?.failureMessages.join('')).toContain('container is not available: ');
});
