import { expect, test } from 'vitest';
import { until } from '../../src/core/until.js';
import { hasEnded } from '../../src/process/proc/processes.js';
import type { Process } from '../../src/process/process.js';
import { spawn } from '../../src/process/spawn.js';
import type { SpawnOptions } from '../../src/process/spawn-options.js';
import { keep } from '../support/keep.js';
import { failureOf } from './failure-of.js';

async function start(script: string, options: SpawnOptions = {}): Promise<Process> {
  return keep(await spawn('sh', ['-c', script], options));
}

test('a program runs, tells what it writes, and how it ended', async () => {
  const program = await start('echo one; echo two >&2; exit 3');
  expect(await program.waitForExit()).toMatchObject({ code: 3, signal: undefined });
  expect(program.state).toBe('ended');
  const lines = program.logs.lines().map(({ stream, text }) => `${stream}: ${text}`);
  expect(lines.toSorted()).toEqual(['stderr: two', 'stdout: one']);
});

test('arguments are passed as they are, through no shell', async () => {
  const program = keep(await spawn('printf', ['%s\\n', '$HOME; `id`', "it's", '']));
  await program.waitForExit();
  expect(program.logs.tail()).toEqual(['$HOME; `id`', "it's", '']);
});

test('a program is ready when it says so', async () => {
  const program = await start('sleep 0.05; echo listening; exec sleep 1000', { ready: { log: /^listening$/ } });
  expect(program.logs.tail()).toEqual(['listening']);
  expect(program.state).toBe('running');
});

test('one that ends before it is ready fails with its end and what it wrote', async () => {
  const error = await failureOf(start('echo no configuration >&2; exit 2', { ready: { log: 'listening' } }));
  expect(error.message.replace(/after \d+ ms/, 'after N ms')).toBe(
    `It exited with code 2 before it was ready, while a line with "listening" was waited for
  command: sh -c "echo no configuration >&2; exit 2"
  exit: it exited with code 2 after N ms
  the last it wrote:
    no configuration`,
  );
});

test('one that never becomes ready is killed, and the error says what was waited for', async () => {
  const error = await failureOf(start('echo $$; exec sleep 1000', { ready: { log: 'listening' }, timeoutMs: 100 }));
  expect(error.message).toContain('It was not ready after 100 ms: a line with "listening" did not come');
});

test('a program is frozen with all that it has started, and goes on', async () => {
  const program = await start('while :; do echo tick; sleep 0.01; done', { ready: { log: 'tick' } });
  await program.suspend();
  expect(program.state).toBe('suspended');
  await expect(until(() => program.logs.count, { timeoutMs: 1 })).resolves.toBeGreaterThan(0);
  await program.resume();
  const before = program.logs.count;
  await until(() => program.logs.count > before + 2);
});

test('a stop is asked for, then forced, and takes everything that was started with it', async () => {
  const script = `trap '' TERM; setsid sleep 1000 & echo ready; while :; do sleep 0.01; done`;
  const program = await start(script, { ready: { log: 'ready' } });
  const pids = await until(() => program.pids().length >= 2 && program.pids());
  const exit = await program.stop({ timeoutMs: 50 });
  expect(exit.signal).toBe('SIGKILL');
  expect(pids.filter((pid) => !hasEnded(pid))).toEqual([]);
});

test('a program that is started again has another pid, and is ready again', async () => {
  const program = await start('echo ready; exec sleep 1000', { ready: { log: 'ready' } });
  const { pid } = program;
  await program.restart();
  expect(program.pid).not.toBe(pid);
  expect(hasEnded(pid)).toBe(true);
  expect(program.logs.tail()).toEqual(['ready', 'ready']);
});

test('what is asked of a program that has ended fails with how it ended', async () => {
  const program = await start('echo bye; exit 4');
  await program.waitForExit();
  const messages = [
    (await failureOf((async () => program.signal('SIGHUP'))())).message,
    (await failureOf(program.suspend())).message,
    (await failureOf(program.resume())).message,
  ];
  const rest =
    '\n  command: sh -c "echo bye; exit 4"\n  exit: it exited with code 4 after N ms\n  the last it wrote:\n    bye';
  expect(messages.map((message) => message.replace(/after \d+ ms/, 'after N ms'))).toEqual([
    `sh has ended: it cannot be sent SIGHUP${rest}`,
    `sh has ended: it cannot be suspended${rest}`,
    `sh has ended: it cannot be resumed${rest}`,
  ]);
});

test('what cannot be started is told before anything is', async () => {
  const messages = await Promise.all(
    [['glovebox-nothing'], ['/nowhere/program'], ['/etc/passwd'], ['/etc']].map(async ([command = '']) =>
      (await failureOf(spawn(command))).message.split('\n', 1)[0]?.replace(/looked in .*/, 'looked in …'),
    ),
  );
  expect(messages).toEqual([
    '"glovebox-nothing" is not on PATH. Install it, or give its path; looked in …',
    '"/nowhere/program" does not exist. Is it built, and the path right?',
    `"/etc/passwd" may not be executed by this user. chmod +x /etc/passwd, or start it by its interpreter: spawn('node', ["/etc/passwd"])`,
    '"/etc" is no file. Is it built, and the path right?',
  ]);
});

test.for([
  ['/nowhere', 'does not exist'],
  ['/etc/passwd', 'is no folder'],
])('a folder to run in that is none is what the error is about: %s', async ([cwd = '', why = '']) => {
  const error = await failureOf(spawn('true', [], { cwd }));
  expect(error.message).toBe(`"${cwd}", the folder that it is to run in, ${why}. Make it first, or give another cwd`);
});

test.for(['full', 'none'] as const)(
  'a child that a program tells of is found, with isolation %s',
  async (isolation) => {
    const script = 'sleep 1000 & echo "child $!"; wait';
    const program = await start(script, { isolation, ready: { log: 'child' } });
    const told = Number(program.logs.tail()[0]?.split(' ')[1]);
    const found = program.findPid(told);
    expect(program.pids().filter((pid) => pid !== program.pid)).toEqual([found]);
    // Numbers begin anew in a namespace of its own.
    expect(told === found).toBe(isolation === 'none');
    expect(program.findPid(4_194_304)).toBeUndefined();
  },
);
