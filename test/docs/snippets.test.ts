import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCommands, root } from '../../scripts/entries.js';
import { parseSnippets, readSnippets, renderSnippets } from './snippets.js';

/** What a fence may be. A block of any other language would escape its test by its name. */
const languages = ['ts', 'sh', 'json', 'text', 'mermaid', 'yaml', 'diff', 'c'];

/** More pseudo code than this, and the documentation is no longer tested. */
const mostUntested = 5;

const where = (snippet: { readonly document: string; readonly line: number }) => `${snippet.document}:${snippet.line}`;
const snippets = readSnippets();

describe('the documentation', () => {
  test('uses only languages that are tested, or that nobody could run', () => {
    const unknown = snippets.filter((snippet) => !languages.includes(snippet.language));
    expect(unknown.map((snippet) => `${where(snippet)}: ${snippet.language || '(none)'}`)).toEqual([]);
  });

  test('uses only the attributes that CONTRIBUTING.md tells of', () => {
    const known = new Set(['group', 'file', 'no-run']);
    const unknown = snippets.filter((snippet) => [...snippet.attributes.keys()].some((name) => !known.has(name)));
    expect(unknown.map(where)).toEqual([]);
  });

  test('gives a reason for every snippet that is not run, and has few of them', () => {
    const untested = snippets.filter((snippet) => snippet.attributes.has('no-run'));
    const unreasoned = untested.filter((snippet) => (snippet.attributes.get('no-run') ?? '').length < 10);
    expect(unreasoned.map(where)).toEqual([]);
    expect(untested.filter((snippet) => snippet.language === 'ts').map(where).length).toBeLessThanOrEqual(mostUntested);
  });

  test('names only npm scripts and programs that exist', () => {
    const missing = snippets
      .filter((snippet) => snippet.language === 'sh' && !snippet.attributes.has('no-run'))
      .flatMap((snippet) =>
        snippet.code.flatMap((row) => findMissing(row).map((name) => `${where(snippet)}: ${name}`)),
      );
    expect(missing).toEqual([]);
  });
});

/** The npm scripts and programs of a shell line that a reader would not have. */
function findMissing(row: string): readonly string[] {
  const manifests = [join(root, 'package.json'), ...globSync(join(root, 'examples/*/package.json'))];
  const scripts = new Set(
    manifests.flatMap((manifest) => {
      const content = JSON.parse(readFileSync(manifest, 'utf8')) as {
        readonly scripts?: Readonly<Record<string, string>>;
      };
      return Object.keys(content.scripts ?? {});
    }),
  );
  const missing: string[] = [];
  for (const [call, script] of row.matchAll(/\bnpm (?:run )?(test|(?<=run )[\w:-]+)/g)) {
    if (script !== undefined && !scripts.has(script)) {
      missing.push(call);
    }
  }
  for (const [call, program] of row.matchAll(/\bnpx (?:--?\S+ )*([\w@/-]+)/g)) {
    // What the package itself brings is linked there only for those who install it.
    const isOwn = readCommands().some(({ name }) => name === program);
    if (program !== undefined && !isOwn && !existsSync(join(root, 'node_modules/.bin', program))) {
      missing.push(call);
    }
  }
  return missing;
}

describe('snippets', () => {
  const document = [
    '# Title',
    '```ts group=one',
    "import { test } from 'vitest';",
    "test('a', () => {});",
    '```',
    '```ts no-run="pseudo code"',
    'nonsense(',
    '```',
    '- item',
    '  ```ts group=one',
    "  import { test } from 'vitest';",
    "  test('b', () => {});",
    '  ```',
    '```ts file=store.ts',
    'export const store = 1;',
    '```',
    '```ts',
    "import { store } from './store.js';",
    'console.log(store);',
    '```',
  ].join('\n');

  test('keep the line they have in the document, and join their group', () => {
    const files = renderSnippets(parseSnippets('docs/a.md', document));
    const rows = files.get('.snippets/docs/a/one.test.ts')?.split('\n') ?? [];
    expect(rows[2]).toBe("import { test } from 'vitest';");
    expect(rows[3]).toBe("test('a', () => {});");
    expect(rows[11]).toBe("test('b', () => {});");
    expect(rows.filter((row) => row.startsWith('import'))).toHaveLength(1);
  });

  test('that are no tests are run by one, and those not to be run are left out', () => {
    const files = renderSnippets(parseSnippets('docs/a.md', document));
    expect([...files.keys()].sort()).toEqual([
      '.snippets/docs/a/line-17.runs.test.ts',
      '.snippets/docs/a/line-17.ts',
      '.snippets/docs/a/one.test.ts',
      '.snippets/docs/a/store.runs.test.ts',
      '.snippets/docs/a/store.ts',
    ]);
    expect(files.get('.snippets/docs/a/line-17.runs.test.ts')).toContain('the snippet at docs/a.md:17 runs');
  });

  test('must be closed', () => {
    expect(() => parseSnippets('docs/a.md', '```ts\nlet a;\n')).toThrow('docs/a.md:1: this fence is never closed');
  });
});
