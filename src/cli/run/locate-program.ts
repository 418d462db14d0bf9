import { fileURLToPath } from 'node:url';

/** A program of this folder, by its path without extension. Once built, this may be in any file of the package. */
export function locateProgram(name: string): string {
  const self = import.meta.url;
  if (self.endsWith('.ts')) return fileURLToPath(new URL(`./${name}.ts`, self));
  return fileURLToPath(new URL(`cli/run/${name}.js`, self.slice(0, self.lastIndexOf('/dist/') + '/dist/'.length)));
}
