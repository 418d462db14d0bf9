import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { connectEngine } from '../../src/container/connect-engine.js';

test('an engine that is reached by TCP does what an engine can, and what takes its kernel is refused by name', async () => {
  const { address } = await connectEngine();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = connect({ path: address.slice('unix://'.length), allowHalfOpen: true });
    client.pipe(engine).pipe(client);
    for (const each of [client, engine]) each.on('error', () => {});
    client.once('close', () => engine.destroy());
    engine.once('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const place = server.address();
    const port = typeof place === 'object' ? place?.port : undefined;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', `${root}scripts/typescript-hooks.mjs`, `${root}test/container/child/use-remote.ts`],
      { env: { ...process.env, DOCKER_HOST: `tcp://127.0.0.1:${port}` } },
    );
    const remote = `the engine at tcp://127.0.0.1:${port} is remote`;
    expect(JSON.parse(stdout)).toEqual({
      stdout: 'run\n',
      spawned: 'spawned',
      file: 'written',
      refusals: [
        expect.stringContaining(
          '"sleep" runs where this machine does not see it, and an engine has no call that signals it',
        ),
        expect.stringContaining(
          `the engine at tcp://127.0.0.1:${port} runs containers in a kernel or a pid namespace that is not`,
        ),
        expect.stringContaining(remote),
        expect.stringContaining(remote),
      ],
    });
  } finally {
    server.close();
  }
});
