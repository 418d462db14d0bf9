import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { requireCapability } from '../../src/fixtures/requirements/require.js';
import { findExecutable } from '../../src/native/rootless.js';
import { createTempFolder } from '../../src/process/journal/temp-folder.js';
import { TYPESCRIPT } from '../support/typescript.js';
import { rows } from './child/rows.js';

const PATIENCE_MS = 180_000;
const NODE = [process.execPath, ...TYPESCRIPT] as const;

interface RowResult {
  readonly title: string;
  readonly failure?: string;
}

/** What each row came to in a virtual machine, all of them in one boot. */
function runRows(): readonly RowResult[] {
  using cache = createTempFolder();
  // What is compiled here, the machine that is emulated need not compile.
  const env = { ...process.env, NODE_COMPILE_CACHE: cache.path };
  const run = (args: readonly string[]) =>
    spawnSync(NODE[0], [...NODE.slice(1), ...args], { encoding: 'utf8', env, timeout: PATIENCE_MS });
  run([`${root}test/vm/child/rows.ts`]);
  const { stdout, stderr } = run([
    ...[`${root}src/cli/glovebox.ts`, 'run', '--as', 'vm', '--', ...NODE],
    `${root}test/vm/child/run-rows.ts`,
  ]);
  const [first, ...lines] = stdout.split('\n').filter((line) => line.startsWith('{'));
  if (first !== '{"hasNetem":true}') throw new Error(`the rows were not run: ${stdout}\n${stderr}`);
  return lines.map((line) => JSON.parse(line) as RowResult);
}

describe('a virtual machine has what the running kernel may lack', () => {
  let results: readonly RowResult[] = [];

  beforeAll(() => {
    if (findExecutable('qemu-system-x86_64') !== undefined) results = runRows();
  }, PATIENCE_MS);

  for (const { title } of rows)
    test(title, async (context) => {
      await requireCapability(context, 'vm');
      expect(results.find((each) => each.title === title)).toEqual({ title, tookMs: expect.any(Number) });
    });
});
