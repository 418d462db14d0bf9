import { randomUUID } from 'node:crypto';
import { messageOf } from '../core/message-of.js';
import { startHeir } from '../process/journal/start-heir.js';
import type { Engine } from './connect-engine.js';
import { ContainerError } from './container-error.js';
import { ID_LABEL, type Labels, OWNER_LABEL } from './labels.js';
import { createLabels, isOrphaned } from './ownership.js';
import { type RemovedThing, type RemoveOptions, removeLabelled } from './remove-labelled.js';

/** What owns some things of an engine's: by labels, so that they are owned as soon as they are. */
export interface Lifetime {
  readonly labels: Labels;
  /** Removes all of it. @throws ContainerError `ERR_GLOVEBOX_CONTAINER_ENGINE` when something stays */
  remove(): Promise<void>;
}

/** What removes all that this process has of an engine when this process is killed. */
interface Reaper {
  readonly id: string;
  /** How many lifetimes there are. */
  users: number;
  readonly release: () => void;
}

/** One for an engine, so that what holds something else goes before it. */
const reapers = new WeakMap<Engine['api'], Reaper>();

/** Begins a lifetime, which ends with this process, whatever ends that. What processes that were killed have left goes first. */
export async function openLifetime(engine: Engine): Promise<Lifetime> {
  try {
    await removeOrphans(engine);
  } catch (error) {
    const message = `The engine at ${engine.address} does not answer as one does: ${messageOf(error)}`;
    throw new ContainerError('ERR_GLOVEBOX_CONTAINER_ENGINE', { message, cause: error });
  }
  const id = randomUUID();
  const reaper = shareReaper(engine);
  return {
    labels: createLabels(id, reaper.id),
    async remove() {
      const failed = await removeAll(engine, id);
      // What stays is tried again when this process ends.
      if (failed === undefined) return release(engine, reaper);
      const message = `Something of the engine's cannot be removed: ${failed}`;
      throw new ContainerError('ERR_GLOVEBOX_CONTAINER_ENGINE', { message });
    },
  };
}

/** Removes what processes of this machine have left that have ended. */
export function removeOrphans({ connection }: Engine, options: RemoveOptions = {}): Promise<readonly RemovedThing[]> {
  return removeLabelled(connection, OWNER_LABEL, { ...options, isMeant: isOrphaned });
}

/** @returns what stays, and why */
async function removeAll({ connection }: Engine, id: string): Promise<string | undefined> {
  try {
    const removed = await removeLabelled(connection, `${ID_LABEL}=${id}`);
    const failed = removed.filter(({ reason }) => reason !== undefined);
    return failed.length === 0 ? undefined : failed.map(({ kind, reason }) => `${kind}: ${reason}`).join('; ');
  } catch (error) {
    return messageOf(error);
  }
}

function shareReaper({ api, connection }: Engine): Reaper {
  const reaper = reapers.get(api) ?? startReaper(connection);
  reapers.set(api, reaper);
  reaper.users += 1;
  return reaper;
}

function startReaper(connection: Engine['connection']): Reaper {
  const id = randomUUID();
  const release = startHeir({
    name: 'glovebox-reaper',
    entry: 'container/reaper',
    args: [id],
    env: { GLOVEBOX_ENGINE: JSON.stringify(connection) },
  });
  return { id, users: 0, release };
}

function release({ api }: Engine, reaper: Reaper): void {
  reaper.users -= 1;
  if (reaper.users > 0) return;
  reapers.delete(api);
  reaper.release();
}
