import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Kernel, NetIfaceResolver } from 'glovebox/kernel';

/** What the manager needs of the machine. */
export interface Driver {
  readonly kernel: Kernel;
  readonly interfaces: NetIfaceResolver;
}

/**
 * Loads a driver: a module that exports `createDriver(): Driver | Promise<Driver>`.
 * @param specifier - A package's name, or a path from the working directory that starts with `.` or `/`.
 */
export async function loadDriver(specifier: string): Promise<Driver> {
  const url = /^[./]/.test(specifier) ? pathToFileURL(resolve(specifier)).href : specifier;
  const module: unknown = await import(url);
  if (!hasFactory(module)) throw new Error(`${specifier} does not export a function createDriver()`);
  return await module.createDriver();
}

function hasFactory(module: unknown): module is { createDriver(): Driver | Promise<Driver> } {
  return (
    typeof module === 'object' &&
    module !== null &&
    'createDriver' in module &&
    typeof module.createDriver === 'function'
  );
}
