import { existsSync } from 'node:fs';
import process from 'node:process';
import { UnsupportedError } from '../core/errors.js';
import { connectEngine } from './connect-engine.js';
import { DEFAULT_SOCKET } from './engine-connection.js';
import { removeOrphans } from './lifetime.js';
import type { RemovedThing, RemoveOptions } from './remove-labelled.js';

/** What a sweep of an engine found. */
export interface EngineSweep {
  readonly things: readonly RemovedThing[];
  /** Why the engine that there seems to be was not looked at. */
  readonly obstacle?: string;
}

/**
 * Removes the containers, networks, volumes and images that processes of this machine have left that have ended. Where there
 * seems to be no engine, nothing is loaded that would look for one.
 */
export async function sweepEngine(options: RemoveOptions = {}): Promise<EngineSweep> {
  const host = process.env['DOCKER_HOST'];
  if ((host === undefined || host === '') && !existsSync(DEFAULT_SOCKET)) return { things: [] };
  try {
    return { things: await removeOrphans(await connectEngine(), options) };
  } catch (error) {
    if (error instanceof UnsupportedError) return { things: [], obstacle: error.message };
    throw error;
  }
}
