import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { findExecutable } from '../../../../src/native/rootless.js';
import { CLI } from '../../run-cli.js';

/** The user "nobody" of every distribution. */
export const USER = 65534;

/** Why these tests cannot be here: they make an ordinary user who may use sudo, which only root can. */
export function findObstacle(): string | undefined {
  if (process.geteuid?.() !== 0) return 'only root can let another user use sudo';
  return findExecutable('sudo') === undefined ? 'there is no sudo: install the package of this name' : undefined;
}

/** A project that belongs to the user. */
export class UserProject implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'glovebox-as-root-'));

  constructor() {
    this.write('package.json', '{}');
    chownSync(this.folder, USER, USER);
  }

  write(name: string, content: string): string {
    const path = join(this.folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
    chownSync(path, USER, USER);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** How {@link startAsUser} starts. */
export interface AsUserOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What the user may do by sudo. @defaultValue everything, without a password */
  readonly rule?: string;
  /** What runs glovebox. @defaultValue Node, from its sources */
  readonly cli?: readonly string[];
}

/** Starts glovebox as a user who may use sudo, which is so in a mount namespace alone: this machine's /etc stays as it is. */
export function startAsUser(args: readonly string[], options: AsUserOptions): ChildProcess {
  const { cwd, env = {}, rule = `#${USER} ALL=(ALL) NOPASSWD: ALL`, cli = CLI } = options;
  const script = [
    'mount -t tmpfs -o mode=755 tmpfs /etc/sudoers.d',
    'printf "%s\\n" "$1" > /etc/sudoers.d/test',
    'chmod 440 /etc/sudoers.d/test',
    'shift',
    `exec setpriv --reuid ${USER} --regid ${USER} --clear-groups -- "$@"`,
  ].join(' && ');
  const argv = ['--mount', 'setsid', 'sh', '-c', script, 'sh', rule, ...cli, ...args];
  const { FORCE_COLOR: _color, SUDO_UID: _uid, ...inherited } = process.env;
  return spawn('unshare', argv, {
    cwd,
    env: { ...inherited, ...env },
  });
}

/** The same, to its end. */
export async function runAsUser(args: readonly string[], options: AsUserOptions, input = '') {
  const child = startAsUser(args, options);
  child.stdin?.end(input);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, exitCode] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    ended,
  ]);
  return { exitCode, stdout, stderr };
}
