import type { DockerApi } from './connect-engine.js';
import { ID_LABEL, isOrphaned, OWNER_LABEL } from './ownership.js';

/** Something of an engine's that was removed, or could not be. */
export interface RemovedThing {
  readonly kind: 'container' | 'network' | 'volume' | 'image';
  readonly id: string;
  /** Why it could not be removed. */
  readonly reason?: string;
}

/** What is removed, and whether it is. */
export interface RemoveOptions {
  /** Tells what would be removed, and removes nothing. @defaultValue false */
  readonly dryRun?: boolean;
}

/** Removes what one lifetime has made. */
export function removeLifetime(api: DockerApi, id: string): Promise<readonly RemovedThing[]> {
  return removeWhere(api, `${ID_LABEL}=${id}`, () => true);
}

/** Removes what processes of this machine have left that have ended. */
export function removeOrphans(api: DockerApi, options: RemoveOptions = {}): Promise<readonly RemovedThing[]> {
  return removeWhere(api, OWNER_LABEL, isOrphaned, options);
}

type Labels = Readonly<Record<string, string>>;

async function removeWhere(
  api: DockerApi,
  label: string,
  isMeant: (labels: Labels) => boolean,
  { dryRun = false }: RemoveOptions = {},
): Promise<readonly RemovedThing[]> {
  const filters = { label: [label] };
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    api.listContainers({ all: true, filters }),
    api.listNetworks({ filters }),
    api.listVolumes({ filters }),
  ]);
  const removal =
    (kind: RemovedThing['kind'], act: (id: string) => Promise<unknown>) =>
    (id: string): Promise<RemovedThing> =>
      dryRun ? Promise.resolve({ kind, id }) : remove(kind, id, () => act(id));
  const removed = await Promise.all(
    containers
      .filter(({ Labels }) => isMeant(Labels))
      .map(({ Id }) => Id)
      .map(removal('container', (id) => api.getContainer(id).remove({ force: true, v: true }))),
  );
  // A container holds its networks, volumes and image: they come after.
  const held = await Promise.all([
    ...networks
      .filter(({ Labels }) => isMeant(Labels ?? {}))
      .map(({ Id }) => Id)
      .map(removal('network', (id) => api.getNetwork(id).remove())),
    ...(volumes ?? [])
      .filter(({ Labels }) => isMeant(Labels ?? {}))
      .map(({ Name }) => Name)
      .map(removal('volume', (name) => api.getVolume(name).remove())),
  ]);
  const images = await api.listImages({ filters: JSON.stringify(filters) });
  const ids = images.filter(({ Labels }) => isMeant(Labels ?? {})).map(({ Id }) => Id);
  const removeImage = removal('image', (id) => api.getImage(id).remove({ force: true }));
  const removedImages: RemovedThing[] = [];
  for (const id of ids) removedImages.push(await removeImage(id));
  return [...removed, ...held, ...removedImages];
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
