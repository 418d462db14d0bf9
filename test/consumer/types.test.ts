import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConsumerProject } from './consumer-project.js';
import { typeCheck } from './type-check.js';

let project: ConsumerProject;
const source = readFileSync(join(import.meta.dirname, 'project/every-entry.ts'), 'utf8');

beforeAll(() => {
  project = new ConsumerProject(['vitest', '@types/node']);
  project.write('every-entry.ts', source);
});
afterAll(() => project[Symbol.dispose]());

/** Type-checks one file of the project, libraries included. */
function check(file: string, module: 'nodenext' | 'bundler'): string {
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: module === 'bundler' ? 'preserve' : module,
    moduleResolution: module,
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
  };
  project.write('tsconfig.json', JSON.stringify({ compilerOptions, files: [file] }));
  return typeCheck(project.folder);
}

test.each(['nodenext', 'bundler'] as const)('every entry type-checks with moduleResolution %s', (module) => {
  expect(check('every-entry.ts', module)).toBe('');
});

test('without the declaration of a point, using it is an error', () => {
  project.write('undeclared.ts', source.replace(/declare module[\s\S]*?\n}\n/, ''));
  expect(check('undeclared.ts', 'nodenext')).toContain('\'"store.save"\' is not assignable to parameter');
});
