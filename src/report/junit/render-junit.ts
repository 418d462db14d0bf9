import type { ProblemRecord, ScenarioReport, ScenarioResult, VerdictRecord } from '../../scenarios/scenario-result.js';
import { formatOffset } from '../text/format.js';
import { readSubject } from '../text/problem-subject.js';
import { renderXml, type XmlElement } from './xml.js';

/**
 * A report as JUnit XML: a suite for each scenario, a case for each verdict. A failure that is expected is a case that was
 * skipped, with its reason; one that passed against expectation has failed.
 */
export function renderJunit(report: ScenarioReport): string {
  const suites = report.scenarios.map(renderScenario);
  return renderSuites(
    report.title,
    report.scenarios.reduce((sum, { durationMs }) => sum + durationMs, 0),
    suites,
  );
}

/** The root of a document of suites, with their sums. */
export function renderSuites(title: string, durationMs: number, suites: readonly XmlElement[]): string {
  const sum = (key: string) => suites.reduce((total, suite) => total + Number(suite.attributes?.[key] ?? 0), 0);
  return renderXml({
    name: 'testsuites',
    attributes: {
      name: title,
      tests: sum('tests'),
      failures: sum('failures'),
      errors: sum('errors'),
      skipped: sum('skipped'),
      time: formatSeconds(durationMs),
    },
    children: suites,
  });
}

/** Milliseconds as the decimal seconds of JUnit. */
export function formatSeconds(ms: number): string {
  return ((Number.isFinite(ms) ? ms : 0) / 1000).toFixed(3);
}

function renderScenario(scenario: ScenarioResult): XmlElement {
  const { name, verdicts, startedAt, durationMs, problems } = scenario;
  const failures = verdicts.filter(({ status }) => status === 'failed' || status === 'unexpectedly-passed').length;
  // A scenario may fail with no verdict that did: its setting up failed, and none was reached.
  const stray = scenario.verdict === 'failed' && failures === 0 ? [renderStray(name, problems)] : [];
  return {
    name: 'testsuite',
    attributes: {
      name,
      tests: verdicts.length + stray.length,
      failures,
      errors: stray.length,
      skipped: verdicts.filter(({ status }) => status === 'expected-failure').length,
      time: formatSeconds(durationMs),
      timestamp: startedAt,
    },
    children: [
      { name: 'properties', children: listProperties(scenario) },
      ...verdicts.map((verdict) => renderVerdict(name, verdict)),
      ...stray,
      ...(problems.length === 0 ? [] : [{ name: 'system-err', text: problems.map(describeProblem).join('\n') }]),
    ],
  };
}

function listProperties({ seed, quick, parameters }: ScenarioResult): readonly XmlElement[] {
  const values = { seed, quick, ...parameters };
  return Object.entries(values).map(([name, value]) => ({
    name: 'property',
    attributes: { name, value: typeof value === 'string' ? value : JSON.stringify(value) },
  }));
}

function renderVerdict(classname: string, verdict: VerdictRecord): XmlElement {
  const { name, status, actual, expected, reason, link, details = [] } = verdict;
  const because = [reason, link === undefined ? undefined : `(${link})`].filter((each) => each !== undefined).join(' ');
  const said = [`expected: ${expected}`, `actual: ${actual}`, ...details].join('\n');
  const outcomes: Readonly<Record<typeof status, readonly XmlElement[]>> = {
    passed: [],
    'expected-failure': [
      { name: 'skipped', attributes: { message: `failed as expected: ${because || 'no reason is told'}` } },
      { name: 'system-out', text: said },
    ],
    'unexpectedly-passed': [
      {
        name: 'failure',
        attributes: {
          type: status,
          message: `passed, though a failure is expected: ${because || 'no reason is told'}`,
        },
        text: said,
      },
    ],
    failed: [
      { name: 'failure', attributes: { type: status, message: `expected ${expected}, actual ${actual}` }, text: said },
    ],
  };
  return { name: 'testcase', attributes: { classname, name, time: '0.000' }, children: outcomes[status] };
}

function renderStray(classname: string, problems: readonly ProblemRecord[]): XmlElement {
  const message = problems[0]?.message ?? 'the scenario failed, and no verdict tells why';
  return {
    name: 'testcase',
    attributes: { classname, name: 'the scenario runs', time: '0.000' },
    children: [{ name: 'error', attributes: { message }, text: problems.map(describeProblem).join('\n') }],
  };
}

function describeProblem(problem: ProblemRecord): string {
  const subject = readSubject(problem);
  return `${formatOffset(problem.atMs)} ${subject === undefined ? '' : `${subject}: `}${problem.message}`;
}
