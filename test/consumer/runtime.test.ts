import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEntries } from '../../scripts/entries.js';
import { makeReport } from '../report/sample-report.js';
import { ConsumerProject } from './consumer-project.js';

/** Imports entries in a Node of their own and prints what they export. */
function importAll(project: ConsumerProject, specifiers: readonly string[]): Record<string, readonly string[]> {
  const script = [
    `const names = ${JSON.stringify(specifiers)};`,
    'const pairs = await Promise.all(names.map(async (name) => [name, Object.keys(await import(name))]));',
    'console.log(JSON.stringify(Object.fromEntries(pairs)));',
  ].join('\n');
  const { exitCode, output } = project.run('node', ['--input-type=module', '--eval', script]);
  expect(exitCode, output).toBe(0);
  return JSON.parse(output) as Record<string, readonly string[]>;
}

describe('in a project without Vitest', () => {
  let project: ConsumerProject;
  beforeAll(() => {
    project = new ConsumerProject();
  });
  afterAll(() => project[Symbol.dispose]());

  test('every entry but the fixtures can be imported', () => {
    const entries = readEntries().map(({ specifier }) => specifier);
    const exported = importAll(
      project,
      entries.filter((specifier) => specifier !== 'glovebox/fixtures'),
    );
    expect(exported['glovebox']).toEqual(expect.arrayContaining(['FakeKernel', 'FaultPlan', 'UsageError']));
    expect(exported['glovebox/assertions']).toEqual(expect.arrayContaining(['assertKernelOps', 'assertKernelEmpty']));
    expect(exported['glovebox/matchers']).toContain('matchers');
    expect(exported['glovebox/kernel']).toEqual(expect.arrayContaining(['LinuxKernel', 'TestKernel']));
    expect(exported['glovebox/contract']).toEqual(expect.arrayContaining(['runContract', 'linuxDriver']));
    expect(exported['glovebox/netns']).toEqual(expect.arrayContaining(['Netns', 'PrivateNetIfaceResolver']));
    expect(exported['glovebox/messages']).toEqual(expect.arrayContaining(['connectMessages', 'serveMessages']));
    expect(exported['glovebox/scenarios']).toEqual(expect.arrayContaining(['DisruptionPlan', 'linkDown']));
    expect(exported['glovebox/process']).toEqual(expect.arrayContaining(['Process', 'ProcessError', 'spawn']));
    expect(exported['glovebox/container']).toEqual(expect.arrayContaining(['startContainer', 'createContainerVolume']));
    expect(exported['glovebox/vm']).toEqual(expect.arrayContaining(['Vm', 'VmError', 'resolveKernel']));
    expect(exported['glovebox/config']).toEqual(expect.arrayContaining(['gloveboxProjects', 'TAGS', 'TIERS']));
    expect(exported['glovebox/reporter']).toEqual(expect.arrayContaining(['GloveboxReporter', 'default']));
  });

  test('an error is of one class, whichever entry it comes through', () => {
    const script = [
      "import { AssertionError, FakeKernel } from 'glovebox';",
      "import { assertKernelOps } from 'glovebox/assertions';",
      "try { assertKernelOps(new FakeKernel(), ['load:a:ok']); } catch (error) {",
      '  console.log(error instanceof AssertionError);',
      '}',
    ].join('\n');
    expect(project.run('node', ['--input-type=module', '--eval', script])).toEqual({ exitCode: 0, output: 'true\n' });
  });

  test('a page is made by the command of the package, with the scripts that draw its plots', () => {
    project.write('results.json', JSON.stringify(makeReport()));
    const { exitCode, output } = project.run('node', [
      'node_modules/glovebox/dist/cli/glovebox.js',
      'report',
      'results.json',
      '--format',
      'html',
    ]);
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.stringContaining('report.html') });
    const page = readFileSync(join(project.folder, 'report.html'), 'utf8');
    const scripts = ['leeoniya/uPlot', 'new IntersectionObserver', 'data-plot="scenario-1-plot-1"'];
    expect(scripts.filter((part) => !page.includes(part))).toEqual([]);
    expect(page).not.toContain('sourceMappingURL');
  });

  test('containers name the package that they miss', () => {
    const script = [
      "import { startContainer } from 'glovebox/container';",
      'await startContainer({ image: { busybox: true } }).catch((error) => console.log(error.code, error.message));',
    ].join('\n');
    expect(project.run('node', ['--input-type=module', '--eval', script])).toEqual({
      exitCode: 0,
      output:
        'ERR_GLOVEBOX_UNSUPPORTED container is not available: the package testcontainers is not installed. ' +
        'To mend it: npm install --save-dev testcontainers\n',
    });
  });

  test('the contract runs from the package, and fuzzing names the package that it misses', () => {
    const script = [
      "import { fakeDriver, fuzzContract, runContract } from 'glovebox/contract';",
      'const results = await runContract(fakeDriver());',
      "console.log(results.length > 400, results.filter(({ verdict }) => verdict === 'differs').length);",
      'await fuzzContract(fakeDriver(), fakeDriver()).catch((error) => console.log(error.name, error.fix));',
    ].join('\n');
    expect(project.run('node', ['--input-type=module', '--eval', script])).toEqual({
      exitCode: 0,
      output: 'true 0\nUnsupportedError npm install --save-dev fast-check\n',
    });
  });

  test('the process ends by itself: importing starts nothing', () => {
    const script =
      "import 'glovebox'; console.log(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length);";
    expect(project.run('node', ['--input-type=module', '--eval', script])).toEqual({ exitCode: 0, output: '0\n' });
  });
});

test('in a project with Vitest the fixtures ask to be imported by a test, and nothing else is missing', () => {
  using project = new ConsumerProject(['vitest']);
  const { output } = project.run('node', ['--input-type=module', '--eval', "await import('glovebox/fixtures')"]);
  expect(output).not.toContain('ERR_MODULE_NOT_FOUND');
});
