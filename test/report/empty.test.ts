import { expect, test } from 'vitest';
import { compareReports } from '../../src/report/compare/compare-reports.js';
import { renderJunit } from '../../src/report/junit/render-junit.js';
import { renderMarkdown } from '../../src/report/markdown/render-markdown.js';
import { renderPage } from '../../src/report/page/render-page.js';
import type { ScenarioReport, ScenarioResult } from '../../src/scenarios/scenario-result.js';

/** A scenario that failed before it began: of nothing there is any. */
const NOTHING: ScenarioResult = {
  version: 1,
  name: 'nothing',
  verdict: 'failed',
  seed: 1,
  quick: true,
  startedAt: '2026-11-21T12:00:00Z',
  durationMs: 0,
  parameters: {},
  actors: [],
  load: [{ name: 'l', shape: 'none', planned: 0, started: 0, succeeded: 0, failed: 0, unfinished: 0, failures: [] }],
  measures: [
    { kind: 'counter', name: 'c', unit: '', total: 0, series: { atMs: [0], values: [0] } },
    {
      kind: 'gauge',
      name: 'g',
      unit: 'bytes',
      min: 0,
      max: 0,
      mean: 0,
      last: 0,
      series: { atMs: [0, 0], values: [0, 0] },
    },
    {
      kind: 'histogram',
      name: 'h',
      unit: 'ms',
      count: 0,
      min: Number.NaN,
      max: Number.NaN,
      mean: Number.NaN,
      standardDeviation: Number.NaN,
      percentiles: [],
      buckets: [],
      slices: [],
    },
  ],
  disruptions: [{ kind: 'kill', target: 'nobody', fromMs: 0, error: 'there is nobody' }],
  events: [],
  verdicts: [],
  analysis: [{ title: 'empty', table: { columns: ['a'], rows: [] } }],
  problems: [{ atMs: 0, message: 'no room' }],
};

test.each([
  ['no scenario', []],
  ['a scenario that came to nothing', [NOTHING]],
])('a report of %s is a failure, told in words and without figures that are none', (_what, scenarios) => {
  const report: ScenarioReport = { version: 1, title: 'r', startedAt: 'never', machine: {}, scenarios };
  const comparison = compareReports(report, report);
  const files = [renderPage(report, comparison), renderMarkdown(report, comparison), renderJunit(report)];
  for (const file of files) {
    // But the scripts of the page, which have such words of their own.
    const text = file.replace(/<script>[\s\S]*?<\/script>/g, '');
    expect(text.match(/.{0,40}\b(?:NaN|Infinity|undefined|null|\[object)\b.{0,40}/)?.[0]).toBeUndefined();
  }
  expect(files[0]).toContain('<title>Failed: r</title>');
});
