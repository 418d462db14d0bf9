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
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

/**
 * The public entries. package.json is the one place that lists them: the build, the test aliases and the consumer
 * test all ask here.
 */
export function readEntries(): readonly Entry[] {
  const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Manifest;
  return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    if (typeof target === 'string') {
      return [];
    }
    const output = target.default.replace(/^\.\/dist\//, '').replace(/\.js$/, '');
    return [{ specifier: manifest.name + subpath.slice(1), output, source: `${root}src/${output}.ts` }];
  });
}

/** The entries whose source exists: what a build or an alias can use while the others are being written. */
export function readBuildableEntries(): readonly Entry[] {
  return readEntries().filter((entry) => existsSync(entry.source));
}
