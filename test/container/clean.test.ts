import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { connectEngine } from '../../src/container/connect-engine.js';
import { createContainerNetwork, createContainerVolume, startContainer } from '../../src/container/index.js';
import { OWNER_LABEL } from '../../src/container/labels.js';
import { createLabels } from '../../src/container/ownership.js';
import { readOwner } from '../../src/process/journal/owner.js';
import { createTempFolder } from '../../src/process/journal/temp-folder.js';
import { runCli } from '../cli/run-cli.js';

test('glovebox clean removes what killed runs have left in the engine, and nothing of those that run', async () => {
  const { api } = await connectEngine();
  await using _volume = await createContainerVolume();
  await using _network = await createContainerNetwork();
  await using container = await startContainer({ image: { busybox: true } });
  // Of a process that has ended, and whose reaper has ended with it.
  const Labels = {
    ...createLabels(randomUUID(), randomUUID()),
    [OWNER_LABEL]: JSON.stringify({ ...readOwner(), pid: 12, startTime: 1 }),
  };
  const { Image } = await api.getContainer(container.id).inspect();
  await api.createVolume({ Name: 'left-volume', Labels });
  const network = await api.createNetwork({ Name: 'left-network', Internal: true, Labels });
  const left = await api.createContainer({ Image, Labels, HostConfig: { NetworkMode: 'none' } });

  // Without journals of other runs.
  using runtime = createTempFolder();
  const env = { XDG_RUNTIME_DIR: runtime.path };
  const lines = (verb: string) =>
    [
      `${verb} container ${left.id.slice(0, 21)} of a process that has ended`,
      `${verb} network ${network.id.slice(0, 21)} of a process that has ended`,
      `${verb} volume left-volume of a process that has ended`,
      '',
    ].join('\n');
  expect(runCli(['clean', '--dry-run'], { env })).toEqual({ exitCode: 0, stdout: lines('would remove'), stderr: '' });
  expect(runCli(['clean'], { env })).toEqual({ exitCode: 0, stdout: lines('removed'), stderr: '' });
  expect(container.state).toBe('running');
});

test('an engine that does not answer is told, and is no failure', () => {
  using runtime = createTempFolder();
  const env = { XDG_RUNTIME_DIR: runtime.path, DOCKER_HOST: 'unix:///nowhere/docker.sock' };
  const { exitCode, stdout } = runCli(['clean', '--json'], { env });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    things: [],
    engine: { things: [], obstacle: expect.stringMatching(/^container is not available: /) },
  });
});
