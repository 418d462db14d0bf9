import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { TYPESCRIPT } from '../../support/typescript.js';

/** The user "nobody". */
export const ORDINARY_USER = 65534;

/** Starts a script beside this one in Node, as this user or, for root, as another. */
export function startScript(
  name: string,
  {
    user,
    env = {},
    args = [],
  }: { user?: number; env?: Readonly<Record<string, string>>; args?: readonly string[] } = {},
): ChildProcess & { stdout: NonNullable<ChildProcess['stdout']> } {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const canChange = user !== undefined && process.getuid?.() === 0;
  return spawn(process.execPath, [...TYPESCRIPT, script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
    ...(canChange ? { uid: user, gid: user } : {}),
  });
}
