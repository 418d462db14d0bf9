import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../../scripts/entries.js';

/** A fenced block of the documentation. CONTRIBUTING.md tells what its info string may say. */
export interface Snippet {
  /** The document, relative to the root: `docs/faults.md`. */
  readonly document: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** `group=NAME`, `file=NAME`, `no-run="reason"`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly code: readonly string[];
}

/** Where the runnable snippets are written, relative to the root. Ignored by git. */
export const snippetsFolder = '.snippets';

/** The documents whose snippets are tested. */
export function listDocuments(): readonly string[] {
  return globSync(['README.md', 'CONTRIBUTING.md', 'docs/**/*.md'], { cwd: root, exclude: ['docs/api/**'] }).sort();
}

/** The fenced blocks of a Markdown text. A fence that is indented, as in a list, takes its indentation off the block. */
export function parseSnippets(document: string, text: string): readonly Snippet[] {
  const snippets: Snippet[] = [];
  let open: { fence: string; indent: string; line: number; info: string; code: string[] } | undefined;
  for (const [index, row] of text.split('\n').entries()) {
    const fence = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(row);
    if (open === undefined) {
      if (fence !== null) {
        open = { indent: fence[1] ?? '', fence: fence[2] ?? '', line: index + 1, info: fence[3] ?? '', code: [] };
      }
    } else if (fence !== null && fence[3] === '' && fence[2]?.startsWith(open.fence)) {
      snippets.push({ document, line: open.line, code: open.code, ...parseInfo(open.info) });
      open = undefined;
    } else {
      open.code.push(row.startsWith(open.indent) ? row.slice(open.indent.length) : row.trimStart());
    }
  }
  if (open !== undefined) {
    throw new Error(`${document}:${open.line}: this fence is never closed`);
  }
  return snippets;
}

function parseInfo(info: string): { language: string; attributes: ReadonlyMap<string, string> } {
  const [language = ''] = info.split(/\s/, 1);
  const attributes = info.slice(language.length).matchAll(/([\w-]+)=(?:"([^"]*)"|(\S+))/g);
  return {
    language,
    attributes: new Map([...attributes].map((match) => [match[1] ?? '', match[2] ?? match[3] ?? ''])),
  };
}

/** Every fenced block of every document. */
export function readSnippets(): readonly Snippet[] {
  return listDocuments().flatMap((document) => parseSnippets(document, readFileSync(join(root, document), 'utf8')));
}

/** Whether a snippet is TypeScript that is to be run. */
export function isRunnable(snippet: Snippet): boolean {
  return snippet.language === 'ts' && !snippet.attributes.has('no-run');
}

/** The files that the snippets become, by path relative to the root. */
export function renderSnippets(snippets: readonly Snippet[]): ReadonlyMap<string, string> {
  const files = new Map<string, Snippet[]>();
  for (const snippet of snippets.filter(isRunnable)) {
    const folder = join(snippetsFolder, snippet.document.replace(/\.md$/, ''));
    const name = snippet.attributes.get('file') ?? `${snippet.attributes.get('group') ?? `line-${snippet.line}`}.ts`;
    const path = join(folder, name);
    files.set(path, [...(files.get(path) ?? []), snippet]);
  }
  const rendered = new Map<string, string>();
  for (const [path, parts] of files) {
    const code = render(parts);
    const named = parts.some((part) => part.attributes.has('file'));
    const hasTests = /^\s*(?:test|it|describe)\b[\w.]*\(/m.test(code);
    if (named || !hasTests) {
      rendered.set(path, code);
    } else {
      rendered.set(path.replace(/\.ts$/, '.test.ts'), code);
    }
    if (!hasTests && !path.endsWith('.test.ts')) {
      rendered.set(path.replace(/\.ts$/, '.runs.test.ts'), renderRun(path, parts));
    }
  }
  return rendered;
}

/** Blocks of one group, each on its own lines of the document, so that an error names the line where it is to be mended. */
function render(parts: readonly Snippet[]): string {
  const rows: string[] = [];
  for (const part of parts) {
    while (rows.length < part.line) {
      rows.push('');
    }
    for (const row of part.code) {
      // A block that continues another may repeat its imports, as a reader expects.
      rows.push(row.startsWith('import ') && rows.includes(row) ? '' : row);
    }
  }
  return `${rows.join('\n')}\n`;
}

function renderRun(path: string, parts: readonly Snippet[]): string {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.ts$/, '.js');
  const where = parts.map((part) => `${part.document}:${part.line}`).join(', ');
  return [
    "import { test } from 'vitest';",
    '',
    `test(${JSON.stringify(`the snippet at ${where} runs`)}, async () => {`,
    `  await import(${JSON.stringify(`./${name}`)});`,
    '});',
    '',
  ].join('\n');
}

/** Writes the runnable snippets of the documentation below {@link snippetsFolder}, and removes what is left of others. */
export function writeSnippets(): void {
  const files = renderSnippets(readSnippets());
  for (const stray of globSync(`${snippetsFolder}/**/*.ts`, { cwd: root })) {
    if (!files.has(stray)) {
      rmSync(join(root, stray));
    }
  }
  for (const [path, code] of files) {
    const target = join(root, path);
    // An unchanged file is left alone: another run of the tests may be reading it.
    if (!existsSync(target) || readFileSync(target, 'utf8') !== code) {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, code);
    }
  }
}
