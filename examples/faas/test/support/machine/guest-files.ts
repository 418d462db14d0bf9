import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTempFolder } from 'glovebox/process';

const EXAMPLE = fileURLToPath(new URL('../../../', import.meta.url));
const SCRIPTS = ['src/**/*.ts', 'test/support/registry-*.ts', 'test/support/machine/guest-relay.ts'];
const PACKAGES = ['koffi', 'tar-stream'];
const MAX_ARCHIVE_BYTES = 256 << 20;

/** Where the guest has a script of this example: without types, as taking them away takes Node seconds where it is emulated. */
export function pathInGuest(script: string): string {
  return join(EXAMPLE, toJavaScript(script));
}

/**
 * A tar file of this example, its packages and these programs, with the libraries of all; each at the path that it has here.
 *
 * @param others - Programs whose libraries alone are wanted.
 */
export function packForGuest(programs: readonly string[], others: readonly string[]): Buffer {
  using built = createTempFolder({ prefix: 'faas-guest-' });
  buildInto(built.path);
  const libraries = [...programs, ...others].flatMap(listLibraries);
  const files = new Set([...programs, ...libraries, ...PACKAGES.flatMap((name) => listPackages(name))]);
  const names = [...files].map((path) => path.slice(1));
  return execFileSync('tar', ['--create', '--dereference', '-C', '/', ...names, '-C', built.path, EXAMPLE.slice(1)], {
    maxBuffer: MAX_ARCHIVE_BYTES,
  });
}

/** Writes this example as JavaScript into a folder, with the paths that it has. */
function buildInto(folder: string): void {
  const app = join(folder, EXAMPLE);
  for (const script of SCRIPTS.flatMap((pattern) => globSync(pattern, { cwd: EXAMPLE }))) {
    const path = join(app, toJavaScript(script));
    mkdirSync(dirname(path), { recursive: true });
    const source = stripTypeScriptTypes(readFileSync(join(EXAMPLE, script), 'utf8'));
    writeFileSync(path, source.replace(/(?<=\bfrom '\.[^']*)\.ts(?=')/g, '.js'));
  }
  writeFileSync(join(app, 'package.json'), readFileSync(join(EXAMPLE, 'package.json')));
}

function toJavaScript(script: string): string {
  return script.replace(/\.ts$/, '.js');
}

/** The libraries of a program, and what loads them. */
function listLibraries(program: string): readonly string[] {
  const listing = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...listing.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []);
}

/** The folders of a package and of those that it needs, from where they are found here. */
function listPackages(name: string, from: string = join(EXAMPLE, 'package.json')): readonly string[] {
  const manifest = createRequire(from)
    .resolve.paths(name)
    ?.map((each) => join(each, name, 'package.json'))
    .find((path) => existsSync(path));
  // Those for other systems are not here.
  if (manifest === undefined) return [];
  const { dependencies = {}, optionalDependencies = {} }: Manifest = JSON.parse(readFileSync(manifest, 'utf8'));
  const needed = Object.keys({ ...dependencies, ...optionalDependencies });
  return [dirname(manifest), ...needed.flatMap((each) => listPackages(each, manifest))];
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
