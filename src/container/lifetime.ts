import { randomUUID } from 'node:crypto';
import type { Engine } from './connect-engine.js';
import { ContainerError } from './container-error.js';
import { createLabels } from './ownership.js';
import { removeLifetime, removeOrphans } from './remove-labelled.js';
import { startReaper } from './start-reaper.js';

/** What owns some things of an engine's: by labels, so that they are owned as soon as they are. */
export interface Lifetime {
  readonly labels: Readonly<Record<string, string>>;
  /** Removes all of it. @throws ContainerError `ERR_GLOVEBOX_CONTAINER_ENGINE` when something stays */
  remove(): Promise<void>;
}

/** Begins a lifetime, which ends with this process, whatever ends that. What processes that were killed have left goes first. */
export async function openLifetime({ api }: Engine): Promise<Lifetime> {
  await removeOrphans(api);
  const id = randomUUID();
  const release = startReaper(id);
  return {
    labels: createLabels(id),
    async remove() {
      const failed = (await removeLifetime(api, id)).filter(({ reason }) => reason !== undefined);
      release();
      if (failed.length === 0) return;
      const told = failed.map(({ kind, reason }) => `${kind}: ${reason}`).join('; ');
      const message = `Something of the engine's cannot be removed: ${told}`;
      throw new ContainerError('ERR_GLOVEBOX_CONTAINER_ENGINE', { message });
    },
  };
}
