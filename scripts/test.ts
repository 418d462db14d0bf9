// `npm test`: everything that has to hold. Static checks and the build first, two at a time, then the tests of all
// projects, whose output is shown as it comes. Arguments go to Vitest: `npm test -- test/core`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { styleText } from 'node:util';
import { describeSkips, groupSkips, isMissing } from '../src/reporter/group-skips.js';
import type { CheckResult } from './checks.js';
import { runChecks } from './checks.js';
import { root } from './entries.js';
import { MachineCheck } from './machine.js';
import { countTests, listSkips, readReport } from './vitest-report.js';

const reportFile = join(root, 'node_modules/.cache/glovebox', `tests-${process.pid}.json`);
/** What is being taken down when the tests end: helpers that sweep what was killed take seconds on a busy machine. */
const LEFT_TIMEOUT_MS = 15_000;

function describeDuration(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}

function printCheck({ name, passed, durationMs, output }: CheckResult): void {
  const mark = passed ? styleText('green', '✓') : styleText('red', '✗');
  console.log(`${mark} ${name} (${describeDuration(durationMs)})`);
  if (!passed) {
    console.log(`\n${output}\n`);
  }
}

const start = performance.now();
const checks = await runChecks(
  [
    [{ name: 'typecheck', command: ['tsc', '-p', root, '--noEmit'] }],
    [
      { name: 'typecheck of pages', command: ['tsc', '-p', 'src/report/page', '--noEmit'] },
      { name: 'lint', command: ['biome', 'check', '--error-on-warnings', '--colors=off'] },
      { name: 'architecture', command: ['depcruise', '--config', '.dependency-cruiser.mjs', 'src'] },
      { name: 'build', command: ['npm', 'run', '--silent', 'build', '--', '--if-stale'] },
    ],
  ],
  printCheck,
);

const machine = new MachineCheck({ isAlone: process.env['GLOVEBOX_MACHINE'] === 'own' });
mkdirSync(dirname(reportFile), { recursive: true });
const vitest = spawnSync(
  'vitest',
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: { ...process.env, ...machine.env } },
);
const left = await machine.findNew({ timeoutMs: LEFT_TIMEOUT_MS });
const report = readReport(reportFile);
rmSync(reportFile, { force: true });

const failedChecks = checks.filter((check) => !check.passed).map((check) => check.name);
// Vitest also fails for what is no test's: an unhandled rejection, an unknown option.
const { passed: passes, failed, skipped } = countTests(report);
// Nothing here may be missing when GLOVEBOX_REQUIRE=all: a skip is then a failure, but for what no setting mends.
const allRequired = process.env['GLOVEBOX_REQUIRE'] === 'all';
const skips = groupSkips(listSkips(report));
const missing = allRequired ? skips.filter(isMissing) : [];
const passed =
  failedChecks.length === 0 && vitest.status === 0 && missing.length === 0 && (!allRequired || left.length === 0);
for (const group of skips) console.log(styleText('yellow', `- ${describeSkips(group)}`));
if (failedChecks.length > 0) {
  console.log(styleText('red', `checks that failed, see above: ${failedChecks.join(', ')}`));
}
if (vitest.status !== 0 && failed === 0) {
  console.log(styleText('red', `Vitest failed outside of a test, see above (exit code ${vitest.status})`));
}
for (const group of missing) {
  console.log(styleText('red', `GLOVEBOX_REQUIRE=all does not allow this: ${describeSkips(group)}`));
}
for (const each of left)
  console.log(styleText(allRequired ? 'red' : 'yellow', `the tests have left this on the machine: ${each}`));
console.log(`all checks and tests took ${describeDuration(performance.now() - start)}`);
console.log(`${passes} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = passed ? 0 : 1;
