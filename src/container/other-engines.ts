import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { errnoOf } from '../core/kernel-error.js';
import { DEFAULT_SOCKET, type EngineConnection } from './engine-connection.js';

/** Where else testcontainers looks. */
export interface OtherPlaces {
  /** @defaultValue that of the user */
  readonly home?: string;
  /** @defaultValue asked of the file system */
  readonly isThere?: (path: string) => boolean;
}

/** Nobody is there to speak with, whoever asks. */
const ENDS: readonly (string | undefined)[] = ['ENOENT', 'ECONNREFUSED', 'EACCES'];

/**
 * Whether testcontainers, which takes a third of a second to load, could find an engine after one place was tried without
 * success: by its settings, or at one of the other usual sockets.
 */
export function mayFindAnother(
  tried: EngineConnection,
  error: unknown,
  { home = homedir(), isThere = existsSync }: OtherPlaces = {},
): boolean {
  if (!ENDS.includes(errnoOf(error)) || process.platform === 'win32') return true;
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const sockets = [
    DEFAULT_SOCKET,
    ...(runtime === undefined ? [] : [join(runtime, 'docker.sock')]),
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
    `/run/user/${process.getuid?.()}/docker.sock`,
  ].filter((path) => !('socketPath' in tried && tried.socketPath === path));
  return [join(home, '.testcontainers.properties'), ...sockets].some(isThere);
}

/** Whether the package testcontainers is there, as far as that can be told without loading it. */
export function isTestcontainersThere(): boolean {
  try {
    createRequire(import.meta.url).resolve('testcontainers');
    return true;
  } catch {
    return false;
  }
}
