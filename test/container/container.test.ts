import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { connectEngine } from '../../src/container/connect-engine.js';
import { ID_LABEL } from '../../src/container/labels.js';
import { startContainer } from '../../src/container/start-container.js';
import { createLab } from '../../src/netns/lab/create-lab.js';
import { readOwner } from '../../src/process/journal/owner.js';
import { spawn as spawnProgram } from '../../src/process/spawn.js';
import { TYPESCRIPT } from '../support/typescript.js';

const busybox = { busybox: true } as const;
const folder = mkdtempSync(join(tmpdir(), 'glovebox-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const child = new URL('child/hold-container.ts', import.meta.url).pathname;

async function listLeft(): Promise<readonly string[]> {
  const { api } = await connectEngine();
  const filters = { label: [ID_LABEL] };
  const containers = await api.listContainers({ all: true, filters });
  const images = await api.listImages({ filters: JSON.stringify(filters) });
  return [...containers, ...images].map(({ Id }) => Id);
}

describe('a container', () => {
  test('runs commands, keeps what it writes, takes files, and is gone with its image', async () => {
    {
      await using container = await startContainer({
        image: busybox,
        command: ['sh', '-c', 'echo "$GREETING"; sleep 1000'],
        env: { GREETING: 'good morning' },
        ready: { log: 'good' },
        memoryMiB: 32,
        maxProcesses: 20,
      });
      expect(container.logs.text()).toBe('good morning\n');
      expect(await container.run('sh', ['-c', 'echo out; echo err >&2'])).toEqual({
        code: 0,
        stdout: 'out\n',
        stderr: 'err\n',
      });
      await container.writeFile('/tmp/note', 'kept');
      expect((await container.readFile('/tmp/note')).toString()).toBe('kept');
      const failure = await container.run('sh', ['-c', 'echo broken >&2; exit 3']).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'ERR_GLOVEBOX_CONTAINER_COMMAND',
        exitCode: 3,
        command: ['sh', '-c', 'echo broken >&2; exit 3'],
        logTail: ['broken'],
      });
      expect((await container.run('false', [], { allowFailure: true })).code).toBe(1);
      await container.suspend();
      expect(container.state).toBe('suspended');
      await container.resume();
      expect((await container.usage()).processes).toBeGreaterThan(0);
      const { pid } = container;
      await container.restart();
      expect(container.pid).not.toBe(pid);
      await container.kill();
      expect(await container.waitForExit()).toEqual({ code: 137, isOutOfMemory: false });
      await expect(container.run('true')).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_CONTAINER_ENDED' });
    }
    expect(await listLeft()).toEqual([]);
  });

  test('is a host of a lab', async () => {
    await using container = await startContainer({
      image: busybox,
      command: ['sh', '-c', 'echo hello > /tmp/index.html; exec httpd -f -p 80 -h /tmp'],
      ready: { tcp: 80 },
    });
    await using lab = await createLab({
      hosts: { web: { netns: container.netns }, client: {} },
      links: {
        cable: {
          ends: [
            { node: 'web', addresses: ['10.0.0.1/24'] },
            { node: 'client', addresses: ['10.0.0.2/24'] },
          ],
        },
      },
    });
    const answer = await lab.hosts.client.fetch('http://10.0.0.1/index.html');
    expect(await answer.text()).toBe('hello\n');
    await expect(container.restart()).rejects.toThrow('its network namespace was given to a lab');
  });

  test('is made from a folder, and from a Dockerfile upon that', async () => {
    const rootfs = join(folder, 'rootfs');
    mkdirSync(join(rootfs, 'bin'), { recursive: true });
    copyFileSync('/bin/busybox', join(rootfs, 'bin/sh'));
    await using plain = await startContainer({
      image: { rootfs },
      command: ['sh', '-c', 'exit 0'],
      ready: { exit: true },
    });
    expect((await plain.waitForExit()).code).toBe(0);
    writeFileSync(join(rootfs, 'Dockerfile'), 'FROM scratch\nCOPY bin /bin\nCMD ["sh", "-c", "echo built"]\n');
    await using built = await startContainer({ image: { build: rootfs }, ready: { exit: true } });
    expect(built.logs.text()).toBe('built\n');
  });

  test('that ends before it is ready is told with its code and output, and removed', async () => {
    const started = startContainer({
      image: busybox,
      command: ['sh', '-c', 'echo no luck; exit 4'],
      ready: { tcp: 80 },
    });
    await expect(started).rejects.toMatchObject({
      code: 'ERR_GLOVEBOX_CONTAINER_NOT_READY',
      exitCode: 4,
      logTail: ['no luck'],
    });
    expect(await listLeft()).toEqual([]);
  });

  test('is called off by a signal with nothing left', async () => {
    const abort = new AbortController();
    const until = (): boolean => {
      abort.abort(new Error('enough'));
      return false;
    };
    const started = startContainer({ image: busybox, ready: { until } }, { signal: abort.signal });
    await expect(started).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_ABORTED' });
    expect(await listLeft()).toEqual([]);
  });

  test('whose image cannot be had is refused with what would help', async () => {
    await expect(startContainer({ image: 'localhost:1/none' })).rejects.toThrow(
      /The image "localhost:1\/none" is not there and cannot be pulled.*\{ busybox: true \}, which need no registry/s,
    );
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'Dockerfile'), 'FROM scratch\nCOPY nothing /\n');
    await expect(startContainer({ image: { build: broken } })).rejects.toThrow(/cannot be built: COPY failed/);
    copyFileSync('/bin/busybox', join(broken, 'sh'));
    writeFileSync(
      join(broken, 'Dockerfile'),
      'FROM scratch\nCOPY sh /bin/sh\nRUN ["/bin/sh", "-c", "echo why; exit 3"]\n',
    );
    const failed = await startContainer({ image: { build: broken } }).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 'ERR_GLOVEBOX_CONTAINER_IMAGE',
      message: expect.stringMatching(/cannot be built: The command .* returned a non-zero code: 3/),
      logTail: expect.arrayContaining(['why']),
    });
    await expect(startContainer({ image: busybox, command: ['nope'] })).rejects.toMatchObject({
      code: 'ERR_GLOVEBOX_CONTAINER_START',
      command: ['nope'],
    });
    expect(await listLeft()).toEqual([]);
  });

  test('of a program in a pid namespace of its own is removed by the next start, when all of that was killed', async () => {
    const owner = await spawnProgram(process.execPath, [...TYPESCRIPT, child], {
      ready: { log: /^[0-9a-f]{64}$/ },
    });
    expect(await listLeft()).toHaveLength(2);
    await using beside = await startContainer({ image: busybox });
    // Its owner lives, in another pid namespace.
    expect(await listLeft()).toHaveLength(4);
    await owner.kill();
    await beside[Symbol.asyncDispose]();
    await using next = await startContainer({ image: busybox });
    const left = await listLeft();
    expect(left).toContain(next.id);
    // Elsewhere than in the first pid namespace nobody can tell, and what may be in use is left alone.
    expect(left).toHaveLength(readOwner().pidNamespace === 'pid:[4026531836]' ? 2 : 4);
  });
});
