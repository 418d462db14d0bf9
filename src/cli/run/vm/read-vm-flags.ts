import { resolve } from 'node:path';
import { quote } from '../../../core/errors.js';
import type { KernelSpec } from '../../../vm/kernel/vm-kernel.js';
import { listOf } from '../list-of.js';
import type { RunInVmOptions } from './run-in-vm.js';

/** What `glovebox run --as vm` takes, as the command line gives it. */
export interface VmFlags {
  readonly kernel?: unknown;
  readonly memory?: unknown;
  readonly writable?: unknown;
  readonly modules?: unknown;
}

const MEMORY_MIB = 1024;

/** Reads the flags of `--as vm`; mistakes are added to a list. */
export function readVmFlags(flags: VmFlags, problems: string[]): Omit<RunInVmOptions, 'keep' | 'onPhase'> {
  const memoryMiB = flags.memory === undefined ? MEMORY_MIB : Number(flags.memory);
  if (!Number.isInteger(memoryMiB) || memoryMiB < 256)
    problems.push(`--memory takes MiB, a whole number of 256 or more, not ${quote(flags.memory)}`);
  const modules = listOf(flags.modules);
  for (const each of modules)
    if (!/^[\w-]+$/.test(each)) problems.push(`--modules takes names such as sch_netem,dummy, not ${quote(each)}`);
  return { kernel: readKernel(flags.kernel), memoryMiB, writable: listOf(flags.writable), modules };
}

/** `6.12` may come as a number; what has a slash is the path of an image. */
function readKernel(kernel: unknown): KernelSpec {
  if (kernel === undefined) return { debian: '6.1' };
  const name = String(kernel);
  return name.includes('/') ? { path: resolve(name) } : { debian: name };
}
