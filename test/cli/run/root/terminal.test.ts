import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../../../src/core/until.js';
import { findExecutable } from '../../../../src/native/rootless.js';
import { CLI } from '../../run-cli.js';
import { findObstacle, startAsUser, UserProject } from './as-user.js';

const CTRL_C = '\u0003';
const CTRL_Z = '\u001a';

/** Runs a script as root on a terminal of its own, whose other side is the input and output of the process. */
function startOnTerminal(project: UserProject, script: string, rule?: string) {
  const path = project.write('script.sh', `${script}\n`);
  const line = [...CLI, 'run', '--as', 'root', '--', 'sh', path].map((word) => `'${word}'`).join(' ');
  const child = startAsUser([], {
    cwd: project.folder,
    cli: ['script', '-qec', `stty rows 33 cols 77; exec ${line}`, '/dev/null'],
    ...(rule === undefined ? {} : { rule }),
  });
  let seen = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    seen += bytes.toString();
  });
  return { child, ended: once(child, 'close'), seen: () => seen, type: (keys: string) => child.stdin?.write(keys) };
}

/** A process that this one has started, or one of these has, by its name. */
function findDescendant(pid: number, name: string): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  for (const child of children) {
    const found = readFileSync(`/proc/${child}/comm`, 'utf8').trim() === name ? child : findDescendant(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

const stateOf = (pid: number) => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];

describe('glovebox run --as root, on a terminal', { timeout: 60_000 }, () => {
  beforeEach((context) => {
    const obstacle =
      findObstacle() ?? (findExecutable('script') === undefined ? 'there is no script: install bsdutils' : undefined);
    context.skip(obstacle !== undefined, obstacle);
  });

  test('has the command read from it, write to it and know its size', async () => {
    using project = new UserProject();
    const { ended, seen, type } = startOnTerminal(project, 'stty size; read line; echo "got $line"');
    await until(() => seen().includes('33 77'), { timeoutMs: 20_000 });
    type('text\n');
    expect(await ended).toEqual([0, null]);
    expect(seen()).toContain('got text');
  });

  test('passes Ctrl-C on, once', async () => {
    using project = new UserProject();
    const script = 'trap "echo int >> got" INT; touch up; while :; do sleep 0.01; done';
    const { child, ended, type } = startOnTerminal(project, script);
    await until(() => existsSync(join(project.folder, 'up')), { timeoutMs: 20_000 });
    type(CTRL_C);
    await until(() => existsSync(join(project.folder, 'got')), { timeoutMs: 20_000 });
    child.kill('SIGTERM');
    await ended;
    expect(readFileSync(join(project.folder, 'got'), 'utf8')).toBe('int\n');
  });

  test('stops with the command at Ctrl-Z, and goes on with it', async () => {
    using project = new UserProject();
    // Without a sleep: a shell whose child is stopped before that has become the program waits for it, and is never seen stopped.
    const script = 'echo $$ > pid.new; mv pid.new pid; while ! test -e go; do :; done; echo went on';
    const { child, ended, seen, type } = startOnTerminal(project, script);
    const path = join(project.folder, 'pid');
    await until(() => existsSync(path), { timeoutMs: 20_000 });
    const pid = Number(readFileSync(path, 'utf8'));
    type(CTRL_Z);
    await until(() => stateOf(pid) === 'T' && stateOf(child.pid ?? 0) === 'T', { timeoutMs: 10_000 });
    project.write('go', '');
    child.kill('SIGCONT');
    expect(await ended).toEqual([0, null]);
    expect(seen()).toContain('went on');
  });

  test('has sudo ask for a password', async () => {
    using project = new UserProject();
    const { child, ended, seen, type } = startOnTerminal(project, 'true', '#65534 ALL=(ALL) ALL');
    await until(() => /password/i.test(seen()), { timeoutMs: 20_000 });
    // sudo takes no notice of a Ctrl-C between its question and its reading of the answer.
    await until(() => stateOf(findDescendant(child.pid ?? 0, 'sudo') ?? 0) === 'S', { timeoutMs: 20_000 });
    type(CTRL_C);
    expect(await ended).toEqual([1, null]);
    expect(seen()).toContain('before it started anything');
  });
});
