import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { Keeper } from '../../../src/process/isolation/keeper.js';
import { hasEnded } from '../../../src/process/proc/processes.js';
import { TYPESCRIPT } from '../../support/typescript.js';

function startKeeper(): Keeper {
  const keeper = Keeper.start();
  onTestFinished(() => {
    keeper.kill();
    return keeper.ended;
  });
  return keeper;
}

function start(keeper: Keeper, command: readonly string[]): ChildProcess {
  const [program = '', ...args] = command;
  return keeper.run(() => spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] }));
}

async function readAll(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    text += String(bytes);
  });
  await once(child, 'close');
  return text;
}

test('a program in a keeper is not its init, and tells exactly how it ended', async () => {
  const keeper = startKeeper();
  const exits = ['exit 139', 'kill -SEGV $$', 'kill -TERM $$'].map(async (command) => {
    const [code, signal]: readonly unknown[] = await once(start(keeper, ['sh', '-c', command]), 'exit');
    return { code, signal };
  });
  expect(await Promise.all(exits)).toEqual([
    { code: 139, signal: null },
    { code: null, signal: 'SIGSEGV' },
    { code: null, signal: 'SIGTERM' },
  ]);
});

test('what mounts /proc in it sees only what is in it', async () => {
  const keeper = startKeeper();
  const command = ['unshare', '--mount-proc', '--', 'sh', '-c', 'echo $$; cd /proc; echo [0-9]*'];
  const shown = await readAll(start(keeper, command));
  const [own = '', all] = shown.trim().split('\n');
  expect(Number(own)).toBeLessThan(20);
  expect(all).toBe(`1 ${own}`);
});

test('what a program leaves behind is listed, and killed with the keeper', async () => {
  const keeper = startKeeper();
  const child = start(keeper, ['sh', '-c', 'setsid sleep 1000 >&- & exit 0']);
  await once(child, 'exit');
  const left = keeper.pids();
  expect(left).toHaveLength(1);
  keeper.kill();
  keeper.kill();
  await keeper.ended;
  expect(left.map(hasEnded)).toEqual([true]);
});

test('orphans that end leave no zombie', async () => {
  const keeper = startKeeper();
  const child = start(keeper, ['sh', '-c', 'for i in 1 2 3 4 5; do (true &) ; done; exit 0']);
  await once(child, 'exit');
  await until(() => readdirSync('/proc').every((name) => !keeper.pids().includes(Number(name))));
  expect(keeper.pids()).toEqual([]);
});

test('a keeper leaves no file descriptor', async () => {
  const count = (): number => readdirSync('/proc/self/fd').length;
  for (let round = 0; round < 3; round += 1) {
    const before = count();
    const keeper = Keeper.start();
    keeper.kill();
    await keeper.ended;
    await until(() => count() === before, { description: 'the descriptors to be closed' });
    expect(count()).toBe(before);
  }
});

test('nothing survives the death of the process that holds it', async () => {
  const script = fileURLToPath(new URL('child/holder.ts', import.meta.url));
  const holder = spawn(process.execPath, [...TYPESCRIPT, script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void holder.kill('SIGKILL'));
  const [line]: readonly unknown[] = await once(holder.stdout, 'data');
  const pids: readonly number[] = JSON.parse(String(line));
  expect(pids.length).toBeGreaterThanOrEqual(2);
  expect(pids.filter(hasEnded)).toEqual([]);
  holder.kill('SIGKILL');
  await until(() => pids.every(hasEnded), { timeoutMs: 1000, description: 'everything to have ended' });
});
