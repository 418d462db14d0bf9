import { isRecord } from '../core/is-record.js';
import { messageOf } from '../core/message-of.js';
import { callEngine, EngineAnswerError } from './call-engine.js';
import type { EngineConnection } from './engine-connection.js';
import type { Labels } from './labels.js';

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
  /** Which of what has the label is meant. @defaultValue all of it */
  readonly isMeant?: (labels: Labels) => boolean;
}

/**
 * Removes what has a label.
 *
 * @param label - Its name, or `name=value`.
 * @throws EngineAnswerError @throws SilentEngineError; Node's errors of connections
 */
export async function removeLabelled(
  connection: EngineConnection,
  label: string,
  { dryRun = false, isMeant = () => true }: RemoveOptions = {},
): Promise<readonly RemovedThing[]> {
  const filters = JSON.stringify({ label: [label] });
  const list = async (path: string, how: Labels = {}): Promise<readonly ListedThing[]> =>
    readList(await callEngine(connection, { path, query: { ...how, filters } })).filter(({ labels }) =>
      isMeant(labels),
    );
  const remove = async (kind: RemovedThing['kind'], path: string, how: Labels = {}): Promise<RemovedThing> => {
    const id = path.slice(path.lastIndexOf('/') + 1);
    if (dryRun) return { kind, id };
    try {
      await callEngine(connection, { method: 'DELETE', path, query: how });
      return { kind, id };
    } catch (error) {
      return isGone(error) ? { kind, id } : { kind, id, reason: messageOf(error) };
    }
  };
  const [containers, networks, volumes] = await Promise.all([
    list('/containers/json', { all: '1' }),
    list('/networks'),
    list('/volumes'),
  ]);
  const removed = await Promise.all(
    containers.map(({ id }) => remove('container', `/containers/${id}`, { force: '1', v: '1' })),
  );
  // A container holds its networks, volumes and image: they come after.
  const held = await Promise.all([
    ...networks.map(({ id }) => remove('network', `/networks/${id}`)),
    ...volumes.map(({ id }) => remove('volume', `/volumes/${id}`)),
  ]);
  const images: RemovedThing[] = [];
  // One may be made upon another, which goes with it.
  for (const { id } of await list('/images/json')) images.push(await remove('image', `/images/${id}`, { force: '1' }));
  return [...removed, ...held, ...images];
}

interface ListedThing {
  readonly id: string;
  readonly labels: Labels;
}

/** Volumes are named, all else is numbered; what none has is null. */
function readList(answer: unknown): readonly ListedThing[] {
  const list = isRecord(answer) ? answer['Volumes'] : answer;
  if (!Array.isArray(list)) return [];
  return list.filter(isRecord).flatMap((thing: Readonly<Record<string, unknown>>) => {
    const id = thing['Id'] ?? thing['Name'];
    return typeof id === 'string' ? [{ id, labels: readLabels(thing['Labels']) }] : [];
  });
}

function readLabels(value: unknown): Labels {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]));
}

/** Somebody else has removed it, or is about to. */
function isGone(error: unknown): boolean {
  if (!(error instanceof EngineAnswerError)) return false;
  return error.statusCode === 404 || (error.statusCode === 409 && error.message.includes('already in progress'));
}
