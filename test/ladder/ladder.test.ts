import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { requireCapability } from '../../src/fixtures/requirements/require.js';
import { planRootless } from '../../src/native/rootless.js';
import { findObstacle, runAsUser, UserProject } from '../cli/root/as-user.js';
import { CLI } from '../cli/run-cli.js';
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

/** Runs the one file at a rung, as an ordinary user to begin with, but for a machine, which takes root. */
async function climb(way: string): Promise<Readonly<Record<string, string>>> {
  const file = join(project.folder, `report-${way}.json`);
  const flags = way === 'vm' ? ['--writable', project.folder] : ['--env', ENGINE.join(',')];
  const args = ['run', '--as', way, ...flags, '--', ...VITEST, `--outputFile=${file}`];
  const env = {
    HOME: project.folder,
    TMPDIR: project.folder,
    NODE_COMPILE_CACHE: join(project.folder, 'compiled'),
    GLOVEBOX_REQUIRE: '',
    GLOVEBOX_RUNG: '',
  };
  const { stdout, stderr } =
    way === 'vm' ? runAsRoot(args, { cwd: project.folder, env }) : await runAsUser(args, { cwd: project.folder, env });
  if (!existsSync(file)) throw new Error(`there is no report: ${stdout}\n${stderr}`);
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  return Object.fromEntries(
    report.testResults
      .flatMap((file) => file.assertionResults)
      .map(({ title, status, failureMessages }) => [title, [status, ...failureMessages].join(': ')]),
  );
}

function runAsRoot(args: readonly string[], { cwd, env }: { readonly cwd: string; readonly env: object }) {
  const [program, ...rest] = CLI;
  const { GLOVEBOX_CACHE = join(homedir(), '.cache/glovebox') } = process.env;
  const all = { ...process.env, ...env, GLOVEBOX_CACHE, FORCE_COLOR: '0' };
  return spawnSync(program, [...rest, ...args], { cwd, env: all, encoding: 'utf8', timeout: 170_000 });
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

  test("has what this kernel lacks run in a virtual machine with Debian's 6.1", {
    timeout: 180_000,
  }, async (context) => {
    await requireCapability(context, 'vm');
    expect(await climb('vm')).toEqual({
      'loads a program': 'passed',
      'sends through a lab': 'passed',
      'is root of the machine': 'passed',
      'sends through netem': 'passed',
      'runs a container': SKIPPED,
    });
  });
});
