import { resolve } from 'node:path';
import process from 'node:process';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule, TestRunEndReason, Vitest } from 'vitest/node';
import { readMachineFacts } from '../core/machine-facts.js';
import { messageOf } from '../core/message-of.js';
import type { TestRunReport } from '../report/tests/test-run-report.js';
import { collectErrors, collectTests, measureSpan } from './collect-tests.js';
import { describeSkips, groupSkips, isMissing, type SkippedTest } from './group-skips.js';
import { checkReporterOptions, type GloveboxReporterOptions } from './reporter-options.js';
import type { TestMeta } from './test-meta.js';

/**
 * A Vitest reporter that says at the end of a run what was skipped for want of something: each reason once, with how many
 * tests it kept from running and what would mend it. With `GLOVEBOX_REQUIRE=all` a run fails in which tests were skipped
 * for what a setting could mend, or for no reason told; and with any `GLOVEBOX_REQUIRE` one in which no test of a project
 * ran, or of a run in shards none of any of them, once they are merged.
 *
 * With `outputFolder` it also writes a report: per test its rung, seed, faults, operations, labs, logs, scenarios and
 * measures, as JSON, JUnit XML, Markdown and one page of HTML.
 *
 * It stands beside another reporter: `reporters: ['default', ['glovebox/reporter', { outputFolder: 'reports' }]]`.
 */
export class GloveboxReporter implements Reporter {
  readonly #options: GloveboxReporterOptions;
  #root = process.cwd();
  /** Of what a part has not run, another may have run some: that is judged once they are merged. */
  #isPart = false;
  #startedMs = Date.now();

  /** @throws UsageError for options that are wrong */
  constructor(options: GloveboxReporterOptions = {}) {
    checkReporterOptions(options);
    this.#options = options;
  }

  onInit(vitest: Vitest): void {
    this.#root = vitest.config.root;
    this.#isPart = vitest.config.shard !== undefined;
  }

  onTestRunStart(): void {
    this.#startedMs = Date.now();
  }

  async onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[] = [],
    reason: TestRunEndReason = 'passed',
  ): Promise<void> {
    this.#tellSkips(modules);
    const { outputFolder } = this.#options;
    if (outputFolder !== undefined)
      await this.#write(resolve(this.#root, outputFolder), modules, unhandledErrors, reason);
  }

  #tellSkips(modules: readonly TestModule[]): void {
    const required = process.env['GLOVEBOX_REQUIRE'] ?? '';
    const skipped = modules.flatMap(listSkipped);
    const groups = groupSkips(skipped);
    for (const group of groups) print(`- ${describeSkips(group)}`);
    if (required === '') return;
    const problems = [
      ...groups.filter((group) => required.split(',').includes('all') && isMissing(group)).map(describeSkips),
      ...(this.#isPart ? [] : listEmptyProjects(modules)).map(
        (name) => `no test of the project "${name}" ran: all were skipped`,
      ),
    ];
    for (const problem of problems) print(`GLOVEBOX_REQUIRE=${required} does not allow this: ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  }

  async #write(
    folder: string,
    modules: readonly TestModule[],
    unhandled: readonly SerializedError[],
    reason: TestRunEndReason,
  ): Promise<void> {
    const { title = 'Tests', formats } = this.#options;
    const span = measureSpan(modules, this.#startedMs, Date.now());
    const report: TestRunReport = {
      version: 1,
      kind: 'tests',
      title,
      startedAt: new Date(span.startedMs).toISOString(),
      durationMs: span.durationMs,
      reason,
      machine: readMachineFacts(),
      tests: collectTests(modules),
      errors: collectErrors(modules, unhandled),
    };
    // Who writes no report does not load what writes it.
    const { writeTestReport } = await import('../report/tests/write-test-report.js');
    const stepSummary = process.env['GITHUB_STEP_SUMMARY'];
    const wantsSummary = stepSummary !== undefined && stepSummary !== '' && formats?.includes('markdown') !== false;
    try {
      const files = await writeTestReport(report, {
        folder,
        ...(formats === undefined ? {} : { formats }),
        ...(wantsSummary ? { stepSummary } : {}),
      });
      print(`the report is in ${(files.find(({ format }) => format === 'html') ?? files[0])?.path}`);
    } catch (error) {
      print(messageOf(error));
      process.exitCode = 1;
    }
  }
}

function listSkipped(module: TestModule): readonly SkippedTest[] {
  return [...module.children.allTests('skipped')].map((test) => {
    const meta: TestMeta = test.meta();
    const { kind = 'unknown', reason = 'for a reason that the test does not tell' } = meta.gloveboxSkip ?? {};
    const { requirement } = meta.gloveboxSkip ?? {};
    return { title: test.fullName, kind, reason, ...(requirement === undefined ? {} : { requirement }) };
  });
}

/** Projects that have tests, none of which ran. */
function listEmptyProjects(modules: readonly TestModule[]): readonly string[] {
  const ran = new Map<string, boolean>();
  for (const { project, children } of modules) {
    for (const test of children.allTests()) {
      const { name } = project;
      ran.set(name, ran.get(name) === true || test.result().state !== 'skipped');
    }
  }
  return [...ran].filter(([, hasRun]) => !hasRun).map(([name]) => name);
}

function print(line: string): void {
  process.stderr.write(`glovebox: ${line}\n`);
}
