import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Process } from '../../src/process/process.js';
import { spawn } from '../../src/process/spawn.js';
import type { SpawnOptions } from '../../src/process/spawn-options.js';
import { createNetns } from '../netns/create-netns.js';
import { createFolder } from '../support/create-folder.js';
import { keep } from '../support/keep.js';
import { TYPESCRIPT } from '../support/typescript.js';
import { failureOf } from './failure-of.js';

async function start(command: readonly string[], options: SpawnOptions): Promise<Process> {
  const [program = '', ...args] = command;
  return keep(await spawn(program, args, options));
}

const node = (script: string): readonly string[] => [process.execPath, '-e', script];
const notify = (...messages: readonly string[]): readonly string[] => [
  process.execPath,
  ...TYPESCRIPT,
  fileURLToPath(new URL('child/notify.ts', import.meta.url)),
  ...messages,
];

test('a byte on the descriptor that it is given', async () => {
  const program = await start(['sh', '-c', 'eval "echo >&$READY_FD"; exec sleep 1000'], { ready: { fd: 5 } });
  expect(program.state).toBe('running');
});

test('a descriptor that is closed with nothing written to it', async () => {
  const script = 'echo no disk >&2; eval "exec $READY_FD>&-"; exec sleep 1000';
  const error = await failureOf(start(['sh', '-c', script], { ready: { fd: 3 } }));
  expect(error.message).toMatch(
    /^It is not ready: a byte on descriptor 3 \(READY_FD\): it was closed, with nothing written to it\n.*\n {2}the last it wrote:\n {4}no disk$/,
  );
});

test('a descriptor that is closed by the end of the program: the end is told', async () => {
  const error = await failureOf(start(['sh', '-c', 'echo bad >&2; kill -SEGV $$'], { ready: { fd: 3 } }));
  expect(error.message.replace(/after \d+ ms/, 'after N ms')).toMatch(
    /^It was ended by SIGSEGV before it was ready, while a byte on descriptor 3 \(READY_FD\) was waited for.*\n {2}command: .*\n {2}exit: it was ended by SIGSEGV after N ms\n {2}the last it wrote:\n {4}bad$/,
  );
});

test('sd_notify, from within a network namespace', async () => {
  const netns = createNetns();
  const program = await start(notify('STATUS=loading', 'WATCHDOG=1\nREADY=1'), { in: netns, ready: { notify: true } });
  expect(program.state).toBe('running');
});

test('what it said of itself last is in the error of one that was never ready', async () => {
  const options: SpawnOptions = { ready: { notify: true }, timeoutMs: 3000 };
  const error = await failureOf(start(notify('STATUS=waiting for the disk'), options));
  expect(error.message).toContain('did not come; last seen: STATUS=waiting for the disk');
});

test.for([
  ['tcp', `require('net').createServer().listen(4000, '127.0.0.1')`, { tcp: 4000 }],
  ['tcp of IPv6', `require('net').createServer().listen(4000, '::')`, { tcp: 4000 }],
  ['udp', `require('dgram').createSocket('udp4').bind(4000)`, { udp: 4000 }],
] as const)('a port of %s in its own namespace', async ([, script, listening]) => {
  const netns = createNetns();
  const program = await start(node(script), { in: netns, ready: { listening } });
  expect(program.state).toBe('running');
});

test('a port in a namespace that the program has made for itself', async () => {
  const script = "require('net').createServer().listen(4001, '0.0.0.0')";
  const program = await start(['unshare', '--net', ...node(script)], { ready: { listening: { tcp: 4001 } } });
  expect(program.state).toBe('running');
});

test('a Unix socket', async () => {
  const path = join(createFolder(), 'socket');
  const program = await start(node(`require('net').createServer().listen(${JSON.stringify(path)})`), {
    ready: { listening: { unix: path } },
  });
  expect(program.state).toBe('running');
});

test('a port that somebody else holds is no readiness, and the error names the holder', async () => {
  const netns = createNetns();
  netns.listen({ host: '127.0.0.1', port: 4000 });
  const options: SpawnOptions = { in: netns, ready: { listening: { tcp: 4000 } }, timeoutMs: 200 };
  const error = await failureOf(start(['sleep', '1000'], options));
  expect(error.message).toContain(
    `It was not ready after 200 ms: its TCP port 4000 did not come; last seen: somebody else listens there: process ${process.pid} (`,
  );
});

test('an answer over HTTP, from where the program is', async () => {
  const netns = createNetns();
  const script = `let asked = 0; require('http').createServer((q, r) => { r.statusCode = ++asked < 3 ? 503 : 204; r.end(); }).listen(80, '127.0.0.1')`;
  const program = await start(node(script), { in: netns, ready: { http: 'http://localhost/health' } });
  expect(program.state).toBe('running');
});

test('what it answered last is in the error', async () => {
  const script = `require('http').createServer((q, r) => { r.statusCode = 503; r.end(); }).listen(4001, '127.0.0.1')`;
  const options: SpawnOptions = { in: createNetns(), ready: { http: 'http://127.0.0.1:4001/' }, timeoutMs: 2000 };
  expect((await failureOf(start(node(script), options))).message).toContain('did not come; last seen: status 503');
});

