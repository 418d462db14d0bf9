import { html, type Markup } from '../markup/html.js';
import { renderDistributions } from '../page/sections/histogram.js';
import { renderMeasures } from '../page/sections/measures.js';
import { renderLink } from '../page/sections/verdicts.js';
import { renderDetails, renderTable } from '../page/table.js';
import { countOf, formatDuration, formatNumber } from '../text/format.js';
import { nameTest } from './summarize-tests.js';
import type { TestError, TestLab, TestLog, TestRecord, TestState } from './test-run-report.js';

const BADGES: Readonly<Record<TestState, readonly [kind: string, word: string]>> = {
  passed: ['passed', 'Passed'],
  failed: ['failed', 'Failed'],
  skipped: ['', 'Skipped'],
  'expected-failure': ['expected-failure', 'Failed as expected'],
};

/** How a test ended, as a word on its colour. */
export function renderTestBadge({ state }: Pick<TestRecord, 'state'>): Markup {
  const [kind, word] = BADGES[state];
  return html`<span class="status ${kind}">${word}</span>`;
}

/** All that is known of a test; of one that passed, what there is. */
export function renderTest(test: TestRecord): Markup {
  const { state, file, project, durationMs, rung, seed, retries, notes } = test;
  const facts = [
    file,
    ...(project === '' ? [] : [`project ${project}`]),
    ...(rung === undefined ? [] : [`rung ${rung}`]),
    ...(seed === undefined ? [] : [`seed ${seed}`]),
    formatDuration(Math.round(durationMs)),
    ...(retries === 0 ? [] : [`tried again ${countOf(retries, 'time')}`]),
  ];
  const title =
    state === 'failed'
      ? html`<div class="title"><h2>${nameTest(test)}</h2>${renderTestBadge(test)}</div>`
      : html`<div class="name">${nameTest(test)}</div>`;
  return html`${title}
<ul class="facts">${facts.map((fact) => html`<li>${fact}</li>`)}</ul>
${renderErrors(test.errors)}
${notes.length === 0 ? undefined : html`<ul class="small">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
${renderFaults(test)}${test.labs.map(renderLab)}${test.logs.map(renderLog)}${renderOperations(test)}
${test.measures.length === 0 ? undefined : html`${renderDistributions(test.measures)}${renderMeasures(test.measures, durationMs)}`}
${renderAttachments(test)}`;
}

/** What was thrown, with what was expected. */
export function renderErrors(errors: readonly TestError[]): Markup {
  return html`${errors.map(
    ({ message, diff, stack }) =>
      html`<pre>${message}${diff === undefined ? undefined : `\n\n${diff}`}</pre>${
        stack === undefined ? undefined : renderDetails('Stack', html`<pre>${stack}</pre>`)
      }`,
  )}`;
}

function renderFaults({ faults }: TestRecord): Markup | undefined {
  if (faults.length === 0) return undefined;
  const rows = faults.map(({ rule, fired }) => [
    rule,
    fired === 0 ? { value: 'never', judged: 'warn' as const } : formatNumber(fired),
  ]);
  return renderTable('Faults', [{ name: 'fault' }, { name: 'fired', isNumber: true }], rows);
}

function renderOperations({ operations }: TestRecord): Markup | undefined {
  if (operations === undefined) return undefined;
  const { total, last } = operations;
  const left = total - last.length;
  const note = left > 0 ? `${formatNumber(left)} before, then:\n` : '';
  return renderDetails(countOf(total, 'operation'), html`<pre>${note}${last.join('\n')}</pre>`);
}

function renderLab({ findings, picture, report, files }: TestLab): Markup {
  return html`<h3>Lab</h3>${findings.length === 0 ? html`<p>Everything was as planned.</p>` : html`<ul>${findings.map((finding) => html`<li>${finding}</li>`)}</ul>`}
${picture === undefined ? undefined : html`<img class="picture" alt="Picture of the lab when the test failed" src="data:image/svg+xml;base64,${Buffer.from(picture).toString('base64')}">`}
${report === undefined ? undefined : renderDetails('Report of the lab: ledger, interfaces, routes', html`<pre>${report}</pre>`)}
${renderFiles(files)}`;
}

function renderLog({ title, tail, left, file }: TestLog): Markup {
  const note = left > 0 ? `… ${countOf(left, 'line')} before, in the file\n` : '';
  // There are logs of tests that failed only.
  return html`${renderDetails(title, html`<pre>${note}${tail.join('\n')}</pre>`, true)}${renderFiles([file])}`;
}

function renderAttachments({ attachments }: TestRecord): Markup | undefined {
  if (attachments.length === 0) return undefined;
  return html`<ul class="small">${attachments.map(
    ({ name, path }) =>
      html`<li>${name}${path === undefined ? undefined : html` <span class="mono soft">${renderLink(path)}</span>`}</li>`,
  )}</ul>`;
}

function renderFiles(files: readonly string[]): Markup | undefined {
  if (files.length === 0) return undefined;
  return html`<ul class="small">${files.map((file) => html`<li class="mono">${file}</li>`)}</ul>`;
}
