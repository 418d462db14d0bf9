import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { findProcessLeaks } from '../../../src/process/leaks/find-process-leaks.js';
import type { Process } from '../../../src/process/process.js';
import { spawn } from '../../../src/process/spawn.js';
import type { SpawnOptions } from '../../../src/process/spawn-options.js';

async function start(command: readonly string[], options: SpawnOptions = {}): Promise<Process> {
  const [program = '', ...args] = command;
  const started = await spawn(program, args, options);
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
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
