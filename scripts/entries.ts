import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One public entry of the package: what a user imports, and the file behind it. */
export interface Entry {
  /** `glovebox`, `glovebox/fixtures`, … */
  readonly specifier: string;
  /** The built file without its extension, relative to dist: `fixtures/index`. */
  readonly output: string;
  /** The absolute path of the source. */
  readonly source: string;
}

/** The root of the repository, with a slash at its end. */
export const root: string = fileURLToPath(new URL('..', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

/**
 * The public entries. package.json is the one place that lists them: the build, the test aliases and the consumer
 * test all ask here.
 */
export function readEntries(): readonly Entry[] {
  const manifest = readManifest();
  return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    if (typeof target === 'string') {
      return [];
    }
    return [{ specifier: manifest.name + subpath.slice(1), ...locate(target.default) }];
  });
}

function readManifest(): Manifest {
  return JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Manifest;
}

/** The output and the source behind a built file: `./dist/fixtures/index.js`. */
function locate(target: string): { readonly output: string; readonly source: string } {
  const output = target.replace(/^\.\/dist\//, '').replace(/\.js$/, '');
  return { output, source: `${root}src/${output}.ts` };
}

/** One command of the package. */
export interface CommandEntry {
  /** What a user types: `glovebox`. */
  readonly name: string;
  /** As {@link Entry.output}. */
  readonly output: string;
  /** As {@link Entry.source}. */
  readonly source: string;
}

/** The commands, from package.json too. Nobody imports them, so they are no entries. */
export function readCommands(): readonly CommandEntry[] {
  return Object.entries(readManifest().bin).map(([name, target]) => ({ name, ...locate(target) }));
}

/** The files that are run by their own path, as a thread or a process: each is built to a file of its own. */
export function readThreads(): readonly Omit<Entry, 'specifier'>[] {
  return [
    'native/datagram-thread',
    'netns/wire/wire-worker',
    'netns/capture/capture-thread',
    'cli/run/inside',
    'cli/run/root/helper',
    'cli/run/container/give-back',
    'process/workers/worker-main',
    'process/journal/sweeper',
    'container/reaper',
  ].map((output) => ({
    output,
    source: `${root}src/${output}.ts`,
  }));
}

/** The scripts that stand in pages: JavaScript already, as the page of a run from the sources has no build. */
export function readPageScripts(): readonly Omit<Entry, 'specifier'>[] {
  return ['report/page/client'].map((output) => ({ output, source: `${root}src/${output}.js` }));
}

/** The entries whose source exists: what a build or an alias can use while the others are being written. */
export function readBuildableEntries(): readonly Entry[] {
  return readEntries().filter((entry) => existsSync(entry.source));
}
