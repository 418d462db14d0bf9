import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { readSnippets, renderSnippets } from './snippets.js';

const files = renderSnippets(readSnippets());
const documents = new Map<string, string[]>();
for (const path of files.keys()) {
  documents.set(dirname(path), [...(documents.get(dirname(path)) ?? []), path]);
}

/** The compiler options of the repository, less strict about what a reader does not yet use. */
function readOptions(): ts.CompilerOptions {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8'));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  return { ...options, noUnusedLocals: false, noUnusedParameters: false, skipLibCheck: true };
}

/** A host that parses every file once, for all documents. */
function createHost(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const parse = host.getSourceFile.bind(host);
  const parsed = new Map<string, ts.SourceFile | undefined>();
  host.getSourceFile = (name, languageVersion, ...rest) => {
    if (!parsed.has(name)) {
      parsed.set(name, parse(name, languageVersion, ...rest));
    }
    return parsed.get(name);
  };
  return host;
}

describe('every snippet type-checks', () => {
  const options = readOptions();
  const host = createHost(options);

  // A document is a program of its own: what one adds by declaration merging is not there in another.
  test.each([...documents])('%s', (_folder, paths) => {
    const names = paths.map((path) => join(root, path));
    const program = ts.createProgram(names, options, host);
    const diagnostics = names.flatMap((name) => {
      const file = program.getSourceFile(name);
      return file === undefined
        ? []
        : [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    });
    const messages = diagnostics.map((diagnostic) => ts.formatDiagnostic(diagnostic, host).trim());
    expect(messages).toEqual([]);
  });
});
