import type { DockerApi } from './connect-engine.js';
import { ID_LABEL, isOrphaned, OWNER_LABEL } from './ownership.js';

/** Something of an engine's that was removed, or could not be. */
export interface RemovedThing {
  readonly kind: 'container' | 'image';
  readonly id: string;
  /** Why it could not be removed. */
  readonly reason?: string;
}

/** Removes what one lifetime has made. */
export function removeLifetime(api: DockerApi, id: string): Promise<readonly RemovedThing[]> {
  return removeWhere(api, `${ID_LABEL}=${id}`, () => true);
}

/** Removes what processes of this machine have left that have ended. */
export function removeOrphans(api: DockerApi): Promise<readonly RemovedThing[]> {
  return removeWhere(api, OWNER_LABEL, isOrphaned);
}

type Labels = Readonly<Record<string, string>>;

async function removeWhere(
  api: DockerApi,
  label: string,
  isMeant: (labels: Labels) => boolean,
): Promise<readonly RemovedThing[]> {
  const filters = { label: [label] };
  const containers = await api.listContainers({ all: true, filters });
  const removed: RemovedThing[] = await Promise.all(
    containers
      .filter(({ Labels }) => isMeant(Labels))
      .map(({ Id }) => remove('container', Id, () => api.getContainer(Id).remove({ force: true, v: true }))),
  );
  // A container holds its image: the images come after.
  const images = await api.listImages({ filters: JSON.stringify(filters) });
  for (const { Id, Labels } of images) {
    if (isMeant(Labels ?? {})) removed.push(await remove('image', Id, () => api.getImage(Id).remove({ force: true })));
  }
  return removed;
}

async function remove(kind: RemovedThing['kind'], id: string, act: () => Promise<unknown>): Promise<RemovedThing> {
  try {
    await act();
    return { kind, id };
  } catch (error) {
    return isGone(error) ? { kind, id } : { kind, id, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Somebody else has removed it, or is about to. */
function isGone(error: unknown): boolean {
  const status: unknown = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  const message = error instanceof Error ? error.message : '';
  return status === 404 || (status === 409 && message.includes('already in progress'));
}
