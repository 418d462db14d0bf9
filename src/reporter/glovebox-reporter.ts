import process from 'node:process';
import type { Reporter, TestModule } from 'vitest/node';
import { describeSkips, groupSkips, isMissing, type SkippedTest } from './group-skips.js';

/** What the fixtures tell of a test that they skip: `task.meta.gloveboxSkip`. */
interface SkipMeta {
  readonly kind: string;
  readonly reason: string;
  readonly requirement?: string;
}

/**
 * A Vitest reporter that says at the end of a run what was skipped for want of something: each reason once, with how many
 * tests it kept from running and what would mend it. With `GLOVEBOX_REQUIRE=all` a run fails in which tests were skipped
 * for what a setting could mend, or for no reason told; and with any `GLOVEBOX_REQUIRE` one in which no test of a project
 * ran.
 *
 * It stands beside another reporter: `reporters: ['default', 'glovebox/reporter']`.
 */
export class GloveboxReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const required = process.env['GLOVEBOX_REQUIRE'] ?? '';
    const skipped = modules.flatMap(listSkipped);
    const groups = groupSkips(skipped);
    for (const group of groups) print(`- ${describeSkips(group)}`);
    if (required === '') return;
    const problems = [
      ...groups.filter((group) => required.split(',').includes('all') && isMissing(group)).map(describeSkips),
      ...listEmptyProjects(modules).map((name) => `no test of the project "${name}" ran: all were skipped`),
    ];
    for (const problem of problems) print(`GLOVEBOX_REQUIRE=${required} does not allow this: ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  }
}

function listSkipped(module: TestModule): readonly SkippedTest[] {
  return [...module.children.allTests('skipped')].map((test) => {
    const meta: { readonly gloveboxSkip?: SkipMeta } = test.meta();
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
