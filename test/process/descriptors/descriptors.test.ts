import { closeSync, existsSync, openSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { DescriptorChannel } from '../../../src/process/descriptors/descriptor-channel.js';
import type { Process } from '../../../src/process/process.js';
import { spawn } from '../../../src/process/spawn.js';
import type { SpawnOptions } from '../../../src/process/spawn-options.js';
import { createNetns } from '../../netns/create-netns.js';
import { createFolder } from '../../support/create-folder.js';
import { keep } from '../../support/keep.js';
import { TYPESCRIPT } from '../../support/typescript.js';
import { failureOf } from '../failure-of.js';

async function start(args: readonly string[], options: SpawnOptions): Promise<Process> {
  return keep(await spawn(process.execPath, args, options));
}

function openPair(): readonly [DescriptorChannel, DescriptorChannel] {
  const pair = DescriptorChannel.pair();
  onTestFinished(() => {
    for (const end of pair) end.close();
  });
  return pair;
}

/** A file that is gone from its folder, and lives by its descriptor alone. */
function openFile(text: string): number {
  const folder = createFolder();
  writeFileSync(join(folder, 'file'), text);
  const fd = openSync(join(folder, 'file'), 'r');
  onTestFinished(() => closeSync(fd));
  return fd;
}

test('descriptors are passed to a program and back, several at once', async () => {
  const [ours, theirs] = openPair();
  const script = fileURLToPath(new URL('../child/pass.ts', import.meta.url));
  await start([...TYPESCRIPT, script], { descriptors: { 3: theirs } });
  await ours.send('read', [openFile('one'), openFile('two'), { fd: openFile('three') }]);
  const answer = await ours.receive();
  expect(new TextDecoder().decode(answer?.bytes)).toBe('read: one, two, three');
  expect(answer?.descriptors.map(({ number }) => readlinkSync(`/proc/self/fd/${number}`).split('/').at(-1))).toEqual([
    'file',
    'file',
    'file',
  ]);
  for (const descriptor of answer?.descriptors ?? []) descriptor.close();
});

test('messages are kept apart, and the end of the other side is told', async () => {
  const [ours, theirs] = openPair();
  await ours.send('one');
  await ours.send('two', [0]);
  ours.close();
  const read = async () => {
    const message = await theirs.receive();
    for (const descriptor of message?.descriptors ?? []) descriptor.close();
    return message && [new TextDecoder().decode(message.bytes), message.descriptors.length];
  };
  expect([await read(), await read(), await read()]).toEqual([['one', 0], ['two', 1], undefined]);
  expect((await failureOf(theirs.send('three'))).message).toContain('EPIPE');
});

test('a message waits for room, and one that does not come is a timeout', async () => {
  const [ours, theirs] = openPair();
  const count = 2000;
  const sending = (async () => {
    for (let index = 0; index < count; index += 1) await ours.send(`message ${index}`);
  })();
  for (let index = 0; index < count; index += 1) {
    expect(new TextDecoder().decode((await theirs.receive())?.bytes)).toBe(`message ${index}`);
  }
  await sending;
  await expect(theirs.receive({ timeoutMs: 10 })).rejects.toThrow('waiting for receive() of a descriptor channel');
});

test('what cannot be sent is told, every mistake', async () => {
  const [ours] = openPair();
  const error = await failureOf(ours.send('', [-1, { fd: null }]));
  expect(error.message.split('\n')).toEqual([
    'DescriptorChannel.send: 3 mistakes:',
    '  - bytes must be from 1 to 65536; received 0',
    '  - descriptors[0] is none, or closed: -1',
    '  - descriptors[1] is none, or closed: {"fd":null}',
  ]);
  expect((await failureOf(ours.send('x', [9999]))).message).toContain('EBADF');
  expect(() => DescriptorChannel.from(openFile('no socket'))).toThrow('must be the number of a connected Unix socket');
});

test('no descriptor is left', async () => {
  const before = readdirSync('/proc/self/fd').length;
  for (let round = 0; round < 20; round += 1) {
    const [ours, theirs] = DescriptorChannel.pair();
    await ours.send('x', [0, 1, 2]);
    for (const descriptor of (await theirs.receive())?.descriptors ?? []) descriptor.close();
    // What is on its way when both ends are closed is closed by the kernel.
    await ours.send('x', [0, 1, 2]);
    ours.close();
    theirs.close();
  }
  expect(readdirSync('/proc/self/fd')).toHaveLength(before);
});

const ECHO = `
  const names = process.env.LISTEN_FDNAMES.split(':');
  const isMine = Number(process.env.LISTEN_PID) === process.pid && Number(process.env.LISTEN_FDS) === names.length;
  for (const [index, name] of names.entries())
    require('net').createServer((socket) => socket.end(name + ' ' + isMine + ' ' + process.pid)).listen({ fd: 3 + index });
  console.log('listening');`;

function readAll(target: { readonly host: string; readonly port: number } | { readonly path: string }) {
  return new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(target);
    socket.on('data', (bytes) => {
      text += String(bytes);
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
  });
}

test('sockets are bound before the program runs, and handed over by LISTEN_FDS', async () => {
  const path = join(createFolder(), 'control');
  const sockets = { http: { tcp: 0, host: '127.0.0.1' }, control: { unix: path } };
  const program = await start(['-e', ECHO], { sockets, ready: { log: 'listening' } });
  const port = program.sockets['http']?.port ?? 0;
  expect(port).toBeGreaterThan(0);
  expect(await readAll({ host: '127.0.0.1', port })).toMatch(/^http true \d+$/);
  expect(await readAll({ path })).toMatch(/^control true \d+$/);
  await program[Symbol.asyncDispose]();
  expect(existsSync(path)).toBe(false);
});

test('who connects while the program starts again waits, and is served', async () => {
  const sockets = { http: { tcp: 0, host: '127.0.0.1' } };
  const program = await start(['-e', ECHO], { sockets, ready: { log: 'listening' } });
  const port = program.sockets['http']?.port ?? 0;
  await program.kill();
  const waiting = readAll({ host: '127.0.0.1', port });
  await program.restart();
  expect(await waiting).toMatch(/^http true \d+$/);
});

test('sockets are bound where the program runs', async () => {
  const netns = createNetns();
  const sockets = { http: { tcp: 80, host: '127.0.0.1' } };
  await start(['-e', ECHO], { in: netns, sockets, ready: { listening: { tcp: 80 } } });
  const socket = netns.connect({ host: '127.0.0.1', port: 80 });
  const [text] = await new Promise<readonly unknown[]>((resolve) => socket.once('data', (bytes) => resolve([bytes])));
  expect(String(text)).toMatch(/^http true/);
  socket.destroy();
  const error = await failureOf(start(['-e', ECHO], { in: netns, sockets }));
  expect(error.message).toContain('bind socket "http": EADDRINUSE');
});

test('numbers that are given twice are mistakes', async () => {
  const options: SpawnOptions = {
    sockets: { 'a:b': { tcp: 70000 } },
    descriptors: { 3: 0, 2: 0 },
    ready: { fd: 3 },
  };
  expect((await failureOf(start([], options))).message.split('\n')).toEqual([
    'spawn: 5 mistakes:',
    '  - sockets.a:b: a name has no colon and no space',
    '  - sockets.a:b must have a port from 0 to 65535, not 70000',
    '  - descriptors: "2" must be a number from 3 to 255',
    '  - descriptors[3] is taken by socket "a:b"; sockets have the numbers from 3 on',
    '  - ready.fd 3 is taken by descriptors[3]',
  ]);
});
