import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectEngine } from '../../src/container/connect-engine.js';
import { prepareImage } from '../../src/container/prepare-image.js';
import { until } from '../../src/core/until.js';
import { requireCapability } from '../../src/fixtures/requirements/require.js';
import { findObstacle, USER, UserProject } from '../cli/run/root/as-user.js';
import { CLI } from '../cli/run-cli.js';

const project = new UserProject();
afterAll(() => project[Symbol.dispose]());

interface StartOptions {
  readonly user?: number;
  readonly env?: Readonly<Record<string, string>>;
}

function start(args: readonly string[], { user, env = {} }: StartOptions = {}): ChildProcess {
  const [program, ...rest] = CLI;
  return spawn(program, [...rest, 'run', '--as', 'container', ...args], {
    cwd: project.folder,
    env: { ...process.env, NO_COLOR: '1', HOME: project.folder, ...env },
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
}

async function run(args: readonly string[], options: StartOptions & { readonly input?: string } = {}) {
  const child = start(args, options);
  child.stdin?.end(options.input ?? '');
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all(
    [child.stdout, child.stderr].map((output) => (output ? text(output) : '')),
  );
  return { exitCode: (await ended)[0] as unknown, stdout, stderr };
}

/** Everything of the engine's that glovebox owns. */
async function listOwned(): Promise<readonly string[]> {
  const { api } = await connectEngine();
  const filters = { label: ['glovebox.owner'] };
  const [containers, images] = await Promise.all([
    api.listContainers({ all: true, filters }),
    api.listImages({ filters: JSON.stringify(filters) }),
  ]);
  return [...containers.map(({ Id }) => Id), ...images.map(({ Id }) => Id)];
}

beforeEach(async (context) => {
  const obstacle = findObstacle();
  context.skip(obstacle !== undefined, obstacle);
  await requireCapability(context, 'container');
});

describe('glovebox run --as container, with the files of this machine', () => {
  test('changes only what it may, and gives that back; input, outputs and exit code are the command’s', async () => {
    project.write('given', 'given');
    project.write('out/mine', '');
    chmodSync(join(project.folder, 'out'), 0o755);
    const script = [
      'cat; echo "$PWD $(id -u) $TOKEN$OTHER"; echo said >&2',
      'echo changed > given; touch /etc/forgotten-by-glovebox; cat given; mkdir out/deep; echo kept > out/deep/file',
      'ls /host /changes /writable-1 2>/dev/null; grep CapEff /proc/self/status; exit 7',
    ].join('\n');
    const { exitCode, stdout, stderr } = await run(['--writable', 'out', '--env', 'OTHER', '--', 'sh', '-c', script], {
      input: 'input\n',
      env: { TOKEN: 'secret', OTHER: 'asked' },
    });
    // What Docker's containers have: no CAP_SYS_ADMIN, which laid the files out.
    const lines = ['input', `${project.folder} 0 asked`, 'changed', 'CapEff:\t00000000a80425fb', ''];
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 7, stdout: lines.join('\n'), stderr: 'said\n' });
    const read = (name: string) => readFileSync(join(project.folder, name), 'utf8');
    expect([read('given'), read('out/deep/file')]).toEqual(['given', 'kept\n']);
    expect(existsSync('/etc/forgotten-by-glovebox')).toBe(false);
    expect(['out/deep', 'out/deep/file'].map((name) => lstatSync(join(project.folder, name)).uid)).toEqual([
      USER,
      USER,
    ]);
  });
});

