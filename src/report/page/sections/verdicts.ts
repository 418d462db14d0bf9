import type { ProblemRecord, VerdictRecord, VerdictStatus } from '../../../scenarios/scenario-result.js';
import { html, type Markup } from '../../markup/html.js';
import { describeStatus } from '../../summarize.js';
import { formatOffset } from '../../text/format.js';
import { readSubject } from '../../text/problem-subject.js';
import { cutList } from '../table.js';

const MOST_DETAILS = 50;
const MOST_PROBLEMS = 100;

/** A status as a word on its colour. */
export function renderStatus(status: VerdictStatus): Markup {
  return html`<span class="status ${status}">${describeStatus(status)}</span>`;
}

/** What was asked of a run, and the answers: failures first. */
export function renderVerdicts(verdicts: readonly VerdictRecord[]): Markup {
  if (verdicts.length === 0) return html`<p class="soft">No verdict was reached.</p>`;
  const isPassed = ({ status }: VerdictRecord) => status === 'passed';
  const sorted = [...verdicts.filter((each) => !isPassed(each)), ...verdicts.filter(isPassed)];
  return html`<ul class="verdicts">${sorted.map(renderVerdict)}</ul>`;
}

function renderVerdict({ name, status, expected, actual, details = [], reason, link }: VerdictRecord): Markup {
  const { shown, note } = cutList(details, MOST_DETAILS);
  const source = link === undefined ? undefined : html` ${renderLink(link)}`;
  return html`<li><div>${renderStatus(status)}</div><div><div class="name">${name}</div>
<div class="answer"><b>${actual}</b> · expected ${expected}</div>
${reason === undefined && source === undefined ? undefined : html`<div class="small">A failure is expected: ${reason}${source}</div>`}
${shown.length === 0 ? undefined : html`<ul>${shown.map((detail) => html`<li>${detail}</li>`)}</ul>`}${note}</div></li>\n`;
}

/** A link to the web; anything else, such as a script, stays text. */
export function renderLink(link: string): Markup {
  if (!/^https?:\/\//i.test(link)) return html`${link}`;
  return html`<a href="${link}" rel="noreferrer">${link}</a>`;
}

/** What went wrong beside the verdicts. */
export function renderProblems(problems: readonly ProblemRecord[]): Markup | undefined {
  if (problems.length === 0) return undefined;
  const { shown, note } = cutList(problems, MOST_PROBLEMS);
  return html`<h3>Problems</h3><ul class="problems">${shown.map(renderProblem)}</ul>${note}`;
}

function renderProblem(problem: ProblemRecord): Markup {
  const subject = readSubject(problem);
  return html`<li><span class="number soft">${formatOffset(problem.atMs)}</span> ${subject === undefined ? undefined : html`<b>${subject}</b>: `}${problem.message}</li>`;
}
