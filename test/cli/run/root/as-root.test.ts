import { once } from 'node:events';
import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { beforeEach, describe, expect, test } from 'vitest';
import { planRootEnvironment } from '../../../../src/cli/run/root/root-environment.js';
import { until } from '../../../../src/core/until.js';
import { findObstacle, runAsUser, startAsUser, USER, UserProject } from './as-user.js';

const RUN = ['run', '--as', 'root'];

/** Whether a process lives; a zombie does not. */
function lives(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2)[0] ?? 'X');
  } catch {
    return false;
  }
}

test('the environment of root is the usual, and what is asked for', () => {
  const environment = { PATH: '/bin', HOME: '/home/u', LC_ALL: 'C', TOKEN: 'secret', LD_PRELOAD: 'x', OTHER: '1' };
  expect(planRootEnvironment(environment, ['OTHER'])).toEqual({
    PATH: '/bin',
    HOME: '/home/u',
    LC_ALL: 'C',
    OTHER: '1',
  });
});

describe('glovebox run --as root, of an ordinary user', { timeout: 60_000 }, () => {
  beforeEach((context) => {
    const obstacle = findObstacle();
    context.skip(obstacle !== undefined, obstacle);
  });

  test('runs the command as root, with the same path, home, folder, input and outputs, and its exit code', async () => {
    using project = new UserProject();
    const script = 'read line; echo "$(id -u) $PATH $HOME $PWD $line $TOKEN$OTHER"; echo said >&2; exit 7';
    const env = { HOME: project.folder, TOKEN: 'secret', OTHER: 'asked' };
    const args = [...RUN, '--env', 'OTHER', '--', 'sh', '-c', script];
    expect(await runAsUser(args, { cwd: project.folder, env }, 'input\n')).toEqual({
      exitCode: 7,
      stdout: `0 ${process.env['PATH']} ${project.folder} ${project.folder} input asked\n`,
      stderr: 'said\n',
    });
  });

  test('ends with 128 and the number of the signal that ended the command', async () => {
    using project = new UserProject();
    const { exitCode } = await runAsUser([...RUN, '--', 'sh', '-c', 'kill -TERM $$'], { cwd: project.folder });
    expect(exitCode).toBe(128 + 15);
  });

  test('gives back what root made, follows no link, and leaves root what was its own', async () => {
    using project = new UserProject();
    using other = new UserProject();
    const outside = join(other.folder, 'outside');
    writeFileSync(outside, '');
    writeFileSync(join(project.folder, 'was-roots'), '');
    symlinkSync(outside, join(project.folder, 'link'));
    const script =
      'mkdir -p out/deep; touch out/deep/file was-roots; ln -s /etc/passwd out/link; ln out/deep/file second';
    const { exitCode, stderr } = await runAsUser([...RUN, '--', 'sh', '-c', script], { cwd: project.folder });
    const owner = (name: string) => lstatSync(join(project.folder, name)).uid;
    expect(exitCode).toBe(0);
    expect(['out', 'out/deep', 'out/link'].map(owner)).toEqual([USER, USER, USER]);
    expect([owner('was-roots'), lstatSync(outside).uid, lstatSync('/etc/passwd').uid]).toEqual([0, 0, 0]);
    expect(stderr).toContain("second stays root's, as it has a second name: chown it by hand");
  });

  test('passes signals on, once', async () => {
    using project = new UserProject();
    const script = 'trap "echo term >> got" TERM; trap "exit 3" HUP; touch up; while :; do sleep 0.01; done';
    const child = startAsUser([...RUN, '--', 'sh', '-c', script], { cwd: project.folder });
    const ended = once(child, 'close');
    await until(() => existsSync(join(project.folder, 'up')), { timeoutMs: 20_000 });
    child.kill('SIGTERM');
    await until(() => existsSync(join(project.folder, 'got')), { timeoutMs: 20_000 });
    child.kill('SIGHUP');
    expect(await ended).toEqual([3, null]);
    expect(readFileSync(join(project.folder, 'got'), 'utf8')).toBe('term\n');
  });

  test('leaves no process and no file of root behind when it is killed', async () => {
    using project = new UserProject();
    const script =
      'setsid sh -c "echo \\$\\$ > daemon; exec sleep 1000" & echo $$ > main.new; mv main.new main; exec sleep 1000';
    const child = startAsUser([...RUN, '--', 'sh', '-c', script], { cwd: project.folder });
    const ended = once(child, 'exit');
    const read = (name: string) => Number(readFileSync(join(project.folder, name), 'utf8'));
    const isThere = (name: string) => existsSync(join(project.folder, name)) && read(name) > 0;
    await until(() => isThere('main') && isThere('daemon'), { timeoutMs: 20_000 });
    const pids = [read('main'), read('daemon')];
    expect(pids.map(lives)).toEqual([true, true]);
    child.kill('SIGKILL');
    await ended;
    await until(() => !pids.some(lives), { timeoutMs: 10_000 });
    await until(() => lstatSync(join(project.folder, 'daemon')).uid === USER, { timeoutMs: 10_000 });
  });

  test('has the command die when its helper is killed, and says what may be left', async () => {
    using project = new UserProject();
    const script = 'echo "$$ $PPID" > pids.new; mv pids.new pids; exec sleep 1000';
    const running = runAsUser([...RUN, '--', 'sh', '-c', script], { cwd: project.folder });
    await until(() => existsSync(join(project.folder, 'pids')), { timeoutMs: 20_000 });
    const [pid = 0, helper = 0] = readFileSync(join(project.folder, 'pids'), 'utf8').split(' ').map(Number);
    process.kill(helper, 'SIGKILL');
    await until(() => !lives(pid), { timeoutMs: 10_000 });
    expect(await running).toMatchObject({
      exitCode: 128 + 9,
      stderr: expect.stringContaining(
        'glovebox run: sudo ended with 137 while the command ran, which was killed; what it had started may be there',
      ),
    });
  });

  test('kills what the command leaves running, and says so', async () => {
    using project = new UserProject();
    const script = 'setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $!';
    const { exitCode, stdout, stderr } = await runAsUser([...RUN, '--', 'sh', '-c', script], { cwd: project.folder });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: 'glovebox run: the command left a process, which was killed\n',
    });
    expect(lives(Number(stdout))).toBe(false);
  });

  test('says what to do where sudo refuses and nobody can be asked for a password', async () => {
    using project = new UserProject();
    const { exitCode, stderr } = await runAsUser([...RUN, '--', 'true'], { cwd: project.folder, rule: '# nobody' });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'running as root is not available: sudo ended with 1 before it started anything, see above',
    );
    expect(stderr).toContain('NOPASSWD');
  });
});

test('root becomes the command', async (context) => {
  context.skip(findObstacle() !== undefined, findObstacle());
  const { runCli } = await import('../../run-cli.js');
  expect(runCli([...RUN, '--', 'sh', '-c', 'id -u; exit 4'])).toEqual({ exitCode: 4, stdout: '0\n', stderr: '' });
});
