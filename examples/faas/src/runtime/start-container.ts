import type { ChildProcess } from 'node:child_process';
import { findProgram } from '../system/find-program.ts';
import type { Bundle } from './bundle.ts';
import { startByItself } from './start-by-itself.ts';
import { startWithRunc } from './start-with-runc.ts';

/**
 * Starts what a bundle describes, with these descriptors from 3 on. It ends with this process, whatever ends that, with
 * all that it has of the machine; its exit code is that of the program.
 */
export type StartContainer = (bundle: Bundle, descriptors: readonly (number | 'pipe')[]) => ChildProcess;

/** @param runtime - `own`, or a path of runc. @defaultValue runc where it is on PATH, and else `own` */
export function chooseRuntime(runtime: string | undefined = findProgram('runc')): StartContainer {
  return runtime === undefined || runtime === 'own' ? startByItself : startWithRunc(runtime);
}
