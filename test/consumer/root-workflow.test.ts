import { cpSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { findObstacle, runAsUser, USER } from '../cli/run/root/as-user.js';
import { ConsumerProject } from './consumer-project.js';

const EXAMPLE = join(root, 'examples/multicast-relay');

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly { readonly status: string }[] }[];
}

/** The files of a folder that are a user's, as find(1) has them: no link is followed. */
function listOwnedBy(project: ConsumerProject, uid: number): readonly string[] {
  return project
    .run('find', ['.', '-uid', String(uid)])
    .output.split('\n')
    .filter((path) => path !== '');
}

test('a relay of multicast is checked by its user, its networks run as root, and no file of root is left', {
  timeout: 120_000,
}, async (context) => {
  const obstacle = findObstacle();
  context.skip(obstacle !== undefined, obstacle);
  const manifest = JSON.parse(readFileSync(join(EXAMPLE, 'package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  using project = new ConsumerProject(Object.keys(manifest.devDependencies).filter((name) => name !== 'glovebox'));
  const { folder } = project;
  cpSync(EXAMPLE, folder, { recursive: true, filter: (source) => basename(source) !== 'node_modules' });
  project.run('chown', ['--recursive', '--no-dereference', `${USER}:${USER}`, folder]);
  const options = {
    cwd: folder,
    env: { HOME: folder, PATH: `${root}node_modules/.bin:${process.env['PATH']}` },
    cli: [process.execPath, join(folder, 'node_modules/glovebox/dist/cli/glovebox.js')],
  };

  const build = [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.', '--outDir', 'built', '--noEmit', 'false'];
  const built = await runAsUser(['run', '--as', 'user', '--', process.execPath, ...build], options);
  expect(built).toEqual({ exitCode: 0, stdout: '', stderr: '' });

  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--configLoader', 'native', '--root', folder];
  const report = ['--reporter=json', '--outputFile=report.json'];
  const file = 'test/privileged/starting.test.ts';
  const ran = await runAsUser(['run', '--as', 'root', '--', process.execPath, ...vitest, ...report, file], options);
  expect(ran.exitCode, ran.stdout + ran.stderr).toBe(0);
  const { testResults } = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;
  const statuses = testResults.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status));
  expect(new Set(statuses)).toEqual(new Set(['passed']));
  expect(listOwnedBy(project, 0)).toEqual([]);
  expect(listOwnedBy(project, USER)).toEqual(expect.arrayContaining(['./report.json', './built']));
});
