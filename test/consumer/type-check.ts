import { join } from 'node:path';
import ts from 'typescript';

/** What one compiler has parsed for another project is not parsed again: the language's own declarations, Node's, Vitest's. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/**
 * Type-checks a project as `tsc -p` does, and answers what that would print. It is done in this process, for starting a
 * compiler and parsing what all projects have in common takes longer than the rest.
 *
 * @param folder - the project's, which has a tsconfig.json
 */
export function typeCheck(folder: string): string {
  const config = ts.getParsedCommandLineOfConfigFile(join(folder, 'tsconfig.json'), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new Error(describe([diagnostic], folder));
    },
  });
  if (config === undefined) throw new Error(`there is no tsconfig.json in ${folder}`);
  const { fileNames: rootNames, options, errors: configFileParsingDiagnostics } = config;
  const host = createHost(options, folder);
  const program = ts.createProgram({ rootNames, options, host, configFileParsingDiagnostics });
  return describe(ts.getPreEmitDiagnostics(program), folder);
}

function createHost(options: ts.CompilerOptions, folder: string): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const parse = host.getSourceFile.bind(host);
  host.getCurrentDirectory = () => folder;
  host.getSourceFile = (name, how, ...rest) => {
    // What is the project's own may change from one check to the next.
    if (name.startsWith(folder) && !name.includes('/node_modules/')) return parse(name, how, ...rest);
    const format = typeof how === 'object' ? how.impliedNodeFormat : undefined;
    const key = `${options.module} ${format} ${name}`;
    if (!parsed.has(key)) parsed.set(key, parse(name, how, ...rest));
    return parsed.get(key);
  };
  return host;
}

function describe(diagnostics: readonly ts.Diagnostic[], folder: string): string {
  return ts.formatDiagnostics(diagnostics, {
    getCurrentDirectory: () => folder,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  });
}
