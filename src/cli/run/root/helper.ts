// Run as root by `glovebox run --as root`: starts the command, passes signals on, and ends everything when its input ends.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { messageOf } from '../../../core/message-of.js';
import { giveBack, listOwnedByRoot } from '../../../native/owned-by-root.js';
import { openPidfd, takeDescriptor } from '../../../native/pidfd.js';
import { adoptOrphans, killDescendants } from './descendants.js';
import type { Report, SignalRequest, StartRequest } from './protocol.js';

// Those of the terminal come to this process as well; the command gets them from its user's side alone.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGTSTP'] as const) process.on(name, () => undefined);

function report(message: Report): void {
  try {
    writeSync(1, `${JSON.stringify(message)}\n`);
  } catch {
    // Nobody listens any more: the user's side was killed.
  }
}

/** What has the kernel kill the command when this process is killed, which could then kill nothing any more. */
function planToDieWithThis(): readonly string[] {
  const prefix = ['setpriv', '--pdeathsig', 'KILL', '--'] as const;
  const [program, ...args] = prefix;
  // Busybox has a setpriv that does not know how.
  return spawnSync(program, [...args, 'true'], { stdio: 'ignore' }).status === 0 ? prefix : [];
}

function start(request: StartRequest): ChildProcess {
  const before = request.project === undefined ? new Set<string>() : listOwnedByRoot(request.project);
  adoptOrphans();
  const [name = '', ...args] = [...planToDieWithThis(), ...request.command];
  using owner = openPidfd(request.pid);
  using input = takeDescriptor(owner.number, 0);
  using output = takeDescriptor(owner.number, 1);
  using errors = takeDescriptor(owner.number, 2);
  const child = spawn(name, args, {
    cwd: request.cwd,
    env: request.env,
    stdio: [input.number, output.number, errors.number],
    // A group of its own, to which signals go once.
    detached: true,
  });
  const finish = async (exitCode: number, failure?: string): Promise<void> => {
    const killed = await killDescendants();
    const kept = request.project === undefined ? [] : giveBack(request.project, before, request);
    report(failure === undefined ? { kind: 'ended', exitCode, killed, kept } : { kind: 'failed', message: failure });
    process.exit(exitCode);
  };
  child.once('spawn', () => report({ kind: 'started' }));
  child.once('error', ({ message }) => finish(126, message));
  child.once('exit', (code, signal) => finish(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  return child;
}

let child: ChildProcess | undefined;
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (child === undefined) {
    try {
      child = start(JSON.parse(line) as StartRequest);
    } catch (error) {
      report({ kind: 'failed', message: messageOf(error) });
      process.exit(126);
    }
    return;
  }
  const { signal } = JSON.parse(line) as SignalRequest;
  try {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
  } catch {
    // It has ended meanwhile.
  }
});
lines.once('close', () => {
  if (child === undefined) process.exit(0);
  // What follows its end is done then, too: files are given back after a kill as well.
  void killDescendants();
});
