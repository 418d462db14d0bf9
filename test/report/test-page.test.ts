import { describe, expect, test } from 'vitest';
import { renderTestJunit } from '../../src/report/tests/render-test-junit.js';
import { renderTestMarkdown } from '../../src/report/tests/render-test-markdown.js';
import { renderTestPage } from '../../src/report/tests/render-test-page.js';
import type { TestRecord, TestRunReport } from '../../src/report/tests/test-run-report.js';

const HOSTILE = '</script><script>alert(1)</script>';

function makeTest(changes: Partial<TestRecord>): TestRecord {
  return {
    ...{ project: 'unit', file: 'a.test.ts', path: ['a suite', 'a test'], state: 'passed', durationMs: 12, retries: 0 },
    ...{ errors: [], faults: [], labs: [], logs: [], measures: [], scenarios: [], notes: [], attachments: [] },
    ...changes,
  };
}

function makeRun(tests: readonly TestRecord[], changes: Partial<TestRunReport> = {}): TestRunReport {
  return {
    ...{ version: 1, kind: 'tests', title: 'Tests', startedAt: '2026-11-21T12:00:00Z', durationMs: 3000 },
    ...{ reason: 'passed', machine: {}, tests, errors: [] },
    ...changes,
  };
}

describe('the page of a run of tests', () => {
  test('has the lab of a test that failed as a picture in which nothing can run, and its report as text', () => {
    const picture = `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`;
    const labs = [{ findings: ['link c is down'], picture, report: HOSTILE, files: ['lab.md', 'lab.pcapng'] }];
    const page = renderTestPage(makeRun([makeTest({ state: 'failed', labs })]));
    expect(page).toContain(`src="data:image/svg+xml;base64,${Buffer.from(picture).toString('base64')}"`);
    expect(page).not.toContain('<script>alert');
    expect(['link c is down', 'lab.pcapng', '&lt;/script&gt;'].filter((part) => !page.includes(part))).toEqual([]);
  });

  test('shows hostile names, errors, logs and files as they are', () => {
    const hostile = makeTest({
      ...{ project: HOSTILE, file: HOSTILE, path: [HOSTILE], state: 'failed', notes: [HOSTILE] },
      errors: [{ message: HOSTILE, stack: HOSTILE, diff: HOSTILE }],
      logs: [{ title: HOSTILE, file: HOSTILE, tail: [HOSTILE], left: 3 }],
      attachments: [{ name: HOSTILE, path: `javascript:${HOSTILE}` }],
      operations: { total: 9, last: [HOSTILE] },
    });
    const page = renderTestPage(makeRun([hostile, { ...hostile, state: 'skipped' }], { title: HOSTILE }));
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('href="javascript:');
    expect(page).toContain('… 3 lines before, in the file');
  });

  test('of a run in which nothing failed says so, and carries no script', () => {
    const page = renderTestPage(makeRun([makeTest({})]));
    expect(page).toContain('<title>Passed: Tests</title>');
    expect(page).not.toContain('<script');
  });
});

describe('a run of tests', () => {
  test('that was interrupted, or failed outside of any test, has not passed', () => {
    expect(renderTestMarkdown(makeRun([makeTest({})], { reason: 'interrupted' }))).toMatch(/^## Interrupted: Tests\n/);
    const run = makeRun([makeTest({})], { errors: [{ message: 'a.test.ts cannot be loaded' }] });
    expect(renderTestMarkdown(run)).toMatch(/^## Failed: Tests\n\n1 of 1 test passed, 1 error outside of any test\./);
    expect(renderTestJunit(run)).toContain('<error message="a.test.ts cannot be loaded">');
  });

  test('has what was skipped by its reason in Markdown, which no name can leave', () => {
    const skip = { kind: 'rung', reason: 'netns is | not *here*', requirement: 'netns' };
    const skipped = [1, 2].map((index) => makeTest({ path: [`test ${index}`], state: 'skipped', skip }));
    const failed = makeTest({
      path: ['a | `b` [c](d) @all'],
      state: 'failed',
      errors: [{ message: '```\n# no heading' }],
    });
    const summary = renderTestMarkdown(makeRun([...skipped, failed], { reason: 'failed' }));
    expect(summary).toContain('- 2 skipped: netns is \\| not \\*here\\*');
    expect(summary).toContain('### a \\| \\`b\\` \\[c\\](d) @\u200Ball');
    expect(summary).toContain('````\n```\n# no heading\n````');
  });
});
