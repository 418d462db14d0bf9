import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examine } from '../../src/doctor/doctor.js';
import { readMachine } from '../../src/doctor/machine.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glovebox-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the doctor finds when DOCKER_HOST is this. */
async function ask(host: string) {
  const machine = { ...readMachine(), platform: 'linux' as const, environment: { DOCKER_HOST: host } };
  const { checks } = await examine({ machine, only: ['docker'] });
  return checks[0];
}

/** What it finds at an engine that answers everything with this. */
async function askServer(status: number, body: string) {
  const path = join(folder, 'docker.sock');
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    return { check: await ask(`unix://${path}`), path, requests };
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('a Docker engine', () => {
  test('is asked for its version over its socket', async () => {
    const { check, path, requests } = await askServer(200, '{"Version":"27.3.1","ApiVersion":"1.47"}');
    expect(check).toMatchObject({ status: 'ok', evidence: `GET /version at ${path}: engine 27.3.1, API 1.47` });
    expect(requests).toEqual(['GET /version']);
  });

  test.each([
    [500, '{"message":"no"}', 'status 500 and no version'],
    [200, 'hello', 'status 200 and no version'],
    [200, 'null', 'status 200 and no version'],
  ])('that answers %i %s is missing', async (status, body, failure) => {
    const { check, path } = await askServer(status, body);
    expect(check).toMatchObject({ status: 'missing', evidence: `GET /version at ${path}: ${failure}` });
  });

  test('that is not there is missing, with the command that brings it', async () => {
    expect(await ask('unix:///nowhere/docker.sock')).toMatchObject({
      status: 'missing',
      evidence: 'GET /version at /nowhere/docker.sock: ENOENT',
      fix: { text: expect.stringMatching(/\S/) },
    });
  });

  test('is not looked for where DOCKER_HOST cannot be used', async () => {
    expect(await ask('ssh://somewhere')).toMatchObject({
      status: 'missing',
      evidence: 'nothing was tried: DOCKER_HOST is "ssh://somewhere"',
    });
  });
});
