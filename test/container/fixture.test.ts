import { expect } from 'vitest';
import { connectEngine, isNotInstalled } from '../../src/container/connect-engine.js';
import { test } from '../../src/fixtures/test.js';

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
