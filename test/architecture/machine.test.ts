import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { expect, onTestFinished, test } from 'vitest';
import { MachineCheck } from '../../scripts/machine.js';

test('a daemon that a run has left is found by what it inherited, and told with its command', async () => {
  const machine = new MachineCheck({ isAlone: false });
  const script = 'setsid sh -c "echo \\$\\$; exec sleep 1000" &';
  const env = { ...process.env, ...machine.env };
  const shell = spawn('sh', ['-c', script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(shell, 'exit');
  const [line]: readonly unknown[] = await once(shell.stdout, 'data');
  const pid = Number(String(line));
  onTestFinished(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The test has done it.
    }
  });
  await exited;
  const left = (await machine.findNew({ timeoutMs: 0 })).filter((each) => each.startsWith('process'));
  expect(left).toEqual([expect.stringMatching(new RegExp(`^process ${pid} \\(.*\\), parent \\d+, control group `))]);
  process.kill(pid, 'SIGKILL');
  const after = await machine.findNew({ timeoutMs: 10_000 });
  expect(after.filter((each) => each.startsWith('process'))).toEqual([]);
});

test('processes of others are not taken for those of a run', async () => {
  const machine = new MachineCheck({ isAlone: false });
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const left = await machine.findNew({ timeoutMs: 0 });
  expect(left.filter((each) => each.startsWith('process'))).toEqual([]);
});
