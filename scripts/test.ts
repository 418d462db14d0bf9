// `npm test`: everything that has to hold. Static checks and the build first, two at a time, then the tests of all
// projects, whose output is shown as it comes. Arguments go to Vitest: `npm test -- test/core`.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { describeSkips, groupSkips, isMissing } from '../src/reporter/group-skips.js';
import { writeSnippets } from '../test/docs/snippets.js';
import type { CheckResult } from './checks.js';
import { runChecks } from './checks.js';
import { root } from './entries.js';
import { MachineCheck } from './machine.js';
import { countTests, listFailures, listSkips } from './vitest-report.js';
import { runVitest, type VitestRun } from './vitest-run.js';

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

/**
 * Projects that a Vitest of their own runs beside the others. The tests with a container engine go one after the other, for
 * they look at all that it has, and mostly wait. Those that are whole in virtual machines are few, and take the longest:
 * as the last of all they would keep everybody waiting.
 */
const BESIDE = ['container', 'vm'];

/** All tests; what is beside the others is shown once these have ended. */
async function runTests(env: Readonly<Record<string, string>>): Promise<readonly VitestRun[]> {
  const args = process.argv.slice(2);
  if (args.length > 0) return [await runVitest({ args, env })];
  // Both write them where they are not there yet.
  writeSnippets();
  const beside = runVitest({ args: BESIDE.map((name) => `--project=${name}`), env, isKept: true });
  const others = await runVitest({ args: BESIDE.map((name) => `--project=!${name}`), env });
  const kept = await beside;
  process.stdout.write(kept.output);
  return [others, kept];
}

const start = performance.now();
// Hundreds of processes are started: what one of them has compiled, the others need not.
const compiled = join(root, 'node_modules/.cache/glovebox/compiled');
rmSync(compiled, { recursive: true, force: true });
process.env['NODE_COMPILE_CACHE'] ??= compiled;
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
const runs = await runTests(machine.env);
const left = await machine.findNew({ timeoutMs: LEFT_TIMEOUT_MS });
const report = { testResults: runs.flatMap((run) => run.report?.testResults ?? []) };
const broken = runs.find(({ status }) => status !== 0);

const failedChecks = checks.filter((check) => !check.passed).map((check) => check.name);
// Vitest also fails for what is no test's: an unhandled rejection, an unknown option.
const { passed: passes, failed, skipped } = countTests(report);
// Nothing here may be missing when GLOVEBOX_REQUIRE=all: a skip is then a failure, but for what no setting mends.
const allRequired = process.env['GLOVEBOX_REQUIRE'] === 'all';
const skips = groupSkips(listSkips(report));
const missing = allRequired ? skips.filter(isMissing) : [];
const passed =
  failedChecks.length === 0 && broken === undefined && missing.length === 0 && (!allRequired || left.length === 0);
for (const group of skips) console.log(styleText('yellow', `- ${describeSkips(group)}`));
for (const failure of listFailures(report)) console.log(styleText('red', `✗ ${failure}`));
if (failedChecks.length > 0) {
  console.log(styleText('red', `checks that failed, see above: ${failedChecks.join(', ')}`));
}
if (broken !== undefined && failed === 0) {
  console.log(styleText('red', `Vitest failed outside of a test, see above (exit code ${broken.status})`));
}
for (const group of missing) {
  console.log(styleText('red', `GLOVEBOX_REQUIRE=all does not allow this: ${describeSkips(group)}`));
}
for (const each of left)
  console.log(styleText(allRequired ? 'red' : 'yellow', `the tests have left this on the machine: ${each}`));
console.log(`all checks and tests took ${describeDuration(performance.now() - start)}`);
console.log(`${passes} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = passed ? 0 : 1;
