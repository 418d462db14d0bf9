import { expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { findDescriptorLeaks, takeDescriptors } from '../../../src/process/leaks/descriptor-leaks.js';
import { findProcessLeaks } from '../../../src/process/leaks/find-process-leaks.js';
import type { Process } from '../../../src/process/process.js';
import { spawn } from '../../../src/process/spawn.js';
import type { SpawnOptions } from '../../../src/process/spawn-options.js';
import { keep } from '../../support/keep.js';

async function start(command: readonly string[], options: SpawnOptions = {}): Promise<Process> {
  const [program = '', ...args] = command;
  return keep(await spawn(program, args, options));
}

test('a program that leaves nothing has no leaks', async () => {
  const program = await start(['sh', '-c', 'sleep 0.01 & wait']);
  await program.waitForExit();
  expect(findProcessLeaks([program])).toEqual([]);
});

test('who holds the output of a program that has ended is told, and where that was started', async () => {
  const program = await start(['sh', '-c', 'setsid sleep 1000 & exit 0']);
  await program.waitForExit();
  const leaks = await until(() => {
    const found = findProcessLeaks([program]);
    return found.every(({ command }) => command === 'sleep 1000') && found;
  });
  expect(leaks.map(({ kind, command }) => [kind, command])).toEqual([
    ['process', 'sleep 1000'],
    ['output', 'sleep 1000'],
  ]);
  expect(leaks[1]?.description).toMatch(
    /^process \d+ \(sleep 1000\) holds the output of sh -c "setsid sleep 1000 & exit 0", started at .*leaks\.test\.ts:\d+:\d+$/,
  );
  await program.kill();
  expect(findProcessLeaks([program])).toEqual([]);
});

test('one that has left its group is found by the output that it holds', async () => {
  const script = 'setsid sh -c "echo left; exec sleep 1000" & exit 0';
  const program = await start(['sh', '-c', script], { isolation: 'none' });
  await program.waitForExit();
  expect(program.pids()).toEqual([]);
  const [leak] = await until(() => findProcessLeaks([program]).filter(({ command }) => command === 'sleep 1000'));
  expect(leak?.kind).toBe('output');
  if (leak !== undefined) process.kill(leak.pid, 'SIGKILL');
});

test('a program that nobody has stopped is one, and so are the sockets that listen in it', async () => {
  const script = "require('node:net').createServer().listen(0, function () { console.log(this.address().port) })";
  const program = await start([process.execPath, '-e', script], { ready: { log: /^\d+$/ } });
  const port = program.logs.tail()[0];
  const leaks = findProcessLeaks([program]);
  expect(leaks.map(({ kind, pid }) => [kind, pid])).toEqual([
    ['process', program.pid],
    ['socket', program.pid],
  ]);
  expect(leaks[1]?.description).toContain(`listens on TCP port ${port}, and belongs to ${process.execPath}`);
});

test('sockets that take datagrams or connections over a path are told, those of clients are not', async () => {
  const name = `\0glovebox  leak ${process.pid}`;
  const script = `
    const udp = require('node:dgram').createSocket('udp4').bind(0, '127.0.0.1', () => {
      const client = require('node:dgram').createSocket('udp4');
      client.connect(udp.address().port, '127.0.0.1', () => {
        require('node:net').createServer().listen(${JSON.stringify(name)}, () => console.log(udp.address().port));
      });
    });`;
  const program = await start([process.execPath, '-e', script], { ready: { log: /^\d+$/ } });
  const port = program.logs.tail()[0];
  const sockets = findProcessLeaks([program]).filter(({ kind }) => kind === 'socket');
  expect(sockets.map(({ description }) => /listens on (.*), and/.exec(description)?.[1])).toEqual([
    `UDP port ${port}`,
    `Unix socket "@glovebox  leak ${process.pid}"`,
  ]);
});

test('children that nobody has waited for are told', async () => {
  const program = await start(['sh', '-c', 'sleep 0.01 & exec sleep 1000']);
  const zombie = await until(() => findProcessLeaks([program]).find(({ kind }) => kind === 'zombie'));
  expect(zombie.description).toContain('has ended, nobody has asked how, and it belongs to sh -c');
});

/** Opens what it is told to, a line each, and says so: `file`, `connect`, `close`. */
const OPENER = `
  const { openSync, closeSync } = require('node:fs');
  const { createServer, connect } = require('node:net');
  const files = [];
  const server = createServer().listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'file') files.push(openSync('/etc/passwd'));
    if (line === 'close') for (const fd of files.splice(0)) closeSync(fd);
    if (line !== 'connect') return console.log('done');
    connect(server.address().port, '127.0.0.1').on('connect', () => setTimeout(() => console.log('done'), 20));
  });`;

async function startOpener(): Promise<{ program: Process; tell: (...lines: readonly string[]) => Promise<void> }> {
  const program = await start([process.execPath, '-e', OPENER], { stdin: 'pipe', ready: { log: 'port' } });
  const tell = async (...lines: readonly string[]): Promise<void> => {
    for (const line of lines) {
      const from = program.logs.count;
      program.stdin?.write(`${line}\n`);
      await program.logs.waitForLine('done', { from });
    }
  };
  // The first line of input, and the first file, cost it descriptors of its own.
  await tell('file', 'close');
  return { program, tell };
}

test('descriptors that have become more are told, with what they lead to', async () => {
  const { program, tell } = await startOpener();
  const before = takeDescriptors(program);
  expect(findDescriptorLeaks(before)).toEqual([]);
  await tell('file', 'file', 'file');
  const [leak] = findDescriptorLeaks(before);
  expect(leak).toMatchObject({ kind: 'descriptors', pid: program.pid, startedAt: program.startedAt });
  expect(leak?.description).toMatch(
    /has \d+ descriptors open, 3 more than it had: 3 × \/etc\/passwd; it belongs to .*, started at .*leaks\.test\.ts:\d+:\d+$/,
  );
  expect(findDescriptorLeaks(before, { allowance: 3 })).toEqual([]);
  expect(findDescriptorLeaks(before, { allowance: 2 })[0]?.description).toContain(
    '3 more than it had (2 allowed): 3 ×',
  );
  await tell('close');
  expect(findDescriptorLeaks(before)).toEqual([]);
});

test('connections among them are told by their addresses', async () => {
  const { program, tell } = await startOpener();
  const port = program.logs.text().match(/port (\d+)/)?.[1];
  const before = takeDescriptors(program);
  await tell('connect');
  const [leak] = findDescriptorLeaks(before);
  // Both ends are its own.
  expect(leak?.description).toContain('2 more than it had: TCP 127.0.0.1:');
  expect(leak?.description).toMatch(
    new RegExp(`TCP 127\\.0\\.0\\.1:\\d+ to 127\\.0\\.0\\.1:${port} \\(established\\)`),
  );
  expect(leak?.description).toMatch(
    new RegExp(`TCP 127\\.0\\.0\\.1:${port} to 127\\.0\\.0\\.1:\\d+ \\(established\\)`),
  );
});

test('what was started since has nothing to be compared with', async () => {
  const program = await start(['sh', '-c', 'echo up; sleep 1000']);
  await program.logs.waitForLine('up');
  const before = takeDescriptors(program);
  await program.restart();
  expect(findDescriptorLeaks(before)).toEqual([]);
  await program.kill();
  expect(findDescriptorLeaks(before)).toEqual([]);
});

test('what is no program and no allowance is refused', async () => {
  const options: object = { allowance: -1, more: 1 };
  expect(() => Reflect.apply(takeDescriptors, undefined, [5])).toThrow(
    'it takes a program that spawn() has started, not 5',
  );
  const program = await start(['true']);
  expect(() => findDescriptorLeaks(takeDescriptors(program), options)).toThrow('findDescriptorLeaks: 2 mistakes:');
});
