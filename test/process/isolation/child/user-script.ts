import process from 'node:process';
import { hasEnded } from '../../../../src/process/proc/processes.js';
import { spawn } from '../../../../src/process/spawn.js';

// What a user without any privilege has of a program, as JSON: the tests run it as such a user.
async function tell(script: string): Promise<unknown> {
  await using program = await spawn('sh', ['-c', script], { cwd: '/usr/bin' });
  const exit = await program.waitForExit();
  return { code: exit.code, signal: exit.signal, lines: program.logs.tail() };
}

async function freeze(): Promise<unknown> {
  await using program = await spawn('sh', ['-c', 'while :; do echo tick; sleep 0.01; done'], {
    ready: { log: 'tick' },
  });
  await program.suspend();
  const states = [program.state];
  await program.resume();
  await program.logs.waitForLine('tick', { from: program.logs.count });
  program.signal('SIGSTOP');
  program.signal('SIGCONT');
  const exit = await program.stop();
  return { states, signal: exit.signal };
}

async function leave(): Promise<unknown> {
  await using program = await spawn('sh', ['-c', 'setsid sleep 1000 >&- 2>&- & exit 0']);
  await program.waitForExit();
  const left = program.pids();
  await program.kill();
  return { left: left.length, gone: left.every(hasEnded) };
}

async function restart(): Promise<unknown> {
  await using program = await spawn('sh', ['-c', 'echo up; read -r line; exit 4'], {
    ready: { log: 'up' },
    stdin: 'pipe',
  });
  const { pid } = program;
  await program.restart();
  program.stdin?.write('go\n');
  return { another: program.pid !== pid, code: (await program.waitForExit()).code };
}

async function tellIsolation(): Promise<unknown> {
  await using program = await spawn('true');
  return program.isolation;
}

const told = {
  uid: process.getuid?.(),
  isolation: await tellIsolation(),
  looks: await tell('id -u; pwd; set -- /proc/[0-9]*; echo $#; printenv OLDPWD || echo none'),
  exits: await Promise.all(['exit 139', 'kill -SEGV $$', 'kill -TERM $$'].map(tell)),
  freeze: await freeze(),
  leave: await leave(),
  restart: await restart(),
};
process.stdout.write(`${JSON.stringify(told)}\n`);
