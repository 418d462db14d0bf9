import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { makeReport } from '../report/sample-report.js';
import { runCli } from './run-cli.js';

// Every test starts processes, and the machine may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const hint = 'glovebox --help lists the commands, glovebox <command> --help its options\n';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-report-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'results.json'), JSON.stringify(makeReport({ slowness: 2 })));
});

describe('glovebox report', () => {
  test('makes the files beside the results and says how they ended, compared with an earlier run', () => {
    writeFileSync(join(folder, 'earlier.json'), JSON.stringify(makeReport()));
    const step = join(folder, 'step.md');
    const { exitCode, stdout, stderr } = runCli(
      ['report', join(folder, 'results.json'), '--compare', join(folder, 'earlier.json')],
      { env: { GITHUB_STEP_SUMMARY: step } },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      '1 of 6 verdicts failed, 1 failed as expected, 1 problem, in 1 of 2 scenarios.',
      join(folder, 'report.html'),
      join(folder, 'summary.md'),
      join(folder, 'junit.xml'),
      '',
    ]);
    const summary = readFileSync(join(folder, 'summary.md'), 'utf8');
    expect(summary).toMatch(/latency, p99 \| 24\.3.ms \| 48\.6.ms \| \+100.% \| worse \(95 % sure\)/);
    expect(readFileSync(step, 'utf8')).toBe(`${summary}\n`);
  });

  test('makes what is asked for where it is asked for, and fails with the results when it is to be strict', () => {
    const out = join(folder, 'out');
    const args = ['report', join(folder, 'results.json'), '--out', out, '--format', 'markdown', '--strict'];
    expect(runCli(args).exitCode).toBe(1);
    expect(readdirSync(out)).toEqual(['summary.md']);
  });

  test('says in words what is wrong with its arguments', () => {
    expect(runCli(['report']).stderr).toBe(`glovebox report: <results> is missing: glovebox report <results>\n${hint}`);
    expect(runCli(['report', 'a', 'b', '--fromat', 'html']).stderr).toBe(
      `glovebox report: 2 mistakes:\n  - "--fromat" is no option. Did you mean "--format" or "--out"?\n  - "b" is one argument too many\n${hint}`,
    );
    expect(runCli(['report', 'a', '--format', 'htm', '--out', 'x', '--out', 'y'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `glovebox report: 2 mistakes:\n  - --out takes one path; received "x" and "y"\n  - --format has "htm", which is no format; there are json, junit, markdown, html. Did you mean "html"?\n${hint}`,
    });
  });

  test('says in words what is wrong with the files', () => {
    const missing = join(folder, 'none.json');
    expect(runCli(['report', missing])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `the results in ${missing} cannot be read: ENOENT: no such file or directory, open '${missing}'\n`,
    });
    writeFileSync(join(folder, 'package.json'), '{"name": "x"}');
    const { exitCode, stderr } = runCli(['report', join(folder, 'package.json')]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /package\.json" is no file of results of glovebox, such as the results\.json beside a report:\n- version: /,
    );
  });
});
