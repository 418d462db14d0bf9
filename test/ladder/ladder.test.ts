import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { beforeEach, describe, expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { planRootless } from '../../src/native/rootless.js';
import { findObstacle, runAsUser, UserProject } from '../cli/root/as-user.js';

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

/** Runs the one file at a rung, as an ordinary user to begin with. */
async function climb(way: string): Promise<Readonly<Record<string, string>>> {
  using project = new UserProject();
  const config = join(import.meta.dirname, 'cases/vitest.config.ts');
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config, '--configLoader=runner'];
  const file = join(project.folder, 'report.json');
  vitest.push('--reporter=json', `--outputFile=${file}`);
  const env = { HOME: project.folder, TMPDIR: project.folder, GLOVEBOX_REQUIRE: '', GLOVEBOX_RUNG: '' };
  const { stdout, stderr } = await runAsUser(['run', '--as', way, '--', process.execPath, ...vitest], {
    cwd: project.folder,
    env,
  });
  if (!existsSync(file)) throw new Error(`there is no report: ${stdout}\n${stderr}`);
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  return Object.fromEntries(
    report.testResults.flatMap((file) => file.assertionResults).map(({ title, status }) => [title, status]),
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
      'sends through a lab': expect.stringMatching(/^(skipped|pending)$/),
      'is root of the machine': expect.stringMatching(/^(skipped|pending)$/),
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
      'is root of the machine': expect.stringMatching(/^(skipped|pending)$/),
    });
  });

  test('is run whole as root', async () => {
    expect(await climb('root')).toEqual({
      'loads a program': 'passed',
      'sends through a lab': 'passed',
      'is root of the machine': 'passed',
    });
  });
});
