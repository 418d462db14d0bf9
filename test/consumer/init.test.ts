import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConsumerProject } from './consumer-project.js';

/** What is required of this repository's own run is not of theirs. */
const OF_A_USER = { GLOVEBOX_REQUIRE: undefined };
const CLI = 'node_modules/glovebox/dist/cli/glovebox.js';

/** The commands of the workflow that run Vitest, as its runners have them. */
function readCommand(workflow: string, tier: string, shard: number): readonly string[] {
  const [, folded = ''] = /npx (vitest run --project[\s\S]+?\.json)\n/.exec(workflow) ?? [];
  const line = folded.replaceAll(/\$\{\{ matrix\.(\w+) \}\}/g, (_, name) => (name === 'tier' ? tier : String(shard)));
  return line.split(/\s+/).slice(1);
}

test('what init writes runs, sharded and merged as its workflow does it, and is left alone the second time', () => {
  using project = new ConsumerProject(['vitest']);
  expect(project.run('node', [CLI, 'init'])).toEqual({
    exitCode: 0,
    output: [
      'wrote vitest.config.mts',
      'wrote test/unit/first.test.ts',
      'wrote .github/workflows/test.yml',
      'Next: npm install --save-dev glovebox vitest && npx vitest run --project unit',
      '',
    ].join('\n'),
  });
  project.write(
    'test/unit/second.test.ts',
    "import { test } from 'glovebox/fixtures';\ntest('cannot', ({ skip }) => skip('for a reason'));\n",
  );
  const workflow = readFileSync(join(project.folder, '.github/workflows/test.yml'), 'utf8');
  for (const [tier, shard] of [
    ['unit', 1],
    ['unit', 2],
    ['stress', 1],
  ] as const) {
    const { exitCode, output } = project.run('vitest', readCommand(workflow, tier, shard), OF_A_USER);
    expect(exitCode, output).toBe(0);
  }
  expect(existsSync(join(project.folder, 'blobs/unit-2.json'))).toBe(true);
  const merged = project.run('vitest', ['run', '--mergeReports=blobs'], OF_A_USER);
  expect(merged.exitCode, merged.output).toBe(0);
  expect(merged.output).toContain('1 passed | 1 skipped');
  expect(merged.output).toContain('glovebox: - 1 skipped: for a reason');

  project.write('vitest.config.mts', '// mine');
  expect(project.run('node', [CLI, 'init']).output).toContain(
    'left vitest.config.mts: it is there; add "projects: gloveboxProjects()" of glovebox/config to its "test"\n' +
      'left test/unit/first.test.ts: it is there\n',
  );
  expect(readFileSync(join(project.folder, 'vitest.config.mts'), 'utf8')).toBe('// mine');
});
