import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connectEngine } from '../../src/container/connect-engine.js';
import { isTestcontainersThere, mayFindAnother } from '../../src/container/other-engines.js';

beforeEach(() => vi.stubEnv('XDG_RUNTIME_DIR', '/run/mine'));
afterEach(() => vi.unstubAllEnvs());

const refused = (code: string) => Object.assign(new Error(`connect ${code}`), { code });
const usual = { socketPath: '/var/run/docker.sock' };
/** Whether it goes on where only this is there. */
const goesOn = (only: string, tried: Parameters<typeof mayFindAnother>[0] = usual, code = 'ENOENT') =>
  mayFindAnother(tried, refused(code), { home: '/home/me', isThere: (path) => path === only });

test('where nothing else is there, nobody else is looked for', () => {
  expect(['ENOENT', 'ECONNREFUSED', 'EACCES'].map((code) => goesOn('/nothing', usual, code))).toEqual([
    false,
    false,
    false,
  ]);
  // Of a daemon that is gone.
  expect(goesOn('/var/run/docker.sock')).toBe(false);
});

test.each([
  '/home/me/.testcontainers.properties',
  '/run/mine/docker.sock',
  '/home/me/.docker/run/docker.sock',
  '/home/me/.docker/desktop/docker.sock',
  `/run/user/${process.getuid?.()}/docker.sock`,
])('an engine that testcontainers knows by %s is not passed over', (path) => {
  expect(goesOn(path)).toBe(true);
});

test('the usual socket is looked at when DOCKER_HOST leads nowhere', () => {
  expect(goesOn('/var/run/docker.sock', { socketPath: '/nowhere/docker.sock' })).toBe(true);
  expect(goesOn('/var/run/docker.sock', { host: '10.0.0.9', port: 2375 }, 'ECONNREFUSED')).toBe(true);
});

test('what may be an engine after all is left to testcontainers', () => {
  expect(goesOn('/nothing', usual, 'ECONNRESET')).toBe(true);
  expect(mayFindAnother(usual, new Error('it answered 400'), { home: '/home/me', isThere: () => false })).toBe(true);
});

test('without an engine the package is found, and not loaded', async (context) => {
  const tried = { socketPath: '/nowhere/docker.sock' };
  vi.unstubAllEnvs();
  context.skip(mayFindAnother(tried, refused('ENOENT')), 'this machine may have an engine of its own');
  vi.stubEnv('DOCKER_HOST', `unix://${tried.socketPath}`);
  await expect(connectEngine()).rejects.toMatchObject({ capability: 'container', cause: { code: 'ENOENT' } });
  expect(isTestcontainersThere()).toBe(true);
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  expect(loaded.filter((path) => path.includes('/testcontainers/'))).toEqual([]);
});
