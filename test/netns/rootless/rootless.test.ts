import { spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { root } from '../../../scripts/entries.js';
import { UnsupportedError } from '../../../src/core/errors.js';
import { explainForbidden, planRootless } from '../../../src/native/rootless.js';
import { isInUserNamespace } from '../../../src/native/user-namespace.js';
import { CLI, ORDINARY_USER } from '../../cli/run-cli.js';

vi.setConfig({ testTimeout: 60_000 });

const isRootless = isInUserNamespace();
const isRoot = process.getuid?.() === 0 && !isRootless;
/** What root would find in its own folders is of no use to this user. */
const PATH = `${root}node_modules/.bin:/usr/local/bin:/usr/bin:/bin`;
let home = '';

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'glovebox-rootless-'));
  if (isRoot) chownSync(home, ORDINARY_USER, ORDINARY_USER);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

beforeEach((context) => {
  context.skip(isRootless, 'this runs rootless already');
  try {
    planRootless();
  } catch (error) {
    if (error instanceof UnsupportedError) context.skip(error.message);
    throw error;
  }
});

/** `glovebox run --as rootless --` as an ordinary user; `onStart` gets the process. */
async function run(command: readonly string[], input = '', onOutput: (pid: number) => void = () => {}) {
  const { GLOVEBOX_REQUIRE: _required, NODE_OPTIONS: _options, ...environment } = process.env;
  const [program, ...args] = CLI;
  const child = spawn(program, [...args, 'run', '--as', 'rootless', '--', ...command], {
    cwd: root,
    env: { ...environment, PATH, HOME: home },
    ...(isRoot ? { uid: ORDINARY_USER, gid: ORDINARY_USER } : {}),
  });
  child.stdin.end(input);
  child.stdout.once('data', () => onOutput(child.pid ?? 0));
  const ended = new Promise<readonly [number | null, string | null]>((resolve) => {
    child.once('close', (code, signal) => resolve([code, signal]));
  });
  const [stdout, stderr, [exitCode, signal]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { stdout, stderr, exitCode, signal };
}

describe('glovebox run --as rootless', () => {
  test('is root inside, and what it makes is the user’s', async () => {
    const { stdout, exitCode } = await run(['sh', '-c', `id -u; touch ${home}/made; cat; exit 7`], 'its input');
    expect({ stdout, exitCode }).toEqual({ stdout: '0\nits input', exitCode: 7 });
    expect(statSync(join(home, 'made')).uid).toBe(isRoot ? ORDINARY_USER : process.getuid?.());
  });

  test('becomes the command: a signal reaches it, and its end is its own', async () => {
    const trapped = await run(['sh', '-c', 'trap "exit 9" TERM; echo; while :; do :; done'], '', (pid) => {
      process.kill(pid, 'SIGTERM');
    });
    expect(trapped).toMatchObject({ exitCode: 9, signal: null });
    const killed = await run(['sh', '-c', 'echo; exec sleep 1000'], '', (pid) => {
      process.kill(pid, 'SIGTERM');
    });
    expect(killed).toMatchObject({ exitCode: null, signal: 'SIGTERM' });
  });

  test('leaves pipes as programs expect them, that block', async () => {
    const { stdout } = await run(['sh', '-c', 'grep flags: /proc/self/fdinfo/0 /proc/self/fdinfo/1']);
    const flags = [...stdout.matchAll(/flags:\t(\d+)/g)].map((match) => Number.parseInt(match[1] ?? '', 8));
    expect(flags.map((each) => each & 0o4000)).toEqual([0, 0]);
  });

  test('tells of a program that there is not', async () => {
    expect(await run(['no-such-program'])).toMatchObject({
      exitCode: 127,
      stderr: 'glovebox run: there is no program "no-such-program"\n',
    });
  });

  test('runs Vitest with labs: TCP, UDP, multicast, wires', async () => {
    const config = join(import.meta.dirname, 'vitest.config.ts');
    const file = join(home, 'report.json');
    const reporters = ['--reporter=json', `--outputFile.json=${file}`];
    const { stderr } = await run(['vitest', 'run', '--config', config, '--configLoader', 'runner', ...reporters]);
    const report = JSON.parse(readFileSync(file, 'utf8')) as { numPassedTests: number; numTotalTests: number };
    expect({ stderr, passed: report.numPassedTests }).toEqual({ stderr: '', passed: report.numTotalTests });
    expect(report.numTotalTests).toBe(6);
  });
});

describe('where user namespaces are forbidden', () => {
  const settings = { apparmorRestricts: undefined, cloneAllowed: undefined, most: 96_365 };

  test.each([
    ['kernel.apparmor_restrict_unprivileged_userns', 1, 0, { apparmorRestricts: 1 }],
    ['kernel.unprivileged_userns_clone', 0, 1, { cloneAllowed: 0 }],
    ['user.max_user_namespaces', 0, 15_000, { most: 0 }],
  ] as const)('%s is named, with the command that allows them', (name, now, allowing, values) => {
    expect(explainForbidden('unshare failed', { ...settings, ...values })).toEqual({
      capability: 'rootless',
      reason: `this user may not make user namespaces, as ${name} is ${now} (unshare failed)`,
      fix: `sudo sysctl -w ${name}=${allowing} (until the next boot; a file in /etc/sysctl.d keeps it), or run as root`,
    });
  });

  test('by something else, that is said', () => {
    expect(explainForbidden('unshare failed', settings).reason).toBe(
      'this user may not make user namespaces (unshare failed); no setting of the kernel says why, so a security module or a seccomp filter forbids it',
    );
  });
});
