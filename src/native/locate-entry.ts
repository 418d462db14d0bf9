import process from 'node:process';
import { fileURLToPath } from 'node:url';

/**
 * Where a file is that is run by its own path, as a thread or a process: a source as long as this is one; once built, this
 * may be in any file of the package.
 *
 * @param name - Its path in the sources without extension: `process/journal/sweeper`. The build knows each by it.
 */
export function locateEntry(name: string): URL {
  const self = import.meta.url;
  if (self.endsWith('.ts')) return new URL(`../${name}.ts`, self);
  return new URL(`${name}.js`, self.slice(0, self.lastIndexOf('/dist/') + '/dist/'.length));
}

/** The command that runs such a file in a process of its own. A source finds others by the names that they are built to. */
export function planEntryCommand(name: string): readonly string[] {
  const entry = locateEntry(name);
  const hooks = new URL('../../scripts/typescript-hooks.mjs', import.meta.url).href;
  const options = entry.pathname.endsWith('.ts') ? ['--import', hooks] : [];
  return [process.execPath, ...options, fileURLToPath(entry)];
}
