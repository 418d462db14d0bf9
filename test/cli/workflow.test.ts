import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { WORKFLOW } from '../../src/cli/init/templates.js';

const ROOT = join(import.meta.dirname, '../..');

/** GitHub's checker imports JSON without saying so, which Node refuses. */
const json = registerHooks({
  load(url, context, next) {
    if (!url.endsWith('.json')) return next(url, context);
    const source = `export default ${readFileSync(fileURLToPath(url), 'utf8')}`;
    return { format: 'module', source, shortCircuit: true };
  },
});
let checker: typeof import('@actions/languageservice');
beforeAll(async () => {
  checker = await import('@actions/languageservice');
});
afterAll(() => json.deregister());

/** What GitHub's own checker says of a workflow: its schema, its expressions, what contexts have. */
async function findProblems(name: string, workflow: string): Promise<readonly string[]> {
  // It keeps what it has read by the address.
  const document = TextDocument.create(`file:///.github/workflows/${name}.yml`, 'yaml', 1, workflow);
  const problems = await checker.validate(document);
  return problems.map(({ range, message }) => `line ${range.start.line + 1}: ${message}`);
}

test('GitHub takes the workflow that glovebox init writes', async () => {
  expect(await findProblems('written', WORKFLOW)).toEqual([]);
});

test('GitHub takes the job for kernels that the docs add to it', async () => {
  const page = readFileSync(join(ROOT, 'docs/ci.md'), 'utf8');
  const job = /```yaml\n( {2}kernels:\n.*?)```/s.exec(page)?.[1] ?? '';
  expect(job).toContain('matrix.kernel');
  expect(await findProblems('documented', `${WORKFLOW.trimEnd()}\n${job}`)).toEqual([]);
});

test('what GitHub would not take is found', async () => {
  const wrongKey = WORKFLOW.replace('runs-on:', 'run-on:');
  expect(await findProblems('key', wrongKey)).toContainEqual(expect.stringContaining("Unexpected value 'run-on'"));
  const wrongContext = WORKFLOW.replaceAll('matrix.tier ', 'matrix.tiers ');
  expect(await findProblems('context', wrongContext)).toContainEqual(
    expect.stringContaining('Context access might be invalid: tiers'),
  );
});
