import { type ChildProcess, spawn as spawnPlainly } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { until } from '../../../../src/core/until.js';
import { groupExists } from '../../../../src/process/isolation/signal-group.js';
import { hasEnded } from '../../../../src/process/proc/processes.js';
import type { Process } from '../../../../src/process/process.js';
import { spawn } from '../../../../src/process/spawn.js';

// The first process of a pid namespace, where it may say which number comes next: a stranger gets that of a program.

/** A stranger, who leads a group of its own, with a number that somebody had. */
async function startAs(pid: number): Promise<ChildProcess> {
  await until(() => !groupExists(pid), { description: 'the number to be free' });
  writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1));
  const stranger = spawnPlainly('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  if (stranger.pid !== pid) throw new Error(`the number ${pid} was wanted, and ${stranger.pid} came`);
  return stranger;
}

async function codeOf(act: () => unknown): Promise<unknown> {
  try {
    await act();
    return 'done';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : String(error);
  }
}

/** Everything that can be done to a program that has ended; then, whether the stranger lives. */
async function tryAll(program: Process): Promise<unknown> {
  const { pid } = program;
  const stranger = await startAs(pid);
  const answers = {
    pids: program.pids(),
    signal: await codeOf(() => program.signal('SIGKILL')),
    suspend: await codeOf(() => program.suspend()),
    stop: await codeOf(() => program.stop()),
    kill: await codeOf(() => program.kill()),
    dispose: await codeOf(() => program[Symbol.asyncDispose]()),
  };
  const survives = stranger.exitCode === null && stranger.signalCode === null && !hasEnded(pid);
  stranger.kill('SIGKILL');
  return { ...answers, survives };
}

async function leaveNothing(): Promise<unknown> {
  const program = await spawn('true', [], { isolation: 'none' });
  await program.waitForExit();
  return tryAll(program);
}

/** Its group outlives it, for a while. */
async function leaveChild(): Promise<unknown> {
  const program = await spawn('sh', ['-c', 'sleep 0.3 >&- 2>&- & exit 0'], { isolation: 'none' });
  await program.waitForExit();
  return tryAll(program);
}

process.stdout.write(JSON.stringify({ leaveNothing: await leaveNothing(), leaveChild: await leaveChild() }));
process.exit();
