import { expect, test } from 'vitest';
import { renderJunit } from '../../src/report/junit/render-junit.js';
import { renderMarkdown } from '../../src/report/markdown/render-markdown.js';
import { renderPage } from '../../src/report/page/render-page.js';
import type { ScenarioReport, ScenarioResult } from '../../src/scenarios/scenario-result.js';
import { makeReport } from './sample-report.js';

const DIED = 'worker-1 exited with code 3, though nothing in the scenario ended it';
const PROBLEMS: ScenarioResult['problems'] = [
  { atMs: 100, subject: 'worker-1', message: DIED },
  { atMs: 200, subject: 'worker-1', message: 'kill of worker-12 came too late' },
  { atMs: 300, subject: 'worker-1', message: 'no answer' },
];

function report(): ScenarioReport {
  const sample = makeReport();
  const [first] = sample.scenarios;
  if (first === undefined) throw new Error('the sample has no scenario');
  const verdict = {
    name: 'nothing goes wrong',
    status: 'failed',
    expected: 'no problem',
    actual: '3 problems',
  } as const;
  const details = PROBLEMS.map(({ message }) => message);
  return {
    ...sample,
    scenarios: [{ ...first, verdict: 'failed', verdicts: [{ ...verdict, details }], problems: PROBLEMS }],
  };
}

/** Without what makes it bold, or keeps it from doing so. */
const plain = (text: string): string => text.replaceAll(/<[^>]*>|\\/g, '').replaceAll('\u202F', ' ');

test.each([
  ['the summary', renderMarkdown, ': '],
  ['the page', renderPage, ' '],
  ['the JUnit file', renderJunit, ' '],
])('%s tells whose a problem is where its message does not', (_, render, then) => {
  const text = plain(render(report()));
  expect(text).toContain(`0.100 s${then}${DIED}`);
  expect(text).toContain(`0.200 s${then}worker-1: kill of worker-12 came too late`);
  expect(text).toContain(`0.300 s${then}worker-1: no answer`);
});

test('the summary tells each problem once, with its time, though a verdict is made of them', () => {
  expect(renderMarkdown(report()).split('no answer')).toHaveLength(2);
});
