import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { readEntries, root } from '../../scripts/entries.js';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Past this a file is two things; data tables are the exception, by name. */
const mostLines = 400;
const dataTables: readonly string[] = ['src/core/errno.ts'];

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly resolved?: string;
        readonly link?: boolean;
        readonly optionalDependencies?: Readonly<Record<string, string>>;
      }
    >
  >;
}

/** The entries of a lock that say where their package was downloaded from: nobody else may reach that host. */
function findHosts(lock: Lock): readonly string[] {
  return Object.entries(lock.packages)
    .filter(([, { resolved, link }]) => !link && resolved !== undefined && /^[a-z+]+:\/\//.test(resolved))
    .map(([path, { resolved }]) => `${path}: ${resolved}`);
}

/** Packages that another asks for on some platform and that the lock does not have: `npm ci` refuses such a lock. */
function findHoles(lock: Lock): readonly string[] {
  const names = new Set(Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, '')));
  return Object.values(lock.packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => !names.has(name));
}

/** Files that have grown past {@link mostLines}. */
function findLong(files: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(files)
    .map(([path, text]) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ path, lines }) => lines > mostLines && !dataTables.includes(path))
    .map(({ path, lines }) => `${path}: ${lines} lines`);
}

describe('package-lock.json', () => {
  test('names no registry host, so that everybody installs from the registry they have', () => {
    expect(findHosts(JSON.parse(read('package-lock.json')) as Lock)).toEqual([]);
  });

  test('with a host in it is caught', () => {
    const lock = { packages: { 'node_modules/a': { resolved: 'http://10.0.0.1:4873/a/-/a-1.0.0.tgz' } } };
    expect(findHosts(lock)).toEqual(['node_modules/a: http://10.0.0.1:4873/a/-/a-1.0.0.tgz']);
  });
});

test('package-lock.json has the packages of every platform; if not, run node scripts/complete-lock.mjs', () => {
  expect(findHoles(JSON.parse(read('package-lock.json')) as Lock)).toEqual([]);
});

describe('a source file', () => {
  test('has at most 400 lines', () => {
    const paths = globSync('src/**/*.ts', { cwd: root });
    expect(findLong(Object.fromEntries(paths.map((path) => [path, read(path)])))).toEqual([]);
  });

  test('with 401 lines is caught', () => {
    expect(findLong({ 'src/a.ts': 'a\n'.repeat(401), 'src/b.ts': 'b\n'.repeat(400) })).toEqual(['src/a.ts: 401 lines']);
  });
});

test('tsconfig.json resolves exactly the entries that package.json exports', () => {
  // It may hold comments, which JSON has not.
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8'));
  const { compilerOptions } = config as {
    readonly compilerOptions: { readonly paths: Readonly<Record<string, readonly string[]>> };
  };
  const entries = readEntries().map(({ specifier, source }) => [specifier, [`./${source.slice(root.length)}`]]);
  expect(compilerOptions.paths).toEqual(Object.fromEntries(entries));
});
