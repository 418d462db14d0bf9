import { cpSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { ConsumerProject } from './consumer-project.js';
import { typeCheck } from './type-check.js';

test('a suite that imports glovebox/fixtures runs', () => {
  using project = new ConsumerProject(['vitest']);
  project.write('suite.test.ts', readFileSync(join(import.meta.dirname, 'project/fixtures.spec.ts'), 'utf8'));
  const { exitCode, output } = project.run('vitest', ['run', '--root', '.']);
  expect(exitCode, output).toBe(0);
  expect(output).toContain('2 passed');
});

const examples = globSync('examples/*', { cwd: root }).filter(
  (path) => globSync(`${path}/test/**/*.test.ts`, { cwd: root }).length > 0,
);

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

test.for(examples)('%s, copied out of the repository, type-checks and passes', { timeout: 120_000 }, (path) => {
  const manifest = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as Manifest;
  const packages = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  using project = new ConsumerProject(packages.filter((name) => name !== 'glovebox'));
  cpSync(join(root, path), project.folder, {
    recursive: true,
    filter: (source) => !['node_modules', 'dist'].includes(basename(source)),
  });
  expect(typeCheck(project.folder)).toBe('');
  // All of it runs in the repository; of what takes long, enough is run here.
  const [, ...quick] = manifest.scripts?.['test:quick']?.split(' ') ?? ['vitest', 'run'];
  const suite = project.run('vitest', [...quick, '--root', '.']);
  expect(suite.exitCode, suite.output).toBe(0);
});
