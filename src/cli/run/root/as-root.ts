import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { UnsupportedError } from '../../../core/errors.js';
import { planEntryCommand } from '../../../native/locate-entry.js';
import { findExecutable } from '../../../native/rootless.js';
import { isInUserNamespace } from '../../../native/user-namespace.js';
import { becomeCommand } from '../become-command.js';
import { findProject } from './find-project.js';
import type { Report, SignalRequest, StartRequest } from './protocol.js';
import { planRootEnvironment } from './root-environment.js';

/** Passed on to the command. */
const RELAYED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGWINCH', 'SIGCONT'];

/** How {@link runAsRoot} runs. */
export interface RunAsRootOptions {
  /** Variables of the environment beside the usual. */
  readonly keep: readonly string[];
  /** @defaultValue the nearest folder above with .git, else with package.json, that is the user's */
  readonly project?: string;
}

/**
 * Runs a command as root. Root becomes the command; for others one helper is started by sudo, which starts the command on
 * this process's own input and outputs, and kills everything when this process ends, be it by SIGKILL. Afterwards the
 * files that became root's in the project are the user's again.
 *
 * @returns the exit code; 128 and its number for a signal
 * @throws UnsupportedError where there is no sudo, or it refuses
 */
export async function runAsRoot(command: readonly string[], options: RunAsRootOptions): Promise<number> {
  const uid = process.geteuid?.();
  if (uid === 0 && !isInUserNamespace()) return becomeCommand(command);
  const sudo = findExecutable('sudo');
  if (sudo === undefined || uid === undefined) {
    throw refuse('there is no program sudo', 'install sudo, or become root (su, doas) and run the same command again');
  }
  const [name = '', ...args] = command;
  const cwd = process.cwd();
  const project = options.project === undefined ? findProject(cwd, uid) : resolve(options.project);
  const request: StartRequest = {
    pid: process.pid,
    command: [findExecutable(name) ?? name, ...args],
    cwd,
    env: planRootEnvironment(process.env, options.keep),
    uid,
    gid: process.getegid?.() ?? uid,
    ...(project === undefined ? {} : { project }),
  };
  const asks = hasTerminal() ? [] : ['-n'];
  const program = planEntryCommand('cli/run/root/helper');
  const helper = spawn(sudo, [...asks, '--', ...program], { stdio: ['pipe', 'pipe', 'inherit'] });
  helper.stdin.on('error', () => undefined);
  helper.stdin.write(`${JSON.stringify(request)}\n`);
  const relays = RELAYED.map((signal) => {
    const relay = () => helper.stdin.write(`${JSON.stringify({ signal } satisfies SignalRequest)}\n`);
    process.on(signal, relay);
    return () => process.off(signal, relay);
  });
  // The kernel drops SIGTSTP for the command, as nobody of its session could let it go on.
  const suspend = () => {
    helper.stdin.write(`${JSON.stringify({ signal: 'SIGSTOP' } satisfies SignalRequest)}\n`, () =>
      process.kill(process.pid, 'SIGSTOP'),
    );
  };
  process.on('SIGTSTP', suspend);
  const reports: Report[] = [];
  createInterface({ input: helper.stdout }).on('line', (line) => reports.push(JSON.parse(line) as Report));
  const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done, fail) => {
    helper.once('error', fail);
    helper.once('close', (code, signal) => done({ code, signal }));
  });
  for (const stop of relays) stop();
  process.off('SIGTSTP', suspend);
  return judge(reports, code ?? 128 + constants.signals[signal ?? 'SIGKILL'], request);
}

function judge(reports: readonly Report[], exitCode: number, { command }: StartRequest): number {
  const last = reports.at(-1);
  if (last === undefined) {
    throw refuse(
      `sudo ended with ${exitCode} before it started anything, see above`,
      'run "sudo -v" in this terminal first, or allow this user in /etc/sudoers.d with NOPASSWD where there is no terminal',
    );
  }
  if (last.kind === 'failed') {
    console.error(`glovebox run: ${command[0]} could not be run as root: ${last.message}`);
    return 126;
  }
  if (last.kind === 'started') {
    console.error(
      `glovebox run: sudo ended with ${exitCode} while the command ran, which was killed; what it had started may be there`,
    );
    return exitCode;
  }
  if (last.killed > 0) {
    const left = last.killed === 1 ? 'a process, which was' : `${last.killed} processes, which were`;
    console.error(`glovebox run: the command left ${left} killed`);
  }
  for (const path of last.kept)
    console.error(`glovebox run: ${path} stays root's, as it has a second name: chown it by hand`);
  return last.exitCode;
}

function refuse(reason: string, fix: string): UnsupportedError {
  return new UnsupportedError({ capability: 'running as root', reason, fix });
}

/** Whether sudo can ask for a password. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r+'));
    return true;
  } catch {
    return false;
  }
}
