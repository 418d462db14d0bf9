import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { quote, UsageError } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';
import { readModule } from './decompress.js';
import { normalizeModuleName, readModuleInfo } from './module-info.js';
import type { ModuleFile, VmKernel } from './vm-kernel.js';

const MODULE = /\.ko(?:\.xz|\.zst|\.gz)?$/;

/**
 * The files of modules, with all that they depend on, in the order in which they are loaded, decompressed. What the kernel
 * has built in needs no file and is left away. What depends on what is read from the modules, so that depmod(8) need not
 * have run.
 *
 * @param names - As modprobe(8) takes them: `sch_netem`, `veth`.
 * @throws UsageError with every module that the kernel does not have, or when the modules are another kernel's
 * @throws UnsupportedError for a module that is compressed in a way that this machine cannot undo
 * @example
 * const files = planModules(await resolveKernel(), ['virtiofs', 'overlay']);
 */
export function planModules(kernel: VmKernel, names: readonly string[]): readonly ModuleFile[] {
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string'))
    throw new UsageError('planModules', `modules must be an array of names, not ${quote(names)}`);
  if (names.length === 0) return [];
  const { modulesFolder, release } = kernel;
  if (modulesFolder === undefined)
    throw new UsageError(
      'planModules',
      `kernel ${release} came without a folder of modules, so ${names.map((name) => quote(name)).join(', ')} cannot be loaded: give kernel: { path, modules: "…/lib/modules/${release}" }, or have them in /lib/modules/${release} of this machine`,
    );
  const builtIn = readBuiltIn(modulesFolder);
  const paths = findModules(modulesFolder);
  const missing = names.map(normalizeModuleName).filter((name) => !builtIn.has(name) && !paths.has(name));
  if (missing.length > 0)
    throw new UsageError(
      'planModules',
      missing.map((name) => `kernel ${release} has no module ${quote(name)}${suggest(name, [...paths.keys()])}`),
    );
  const planned = new Map<string, ModuleFile>();
  const begun = new Set<string>();
  const plan = (name: string): void => {
    const path = paths.get(name);
    if (begun.has(name) || builtIn.has(name)) return;
    begun.add(name);
    if (path === undefined)
      throw new UsageError(
        'planModules',
        `a module needs ${quote(name)}, which is not in ${JSON.stringify(modulesFolder)}`,
      );
    const content = readModule(path);
    const { needs, soft, release: builtFor } = readModuleInfo(path, content);
    if (builtFor !== undefined && builtFor !== release)
      throw new UsageError(
        'planModules',
        `${JSON.stringify(path)} is for kernel ${builtFor}, not ${release}: it would be refused`,
      );
    for (const need of needs) if (!soft.includes(need) || paths.has(need)) plan(need);
    planned.set(name, { name, content });
  };
  for (const name of names) plan(normalizeModuleName(name));
  return [...planned.values()];
}

function nameOf(path: string): string {
  return normalizeModuleName(basename(path).replace(MODULE, ''));
}

function readBuiltIn(folder: string): ReadonlySet<string> {
  try {
    return new Set(readFileSync(join(folder, 'modules.builtin'), 'utf8').trim().split('\n').map(nameOf));
  } catch {
    return new Set();
  }
}

function findModules(folder: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  const walk = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      // A link to the sources of the kernel leads out of it.
      if (entry.isDirectory()) walk(path);
      else if (MODULE.test(entry.name)) paths.set(nameOf(path), path);
    }
  };
  walk(folder);
  return paths;
}
