import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { readResults } from '../../src/report/read-report.js';
import type { TestRecord, TestRunReport } from '../../src/report/tests/test-run-report.js';
import { GloveboxReporter } from '../../src/reporter/index.js';

interface Run {
  readonly status: number | null;
  readonly stderr: string;
  readonly folder: string;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'reporter-test-'));
  folders.push(folder);
  return folder;
}

/** Runs the cases in a Vitest of their own: some of them are meant to fail. */
function runCases(folder: string, args: readonly string[] = []): Run {
  const { GLOVEBOX_REQUIRE: _require, GITHUB_STEP_SUMMARY: _summary, GLOVEBOX_RUNG: _rung, ...inherited } = process.env;
  const env = {
    ...inherited,
    REPORT_FOLDER: folder,
    GLOVEBOX_SEED: '42',
    GLOVEBOX_ARTIFACTS: join(folder, 'artifacts'),
    GITHUB_STEP_SUMMARY: join(folder, 'step.md'),
  };
  const config = join(import.meta.dirname, 'report-cases/vitest.config.ts');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { status, stderr } = spawnSync(process.execPath, [vitest, 'run', '--config', config, ...args], {
    encoding: 'utf8',
    env,
  });
  return { status, stderr, folder };
}

describe('the report of a run of tests', () => {
  let run: Run;
  let report: TestRunReport;
  const read = (name: string) => readFileSync(join(run.folder, name), 'utf8');
  const find = (title: string): TestRecord | undefined => report.tests.find(({ path }) => path.at(-1) === title);

  beforeAll(async () => {
    run = runCases(makeFolder());
    const results = await readResults(join(run.folder, 'results.json'));
    if (!('kind' in results)) throw new Error('results of tests were expected');
    report = results;
  }, 60_000);

  test('says where it is, and the run fails as its tests do', () => {
    expect(run.status).toBe(1);
    expect(run.stderr).toContain(`glovebox: the report is in ${join(run.folder, 'report.html')}`);
    expect(report).toMatchObject({ title: 'The cases', reason: 'failed', errors: [] });
    expect(report.machine).toMatchObject({ node: process.version });
  });

  test('tells of a test its rung, seed, faults and operations, and what was expected', () => {
    expect(find('fails with a diff, a seed and a fault')).toMatchObject({
      project: 'cases',
      file: 'some.case.ts',
      path: ['a suite', 'fails with a diff, a seed and a fault'],
      state: 'failed',
      rung: 'fake',
      seed: 42,
      faults: [{ rule: 'ENOMEM before kernel.load {name: "prog_one"}', fired: 1 }],
      operations: { total: 2, last: ['load:prog_one:error', 'load:prog_two:ok'] },
      errors: [{ message: expect.stringMatching(/^AssertionError: /), diff: expect.stringContaining('"programs": 1') }],
    });
  });

  test('has what programs wrote, the scenario and the measures of a test, and its notes', () => {
    expect(find('leaves what its program wrote')?.logs).toEqual([
      {
        title: 'What its programs wrote',
        file: expect.stringContaining(join(run.folder, 'artifacts')),
        tail: [expect.stringContaining('stdout: hello')],
        left: 0,
      },
    ]);
    expect(find('runs a scenario')).toMatchObject({
      state: 'passed',
      notes: ['see the scenario'],
      scenarios: [{ name: 'steady load, continuous churn', parameters: { workers: 3 } }],
      measures: [{ kind: 'counter', name: 'things', total: 3 }],
    });
  });

  test('has a scenario that the fixture has run, with the seed of the test', () => {
    expect(find('runs a scenario of its own')?.scenarios).toMatchObject([{ name: 'silence', seed: 42 }]);
  });

  test('has every skip with its reason, and a failure that is expected', () => {
    expect(find('needs a later kernel')).toMatchObject({
      state: 'skipped',
      skip: { kind: 'kernel', requirement: 'kernel>=99.1', reason: expect.stringContaining('To mend it: boot Linux') },
    });
    expect(find('is to be written')?.skip?.reason).toBe('it is not written yet (test.todo)');
    expect(find('is known to fail')).toMatchObject({ state: 'expected-failure', errors: [] });
  });

  test('is the same in JUnit XML, Markdown and the step of CI', () => {
    const junit = read('junit.xml');
    expect(junit).toContain('<testsuites name="The cases" tests="7" failures="2" errors="0" skipped="3"');
    expect(junit).toMatch(
      /<testcase classname="some.case.ts" name="needs a later kernel"[\s\S]+?<skipped message="kernel&gt;=99.1 is not available/,
    );
    expect(junit).toContain('<property name="seed" value="42"/>');
    const summary = read('summary.md');
    expect(summary).toMatch(/^## Failed: The cases\n\n2 of 7 tests failed, 1 failed as expected, 2 were skipped\. /);
    expect(summary).toContain('some.case.ts, project cases, rung fake, seed 42');
    expect(read('step.md')).toBe(`${summary}\n`);
  });

  test('is one page with the failures first, their logs, and the plots of the scenario', () => {
    const page = read('report.html');
    const parts = [
      '<title>Failed: The cases</title>',
      'it failed &lt;on purpose&gt;',
      'stdout: hello',
      'data-plot="scenario-1-plot-1"',
    ];
    expect(parts.filter((part) => !page.includes(part))).toEqual([]);
    expect(page.indexOf('it failed')).toBeLessThan(page.indexOf('<h2>Skipped</h2>'));
  });
});

test('a report of merged blobs has what the tests told, and when they ran', { timeout: 60_000 }, async () => {
  const folder = makeFolder();
  const blob = join(folder, 'blobs', '1.json');
  const beforeMs = Date.now();
  runCases(folder, ['--reporter=blob', `--outputFile=${blob}`, '-t', 'runs a scenario$']);
  const ranMs = Date.now();
  runCases(folder, [`--mergeReports=${join(folder, 'blobs')}`]);
  const results = await readResults(join(folder, 'results.json'));
  if (!('kind' in results)) throw new Error('results of tests were expected');
  const { tests, startedAt } = results;
  const told = tests.find(({ state }) => state === 'passed');
  expect(told?.scenarios.map(({ name }) => name)).toEqual(['steady load, continuous churn']);
  expect(Date.parse(startedAt)).toBeGreaterThanOrEqual(beforeMs);
  expect(Date.parse(startedAt)).toBeLessThanOrEqual(ranMs);
});

test('a report that cannot be written fails the run, and is kept elsewhere', { timeout: 60_000 }, () => {
  const folder = makeFolder();
  writeFileSync(join(folder, 'file'), '');
  const { status, stderr } = runCases(join(folder, 'file'), ['-t', 'is known to fail']);
  const kept = /Kept instead: (\S+)\/results\.json/.exec(stderr)?.[1];
  if (kept !== undefined) folders.push(kept);
  expect(stderr).toContain(`glovebox: 4 files of the report could not be written to ${join(folder, 'file')}:`);
  expect(kept).toBeDefined();
  expect(status).toBe(1);
});

test('options that are wrong are told all at once', () => {
  // @ts-expect-error: the compiler knows them too
  expect(() => new GloveboxReporter({ outputFolder: '', format: 'html' })).toThrow(
    'GloveboxReporter: 2 mistakes:\n  - "format" is no option. Did you mean "formats"?\n  - outputFolder must be the path of a folder; received ""',
  );
});
