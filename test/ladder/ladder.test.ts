import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { requireCapability } from '../../src/fixtures/requirements/require.js';
import { planRootless } from '../../src/native/rootless.js';
import { findTerminalObstacle, ONCE_RESIZED, startOnTerminal } from '../cli/run/on-terminal.js';
import { findObstacle, runAsUser, USER, UserProject } from '../cli/run/root/as-user.js';
import { hasNetem } from '../netns/impair/impair-cases.js';

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const VITEST = [
  process.execPath,
  join(root, 'node_modules/vitest/vitest.mjs'),
  'run',
  ...['--config', join(import.meta.dirname, 'cases/vitest.config.ts'), '--configLoader=runner', '--reporter=json'],
];
const SKIPPED = expect.stringMatching(/^(skipped|pending)$/);
const ENGINE = ['DOCKER_HOST', 'TESTCONTAINERS_HOST_OVERRIDE'];

/** With what one climb compiles: a machine that is emulated need not compile it again. */
const project = new UserProject();
afterAll(() => project[Symbol.dispose]());

type Rows = Readonly<Record<string, string>>;

const ENVIRONMENT = {
  HOME: project.folder,
  TMPDIR: project.folder,
  NODE_COMPILE_CACHE: join(project.folder, 'compiled'),
  GLOVEBOX_REQUIRE: '',
  GLOVEBOX_RUNG: '',
};

/** Runs the one file at a rung, as an ordinary user to begin with. */
async function climb(way: string): Promise<Rows> {
  const file = join(project.folder, `report-${way}.json`);
  const args = ['run', '--as', way, '--env', ENGINE.join(','), '--', ...VITEST, `--outputFile=${file}`];
  const { stdout, stderr } = await runAsUser(args, { cwd: project.folder, env: ENVIRONMENT });
  return readRows(file, `${stdout}\n${stderr}`);
}

interface ClimbOptions {
  readonly signal: AbortSignal;
  readonly flags?: readonly string[];
}

/** The same where it takes root, on a terminal whose size the command has to follow before Vitest is started. */
async function climbOnTerminal(way: string, { signal, flags = [] }: ClimbOptions): Promise<Rows> {
  const file = join(project.folder, `report-${way}.json`);
  const command = [...ONCE_RESIZED, ...VITEST, `--outputFile=${file}`];
  const { GLOVEBOX_CACHE = join(homedir(), '.cache/glovebox') } = process.env;
  const terminal = startOnTerminal(['run', '--as', way, '--writable', project.folder, ...flags, '--', ...command], {
    cwd: project.folder,
    signal,
    env: { ...process.env, ...ENVIRONMENT, GLOVEBOX_CACHE, FORCE_COLOR: '0' },
  });
  await terminal.resize({ timeoutMs: 60_000 });
  await terminal.ended;
  expect(terminal.seen()).toContain('now 44 88');
  // What root made there is given back.
  expect(lstatSync(file, { throwIfNoEntry: false })?.uid ?? USER).toBe(USER);
  return readRows(file, terminal.seen());
}

function readRows(file: string, output: string): Rows {
  if (!existsSync(file)) throw new Error(`there is no report: ${output}`);
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  return Object.fromEntries(
    report.testResults
      .flatMap((file) => file.assertionResults)
      .map(({ title, status, failureMessages }) => [title, [status, ...failureMessages].join(': ')]),
  );
}

describe('one file of tests, unchanged,', { timeout: 60_000 }, () => {
  beforeEach((context) => {
    const obstacle = findObstacle();
    context.skip(obstacle !== undefined, obstacle);
  });

  test('has its fake part run as an ordinary user, and the rest skipped', async () => {
    expect(await climb('user')).toEqual({
      'loads a program': 'passed',
      'sends through a lab': SKIPPED,
      'is root of the machine': SKIPPED,
      'sends through netem': SKIPPED,
      'runs a container': SKIPPED,
    });
  });

  test('has its labs run rootless, too', async (context) => {
    try {
      planRootless();
    } catch (error) {
      context.skip(String(error));
    }
    expect(await climb('rootless')).toEqual({
      'loads a program': 'passed',
      'sends through a lab': 'passed',
      'is root of the machine': SKIPPED,
      'sends through netem': hasNetem() ? 'passed' : SKIPPED,
      'runs a container': SKIPPED,
    });
  });

  test('is run whole as root, its containers by Docker, but for what this kernel lacks', async (context) => {
    await requireCapability(context, 'container');
    expect(await climb('root')).toEqual({
      'loads a program': 'passed',
      'sends through a lab': 'passed',
      'is root of the machine': 'passed',
      'sends through netem': hasNetem() ? 'passed' : SKIPPED,
      'runs a container': 'passed',
    });
  });

  test('is run in a container with the files of this machine and the rights that labs take', async (context) => {
    context.skip(findTerminalObstacle() !== undefined, findTerminalObstacle());
    await requireCapability(context, 'container');
    expect(
      await climbOnTerminal('container', { signal: context.signal, flags: ['--cap-add', 'sys_admin,net_admin'] }),
    ).toEqual({
      'loads a program': 'passed',
      'sends through a lab': 'passed',
      'is root of the machine': 'passed',
      'sends through netem': hasNetem() ? 'passed' : SKIPPED,
      'runs a container': SKIPPED,
    });
  });

  test("has what this kernel lacks run in a virtual machine with Debian's 6.1", {
    timeout: 180_000,
  }, async (context) => {
    context.skip(findTerminalObstacle() !== undefined, findTerminalObstacle());
    await requireCapability(context, 'vm');
    expect(await climbOnTerminal('vm', { signal: context.signal })).toEqual({
      'loads a program': 'passed',
      'sends through a lab': 'passed',
      'is root of the machine': 'passed',
      'sends through netem': 'passed',
      'runs a container': SKIPPED,
    });
  });
});
