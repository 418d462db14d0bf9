import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ICruiseResult } from 'dependency-cruiser';
import { cruise } from 'dependency-cruiser';
import extractDepcruiseConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';

const config = await extractDepcruiseConfig(join(root, '.dependency-cruiser.mjs'));

/** Draws the import graph of src below a folder and returns what breaks a rule, as `rule: from → to`. */
async function findViolations(folder: string): Promise<readonly string[]> {
  const { tsConfig: _unused, ...options } = config.options ?? {};
  const { output } = await cruise(
    ['src'],
    { ...options, baseDir: folder, validate: true, ruleSet: { forbidden: config.forbidden ?? [] } },
    { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'], extensions: ['.ts', '.js', '.json'] },
  );
  const { summary } = output as ICruiseResult;
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
}

test('src keeps the rules', async () => {
  expect(await findViolations(root)).toEqual([]);
});

/** One import per row that a rule forbids: the rule, the file, what it imports. */
const seeded = [
  ['layer-core', 'core/a.ts', '../faults/ok.js'],
  ['layer-native', 'native/a.ts', '../faults/ok.js'],
  ['layer-faults', 'faults/a.ts', '../kernel/ok.js'],
  ['layer-netlink-codec', 'netns/netlink/a.ts', '../ok.js'],
  ['layer-kernel-contract', 'kernel/a.ts', './linux/ok.js'],
  ['layer-kernel-contract', 'kernel/b.ts', '../fakes/ok.js'],
  ['layer-kernel-driver', 'kernel/linux/a.ts', '../../fakes/ok.js'],
  ['layer-fakes', 'fakes/a.ts', '../kernel/linux/ok.js'],
  ['layer-fakes', 'fakes/kernel/b.ts', '../../process/ok.js'],
  ['layer-messages', 'messages/a.ts', '../process/ok.js'],
  ['layer-process', 'process/a.ts', '../netns/ok.js'],
  ['layer-netns', 'netns/a.ts', '../vm/ok.js'],
  ['layer-vm', 'vm/a.ts', '../container/ok.js'],
  ['layer-container', 'container/a.ts', '../vm/ok.js'],
  ['layer-scenarios', 'scenarios/a.ts', '../fakes/ok.js'],
  ['layer-assertions', 'assertions/a.ts', '../fakes/ok.js'],
  ['layer-config', 'config/a.ts', '../fixtures/ok.js'],
  ['layer-reporter', 'reporter/a.ts', '../fixtures/ok.js'],
  ['layer-doctor', 'doctor/a.ts', '../fixtures/ok.js'],
  ['layer-fixtures', 'fixtures/a.ts', '../reporter/ok.js'],
  ['layer-fixtures', 'fixtures/b.ts', '../cli/ok.js'],
  ['layer-cli', 'cli/e.ts', '../fixtures/ok.js'],
  ['layer-contract', 'contract/a.ts', '../vm/ok.js'],
  ['layer-report', 'report/a.ts', '../scenarios/ok.js'],
  ['rooms-of-labs', 'netns/ledger/a.ts', '../lab/ok.js'],
  ['plan-before-lab', 'netns/lab/plan/a.ts', '../build/ok.js'],
  ['plan-before-lab', 'netns/lab/read/a.ts', '../../wire/ok.js'],
  ['vitest-only-in-its-wiring', 'assertions/b.ts', 'vitest'],
  ['koffi-only-in-native', 'process/b.ts', 'koffi'],
  ['src-stands-alone', 'cli/a.ts', '../../test/helper.js'],
  ['src-stands-alone', 'cli/b.ts', '../../examples/one/ok.js'],
  ['no-development-dependency', 'cli/c.ts', 'tsup'],
  ['nothing-unresolved', 'cli/d.ts', './nowhere.js'],
] as const;

/** One import per row that a rule allows. */
const allowed = [
  ['fakes/kernel/c.ts', '../../kernel/ok.js'],
  ['fakes/d.ts', '../faults/ok.js'],
  ['kernel/linux/c.ts', '../../native/ok.js'],
  ['kernel/linux/d.ts', '../ok.js'],
  ['process/c.ts', '../messages/ok.js'],
  ['netns/c.ts', '../process/ok.js'],
  ['netns/d.ts', './netlink/ok.js'],
  ['netns/wire/c.ts', '../lab/plan/ok.js'],
  ['netns/lab/c.ts', '../wire/ok.js'],
  ['netns/lab/build/c.ts', '../plan/ok.js'],
  ['vm/c.ts', '../netns/ok.js'],
  ['assertions/c.ts', '../kernel/ok.js'],
  ['assertions/matchers/c.ts', 'vitest'],
  ['assertions/matchers/d.ts', '../ok.js'],
  ['fixtures/c.ts', '../fakes/ok.js'],
  ['fixtures/d.ts', 'vitest'],
  ['native/c.ts', 'koffi'],
  ['config/c.ts', '../core/ok.js'],
  ['reporter/c.ts', 'vitest'],
  ['doctor/c.ts', '../native/ok.js'],
] as const;

describe('a source tree with one violation of every rule', () => {
  let folder = '';
  let violations: readonly string[] = [];

  const write = (path: string, code: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), code);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'glovebox-architecture-'));
    for (const [, file, to] of seeded) {
      write(`src/${file}`, `import '${to}';\n`);
    }
    for (const [file, to] of allowed) {
      write(`src/${file}`, `import '${to}';\n`);
    }
    const layers = [...new Set([...seeded, ...allowed].map((row) => dirname(`src/${row.at(-2)}`)))];
    for (const layer of [...layers, 'src/reporter', 'src/kernel/linux', 'examples/one']) {
      write(`${layer}/ok.ts`, 'export {};\n');
    }
    write('test/helper.ts', 'export {};\n');
    write('src/cli/circle-a.ts', "import './circle-b.js';\n");
    write('src/cli/circle-b.ts', "import './circle-a.js';\n");
    write('src/fakes/types-only.ts', "import type { Cli } from '../cli/type.js';\nexport type T = Cli;\n");
    write('src/cli/type.ts', 'export interface Cli { readonly a: number }\n');
    write('src/index.ts', "import './core/indirect.js';\n");
    write('src/core/indirect.ts', "import 'node:fs';\nimport 'net';\nimport 'vitest';\n");
    write('src/kernel/index.ts', "import './linux/spawns.js';\n");
    write('src/kernel/linux/spawns.ts', "import 'node:child_process';\n");
    for (const name of ['koffi', 'vitest', 'tsup']) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
      write(`node_modules/${name}/index.js`, '');
    }
    write(
      'package.json',
      JSON.stringify({
        dependencies: { koffi: '*' },
        peerDependencies: { vitest: '*' },
        devDependencies: { tsup: '*' },
      }),
    );
    symlinkSync(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'));
    violations = await findViolations(folder);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(seeded)('is caught by %s: src/%s imports %s', (rule, file) => {
    expect(violations.filter((violation) => violation.startsWith(`${rule}: src/${file} → `))).toHaveLength(1);
  });

  test.each(allowed)('may have src/%s import %s', (file) => {
    expect(violations.filter((violation) => violation.includes(`: src/${file} → `))).toEqual([]);
  });

  test('is caught in a cycle', () => {
    expect(violations).toContain('no-cycles: src/cli/circle-a.ts → src/cli/circle-b.ts');
  });

  test('is caught reaching I/O and Vitest from src/index.ts through other files', () => {
    const reached = violations.filter((violation) => violation.includes(': src/index.ts → '));
    expect(reached.filter((violation) => violation.startsWith('index-without-io'))).toHaveLength(2);
    expect(reached.filter((violation) => violation.startsWith('index-without-vitest'))).toHaveLength(1);
  });

  test('may import any type', () => {
    expect(violations.filter((violation) => violation.includes('types-only'))).toEqual([]);
  });
});