test('the health service of gRPC', async () => {
  const script = `
    const server = require('http2').createServer();
    let asked = 0;
    server.on('stream', (stream, headers) => {
      const body = [];
      stream.on('data', (chunk) => body.push(chunk));
      stream.on('end', () => {
        const service = Buffer.concat(body).subarray(7).toString();
        const isKnown = headers[':path'] === '/grpc.health.v1.Health/Check' && service === 'relay';
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': isKnown ? '0' : '5' }));
        stream.end(Buffer.from([0, 0, 0, 0, 2, 8, ++asked < 3 ? 2 : 1]));
      });
    });
    server.listen(50051, '127.0.0.1');`;
  const ready = { grpc: { port: 50051, service: 'relay' } };
  const program = await start(node(script), { in: createNetns(), ready });
  expect(program.state).toBe('running');
  const wrong: SpawnOptions = {
    in: createNetns(),
    ready: { grpc: { port: 50051, service: 'other' } },
    timeoutMs: 2000,
  };
  expect((await failureOf(start(node(script), wrong))).message).toContain('last seen: gRPC status 5');
});

test('a file that was not there before, or not so', async () => {
  const folder = createFolder();
  writeFileSync(join(folder, 'pid'), 'of an earlier run');
  const script = 'sleep 0.05; echo $$ > new; mv new pid; exec sleep 1000';
  const program = await start(['sh', '-c', script], { cwd: folder, ready: { file: 'pid' } });
  expect(program.state).toBe('running');
  const error = await failureOf(start(['sleep', '1000'], { cwd: folder, ready: { file: 'pid' }, timeoutMs: 50 }));
  expect(error.message).toContain('last seen: it is the one that was there before the start');
});

test('a file that is cut off, and written only then, is waited for, and so is what it has to hold', async () => {
  const inSteps = ': > pid; sleep 0.05; printf "pid " > pid; sleep 0.05; echo $$ >> pid; exec sleep 1000';
  const readWhenReady = async (content?: RegExp): Promise<string> => {
    const cwd = createFolder();
    writeFileSync(join(cwd, 'pid'), 'of an earlier run');
    await start(['sh', '-c', inSteps], { cwd, ready: { file: 'pid', ...(content && { content }) } });
    return readFileSync(join(cwd, 'pid'), 'utf8');
  };
  expect(await readWhenReady()).toMatch(/^pid /);
  expect(await readWhenReady(/\d\n$/g)).toMatch(/^pid \d+\n$/);
});

test('a file that stays empty, where that is said; else it is told, as is one that holds something else', async () => {
  const cwd = createFolder();
  await start(['sh', '-c', ': > marker; exec sleep 1000'], { cwd, ready: { file: 'marker', content: '' } });
  const ready = { file: 'marker' };
  const empty = await failureOf(start(['sh', '-c', 'rm marker; : > marker'], { cwd, ready }));
  expect(empty.message).toContain("last seen: it is empty: give ready.content, '' if it stays so");
  const other = start(['sh', '-c', 'echo begun > marker'], { cwd, ready: { ...ready, content: 'done' } });
  expect((await failureOf(other)).message).toContain('last seen: it holds "begun\\n"');
  await expect(start(['true'], { ready: { ...ready, content: 5 as never } })).rejects.toThrow(
    'spawn: ready.content must be a text or a regular expression, not 5',
  );
});

test('a function, whose failure is told', async () => {
  const ready = async (): Promise<void> => {
    throw new Error('the schema is old');
  };
  const error = await failureOf(start(['sleep', '1000'], { ready }));
  expect(error.message).toContain('It is not ready: its function: the schema is old\n  command: sleep 1000');
});

test('a start that is called off leaves nothing', async () => {
  const controller = new AbortController();
  const starting = failureOf(start(['sleep', '1000'], { ready: { log: 'never' }, signal: controller.signal }));
  controller.abort(new Error('the test is over'));
  expect((await starting).message).toBe('The start was called off');
});

test('every mistake is told at once, before anything is started', async () => {
  const ready = { listening: { tcp: 0 }, htp: 'x' };
  const options = { ready, timeoutMs: -1, isolation: 'half', color: true, env: { A: 1 } };
  const error = await failureOf(start(['sh', '\0'], Object.assign({}, options) as unknown as SpawnOptions));
  expect(error.message.split('\n')).toEqual([
    'spawn: 7 mistakes:',
    '  - args[0] must not contain a NUL character; received "\\u0000"',
    '  - "color" is no option. Did you mean "clock"?',
    '  - timeoutMs must be a finite number of milliseconds, 0 or more; received -1',
    '  - isolation must be "full", "cgroup" or "none", not "half"',
    '  - env.A must be a string, not 1',
    '  - ready.htp is no way to be ready. Did you mean "http"?',
    '  - ready.listening.tcp must be a whole number from 1 to 65535, not 0',
  ]);
});