describe('glovebox run --as container, of an ordinary user who may use the engine', () => {
  test('gives back what root made, and leaves root what was its own', async () => {
    const { address } = await connectEngine();
    const socket = join(project.folder, 'engine.sock');
    // The engine's own socket is in a folder of root.
    const server = createServer({ allowHalfOpen: true }, (client) => {
      const engine = connect({ path: address.slice('unix://'.length), allowHalfOpen: true });
      client.pipe(engine).pipe(client);
      for (const each of [client, engine]) each.on('error', () => {});
      client.once('close', () => engine.destroy());
      engine.once('close', () => client.destroy());
    });
    server.listen(socket);
    await once(server, 'listening');
    chmodSync(socket, 0o666);
    try {
      project.write('shared/mine', '');
      writeFileSync(join(project.folder, 'shared/roots'), '');
      const script = 'id -u; touch shared/made shared/roots';
      const env = { DOCKER_HOST: `unix://${socket}`, TMPDIR: project.folder };
      chmodSync(join(project.folder, 'shared'), 0o755);
      expect(await run(['--writable', 'shared', '--', 'sh', '-c', script], { user: USER, env })).toEqual({
        exitCode: 0,
        stdout: '0\n',
        stderr: '',
      });
      const owner = (name: string) => lstatSync(join(project.folder, 'shared', name)).uid;
      expect([owner('made'), owner('roots')]).toEqual([USER, 0]);
    } finally {
      server.close();
    }
  });
});

describe('glovebox run --as container, of an image', () => {
  const NAME = 'glovebox-run-test:1';
  beforeAll(async () => {
    const { api } = await connectEngine();
    const id = await prepareImage(
      await connectEngine(),
      { busybox: true },
      { labels: {}, signal: new AbortController().signal },
    );
    await api.getImage(id).tag({ repo: 'glovebox-run-test', tag: '1' });
  });
  afterAll(async () => {
    const { api } = await connectEngine();
    await api.getImage(NAME).remove({ force: true });
  });

  test('sees the project at its path and may not change it; path and programs are the image’s', async () => {
    project.write('my-tests', '#!/bin/sh\necho "$PWD $PATH $CI"; cat given; touch given; exit 4\n');
    project.write('given', 'given\n');
    chmodSync(join(project.folder, 'my-tests'), 0o755);
    expect(await run(['--image', NAME, '--', './my-tests'], { env: { CI: 'yes' } })).toEqual({
      exitCode: 4,
      stdout: `${project.folder} /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin yes\ngiven\n`,
      stderr: 'touch: given: Read-only file system\n',
    });
  });

  test('is built of a Dockerfile, and the command is run in place of what that says', async () => {
    const path = project.write('image/Dockerfile.tests', `FROM ${NAME}\nENV OF=image\nENTRYPOINT ["/no-such"]\n`);
    expect(await run(['--build', path, '--', 'sh', '-c', 'echo "$OF"'])).toEqual({
      exitCode: 0,
      stdout: 'image\n',
      stderr: '',
    });
    expect(await listOwned()).toEqual([]);
  });

  test('says that a program or an image is missing, and leaves nothing behind', async () => {
    const program = await run(['--image', NAME, '--', 'no-such-program']);
    expect(program.exitCode).toBe(127);
    expect(program.stderr).toMatch(/\nglovebox run: there is no program "no-such-program" in the image /);
    const image = await run(['--image', 'localhost:1/no-such-image:1', '--', 'true']);
    expect(image.exitCode).toBe(1);
    expect(image.stderr).toMatch(
      /^glovebox run: pulling localhost:1\/no-such-image:1\nThe image "localhost:1\/no-such-image:1" is not there and cannot be pulled: .*\. Check the name and the network, or build an image: --build <folder>\n$/,
    );
    expect(await listOwned()).toEqual([]);
  });

  test('passes signals on, and leaves nothing behind when it is killed', async () => {
    const script = 'trap "echo asked; exit 5" USR1; echo up; while :; do sleep 0.05; done';
    const asked = start(['--image', NAME, '--', 'sh', '-c', script]);
    const killed = start(['--image', NAME, '--', 'sh', '-c', script]);
    await Promise.all([asked, killed].map((child) => child.stdout && once(child.stdout, 'data')));
    asked.kill('SIGUSR1');
    expect(await once(asked, 'close')).toEqual([5, null]);
    expect(await listOwned()).toHaveLength(1);
    killed.kill('SIGKILL');
    await until(async () => (await listOwned()).length === 0, { timeoutMs: 30_000 });
  });
});
