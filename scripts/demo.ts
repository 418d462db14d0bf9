// `npm run demo`: the suites of the examples, at every rung that they have, as a summary that can be read: one line per
// describe block, the failures in full, and why tests were skipped. Arguments name examples: `npm run demo -- bpf-manager`.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { styleText } from 'node:util';
import { describeSkips, groupSkips } from '../src/reporter/group-skips.js';
import { root } from './entries.js';
import type { ReportedFile, ReportedTest } from './vitest-report.js';
import { countTests, listSkips, readReport, rungOf } from './vitest-report.js';

/** Tests that share their outermost describe block, or their file when they are in none. */
interface Section {
  readonly title: string;
  readonly tests: ReportedTest[];
}

// styleText leaves colours away when stdout is no terminal, and when NO_COLOR asks for it.
const paint = (format: Parameters<typeof styleText>[0], text: string) =>
  styleText(format, text, { stream: process.stdout });

function describeDuration(durationMs: number): string {
  return durationMs < 1000 ? `${durationMs.toFixed(0)} ms` : `${(durationMs / 1000).toFixed(1)} s`;
}

/** The example that a file of tests belongs to: `bpf-manager` for examples/bpf-manager/test/load.test.ts. */
function exampleOf(file: ReportedFile): string {
  return relative(root, file.name).split(/[\\/]/)[1] ?? '';
}

function groupSections(files: readonly ReportedFile[], rung: string): readonly Section[] {
  const sections = new Map<string, Section>();
  for (const file of files) {
    for (const test of file.assertionResults.filter((each) => rungOf(each) === rung)) {
      const title = test.ancestorTitles[0] ?? basename(file.name).replace(/\.test\.ts$/, '');
      const section = sections.get(title) ?? { title, tests: [] };
      section.tests.push(test);
      sections.set(title, section);
    }
  }
  return [...sections.values()];
}

function printSection({ title, tests }: Section, width: number): void {
  const of = (status: ReportedTest['status']) => tests.filter((test) => test.status === status).length;
  const [passed, failed] = [of('passed'), of('failed')];
  const skipped = tests.length - passed - failed;
  const mark = failed > 0 ? paint('red', '✗') : passed === 0 ? paint('yellow', '-') : paint('green', '✓');
  const counts = [
    `${passed} passed`,
    ...(failed > 0 ? [paint('red', `${failed} failed`)] : []),
    ...(skipped > 0 ? [paint('yellow', `${skipped} skipped`)] : []),
  ];
  const durationMs = tests.reduce((sum, test) => sum + (test.duration ?? 0), 0);
  console.log(`  ${mark} ${title.padEnd(width)}  ${counts.join(', ')}  ${paint('dim', describeDuration(durationMs))}`);
  for (const test of tests.filter(({ status }) => status === 'failed')) {
    console.log(`      ${paint('red', [...test.ancestorTitles, test.title].join(' › '))}`);
    console.log((test.failureMessages ?? []).join('\n').replace(/^/gm, '        '));
  }
}

function printExample(name: string, files: readonly ReportedFile[]): void {
  const rungs = new Set(files.flatMap(({ assertionResults }) => assertionResults.map(rungOf)));
  for (const rung of [...rungs].sort()) {
    console.log(`\n${paint('bold', name)} at the ${rung} rung`);
    const sections = groupSections(files, rung);
    const width = Math.max(0, ...sections.map(({ title }) => title.length));
    for (const section of sections) {
      printSection(section, width);
    }
  }
  for (const file of files.filter(
    ({ assertionResults, status }) => status === 'failed' && assertionResults.length === 0,
  )) {
    console.log(`  ${paint('red', '✗')} ${relative(root, file.name)} could not be run`);
    console.log((file.message ?? '').replace(/^/gm, '        '));
  }
}

function main(wanted: readonly string[]): number {
  const examples = globSync('examples/*/package.json', { cwd: root }).map((path) => basename(dirname(path)));
  const unknown = wanted.filter((name) => !examples.includes(name));
  if (unknown.length > 0) {
    console.error(`no such example: ${unknown.join(', ')}. There are: ${examples.join(', ') || 'none yet'}`);
    return 2;
  }
  if (examples.length === 0) {
    console.log('no examples yet');
    return 0;
  }
  const reportFile = join(root, 'node_modules/.cache/glovebox', `demo-${process.pid}.json`);
  mkdirSync(dirname(reportFile), { recursive: true });
  const start = performance.now();
  const filters = wanted.map((name) => `examples/${name}/`);
  const vitest = spawnSync(
    'vitest',
    [
      'run',
      ...['examples', 'load', 'netns'].flatMap((name) => ['--project', name]),
      '--passWithNoTests',
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
      ...filters,
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
  );
  const report = readReport(reportFile);
  rmSync(reportFile, { force: true });
  if (report === undefined) {
    console.error(`Vitest could not run the examples (exit code ${vitest.status}):\n${vitest.stderr}`);
    return 1;
  }
  for (const name of examples.sort()) {
    const files = report.testResults.filter((file) => exampleOf(file) === name);
    if (files.length > 0) {
      printExample(name, files);
    }
  }
  const { passed, failed, skipped } = countTests(report);
  const skips = groupSkips(listSkips(report));
  if (skips.length > 0) console.log('');
  for (const group of skips) console.log(paint('yellow', `- ${describeSkips(group)}`));
  if (passed + failed + skipped === 0 && vitest.status === 0) {
    console.log('the examples have no tests yet');
    return 0;
  }
  if (vitest.status !== 0 && failed === 0) {
    console.error(`\nVitest failed outside of a test (exit code ${vitest.status}):\n${vitest.stderr}`);
  }
  console.log(
    `\n${passed} passed, ${failed} failed, ${skipped} skipped in ${describeDuration(performance.now() - start)}`,
  );
  return vitest.status === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
