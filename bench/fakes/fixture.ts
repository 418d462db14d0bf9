import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../scripts/entries.js';
import type { Benchmark } from '../benchmark.js';

const TESTS = 500;

const run = promisify(execFile);

/** What is read of Vitest's JSON report. */
interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly { readonly startTime: number; readonly endTime: number }[];
}

/** A project of its own below node_modules/.cache, with the built package in its node_modules, as users have it. */
class ConsumerProject implements Disposable {
  readonly #folder: string;

  constructor() {
    const cache = join(root, 'node_modules/.cache/glovebox');
    mkdirSync(cache, { recursive: true });
    this.#folder = mkdtempSync(join(cache, 'bench-'));
    const installed = join(this.#folder, 'node_modules/glovebox');
    cpSync(join(root, 'dist'), join(installed, 'dist'), { recursive: true });
    cpSync(join(root, 'package.json'), join(installed, 'package.json'));
    this.#write('package.json', '{ "type": "module" }');
    this.#write('vitest.config.js', 'export default { test: { watch: false } };');
    this.#writeTests('plain', "import { test } from 'vitest';", 'async () => {}');
    this.#writeTests('fixture', "import { test } from 'glovebox/fixtures';", 'async ({ kernel }) => { void kernel; }');
  }

  /** Milliseconds for each test, from the start of the first to the end of the last: set-up and teardown count. */
  async measure(name: 'plain' | 'fixture'): Promise<number> {
    const report = join(this.#folder, `${name}.json`);
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    await run(process.execPath, [vitest, 'run', `${name}.test.js`, '--reporter=json', `--outputFile=${report}`], {
      cwd: this.#folder,
    });
    const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
    const [file] = testResults;
    if (numPassedTests !== TESTS || file === undefined) throw new Error(`${numPassedTests} of ${TESTS} tests passed`);
    return (file.endTime - file.startTime) / TESTS;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #writeTests(name: string, header: string, body: string): void {
    const tests = Array.from({ length: TESTS }, (_, index) => `test('test ${index}', ${body});`);
    this.#write(`${name}.test.js`, `${[header, ...tests].join('\n')}\n`);
  }

  #write(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), text);
  }
}

export default [
  {
    group: 'fakes',
    name: `an empty Vitest test with the kernel fixture (${TESTS} in a file)`,
    unit: 'ms',
    target: 0.3,
    direction: 'at most',
    compare: 'difference',
    async run() {
      await run(process.execPath, [...process.execArgv, 'scripts/build.ts', '--if-stale'], { cwd: root });
      using project = new ConsumerProject();
      const ours = await project.measure('fixture');
      return { ours, peer: await project.measure('plain'), peerName: 'an empty test of Vitest alone' };
    },
  },
] satisfies readonly Benchmark[];
