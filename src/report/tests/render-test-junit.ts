import { formatSeconds, renderSuites } from '../junit/render-junit.js';
import type { XmlElement } from '../junit/xml.js';
import { nameTest } from './summarize-tests.js';
import type { TestError, TestRecord, TestRunReport } from './test-run-report.js';

/** A run of tests as JUnit XML: a suite for each file of each project, skips with their reasons, seeds as properties. */
export function renderTestJunit({ title, durationMs, startedAt, tests, errors }: TestRunReport): string {
  const files = new Map<string, TestRecord[]>();
  for (const test of tests) {
    const name = test.project === '' ? test.file : `${test.project}: ${test.file}`;
    files.set(name, [...(files.get(name) ?? []), test]);
  }
  const suites = [...files].map(([name, own]) => renderFile(name, startedAt, own));
  return renderSuites(title, durationMs, [...suites, ...(errors.length === 0 ? [] : [renderErrors(errors)])]);
}

function renderFile(name: string, timestamp: string, tests: readonly TestRecord[]): XmlElement {
  const count = (state: TestRecord['state']) => tests.filter((test) => test.state === state).length;
  return {
    name: 'testsuite',
    attributes: {
      name,
      tests: tests.length,
      failures: count('failed'),
      errors: 0,
      skipped: count('skipped') + count('expected-failure'),
      time: formatSeconds(tests.reduce((sum, { durationMs }) => sum + durationMs, 0)),
      timestamp,
    },
    children: tests.map(renderTest),
  };
}

function renderTest(test: TestRecord): XmlElement {
  const { state, errors, skip, durationMs } = test;
  const outcome: readonly XmlElement[] =
    state === 'failed'
      ? renderFailures(errors)
      : state === 'skipped'
        ? [{ name: 'skipped', attributes: { message: skip?.reason ?? 'for a reason that the test does not tell' } }]
        : state === 'expected-failure'
          ? [{ name: 'skipped', attributes: { message: 'failed as expected (test.fails)' } }]
          : [];
  return {
    name: 'testcase',
    attributes: { classname: test.file, name: nameTest(test), time: formatSeconds(durationMs) },
    children: [...renderProperties(test), ...outcome],
  };
}

function renderFailures(errors: readonly TestError[]): readonly XmlElement[] {
  const list = errors.length === 0 ? [{ message: 'failed' }] : errors;
  return list.map(({ message, stack, diff }: TestError) => ({
    name: 'failure',
    attributes: { message },
    text: [stack ?? message, ...(diff === undefined ? [] : [diff])].join('\n\n'),
  }));
}

function renderProperties({ rung, seed, retries, labs, logs }: TestRecord): readonly XmlElement[] {
  const files = [...labs.flatMap((lab) => lab.files), ...logs.map(({ file }) => file)];
  const pairs: readonly (readonly [string, string | number])[] = [
    ...(rung === undefined ? [] : [['rung', rung] as const]),
    ...(seed === undefined ? [] : [['seed', seed] as const]),
    ...(retries === 0 ? [] : [['retries', retries] as const]),
    ...files.map((file) => ['attachment', file] as const),
  ];
  if (pairs.length === 0) return [];
  const children = pairs.map(([name, value]) => ({ name: 'property', attributes: { name, value } }));
  return [{ name: 'properties', children }];
}

function renderErrors(errors: readonly TestError[]): XmlElement {
  return {
    name: 'testsuite',
    attributes: { name: 'outside of any test', tests: errors.length, failures: 0, errors: errors.length, skipped: 0 },
    children: errors.map(({ message, stack }, index) => ({
      name: 'testcase',
      attributes: { classname: 'outside of any test', name: `error ${index + 1}`, time: '0.000' },
      children: [{ name: 'error', attributes: { message }, text: stack ?? message }],
    })),
  };
}
