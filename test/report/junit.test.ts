import { describe, expect, test } from 'vitest';
import { renderJunit } from '../../src/report/junit/render-junit.js';
import type { ScenarioResult, VerdictRecord } from '../../src/scenarios/scenario-result.js';
import { makeChurn, makeReport } from './sample-report.js';

function render(changes: Partial<ScenarioResult>): string {
  return renderJunit({ ...makeReport(), scenarios: [{ ...makeChurn(), ...changes }] });
}

function withVerdict(verdict: Partial<VerdictRecord>): string {
  return render({ verdicts: [{ name: 'v', status: 'passed', actual: '1', expected: '2', ...verdict }] });
}

describe('JUnit XML of a report', () => {
  test('counts cases, failures and skips in all and in each suite', () => {
    const xml = renderJunit(makeReport());
    expect(xml).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites name="Worker fleet" tests="6" failures="1" errors="0" skipped="1" time="80.000">/,
    );
    expect(xml).toContain(
      '<testsuite name="message flood" tests="2" failures="1" errors="0" skipped="0" time="20.000"',
    );
    expect(xml).toContain('<property name="seed" value="42"/>');
  });

  test('has an expected failure as a skip with its reason', () => {
    expect(withVerdict({ status: 'expected-failure', reason: 'slow "disk"', link: 'https://example.org/1' })).toContain(
      '<skipped message="failed as expected: slow &quot;disk&quot; (https://example.org/1)"/>',
    );
  });

  test('has a failure with what was expected, and what passed against expectation as one too', () => {
    expect(withVerdict({ status: 'failed', details: ['id 7'] })).toContain(
      '<failure type="failed" message="expected 2, actual 1">expected: 2\nactual: 1\nid 7</failure>',
    );
    expect(withVerdict({ status: 'unexpectedly-passed', reason: 'slow' })).toContain(
      '<failure type="unexpectedly-passed" message="passed, though a failure is expected: slow">',
    );
  });

  test('tells of a scenario that failed before any verdict', () => {
    const xml = render({ verdict: 'failed', verdicts: [], problems: [{ atMs: 10, subject: 'a', message: 'no room' }] });
    expect(xml).toContain('tests="1" failures="0" errors="1"');
    expect(xml).toContain('<error message="no room">');
  });

  test('holds no character that XML forbids, whatever the names are', () => {
    const xml = withVerdict({ name: 'a\u0000\u001B[31m<b>\uD800]]>&\uFFFF', status: 'failed', actual: '\u0007' });
    expect(xml).toContain('name="a\uFFFD&lt;b&gt;\uFFFD]]&gt;&amp;\uFFFD"');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(xml).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/);
    expect(xml).not.toMatch(/\p{Surrogate}/u);
  });
});
