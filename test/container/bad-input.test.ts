import { describe, expect, test } from 'vitest';
import { explainNoEngine } from '../../src/container/connect-engine.js';
import { startContainer } from '../../src/container/start-container.js';
import { readFirstFile, writeTar } from '../../src/container/tar.js';

describe('what cannot be started', () => {
  test('is refused with all mistakes at once', async () => {
    const spec = { image: '', mounts: [{ host: 'a', guest: '/b' }], memoryMiB: 1, maxProcesses: 0.5, netwrok: 'none' };
    await expect(startContainer(spec, { timeoutMs: -1 })).rejects.toMatchObject({
      code: 'ERR_GLOVEBOX_USAGE',
      problems: [
        '"netwrok" is no option. Did you mean "network"?',
        'image must be a name, { build: folder }, { rootfs: folder or tar } or { busybox: true }, not ""',
        'mounts[0].host must be an absolute path, not "a"',
        'memoryMiB must be at least 6, not 1',
        'maxProcesses must be a whole number above 0, not 0.5',
        'timeoutMs must be a number of milliseconds above 0, not -1',
      ],
    });
  });

  test('for want of an engine says which, and what to do', () => {
    expect(explainNoEngine({ DOCKER_HOST: 'tcp://10.0.0.9:2375' })).toEqual({
      reason: 'the engine of DOCKER_HOST=tcp://10.0.0.9:2375 does not answer',
      fix: 'check the address with `docker info`, or unset DOCKER_HOST to use an engine of this machine',
    });
    expect(explainNoEngine({ DOCKER_HOST: 'tcp://10.0.0.9:2375' }, 'connect ECONNREFUSED 10.0.0.9:2375').reason).toBe(
      'the engine of DOCKER_HOST=tcp://10.0.0.9:2375 does not answer: connect ECONNREFUSED 10.0.0.9:2375',
    );
    expect(explainNoEngine({ DOCKER_HOST: 'unix:///nowhere/docker.sock' }).reason).toMatch(
      /^(dockerd is not running: there is no \/nowhere\/docker.sock|Docker is not installed)$/,
    );
  });
});

test('an archive gives back the file that was put in', () => {
  const archive = writeTar([
    { path: 'a/', isFolder: true },
    { path: 'a/b', content: Buffer.from('content') },
  ]);
  expect(archive.length % 512).toBe(0);
  expect(readFirstFile(archive)?.toString()).toBe('content');
  expect(readFirstFile(writeTar([]))).toBeUndefined();
});
