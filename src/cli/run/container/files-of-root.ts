import process from 'node:process';
import { Readable, Writable } from 'node:stream';
import type { Engine } from '../../../container/connect-engine.js';
import { openLifetime } from '../../../container/lifetime.js';
import { planEntryCommand } from '../../../native/locate-entry.js';
import { findCaller } from '../become-user.js';
import { giveBack, listOwnedByRoot } from '../root/owned-by-root.js';
import { checkThatFilesWereLaid, createWithMachineFiles } from './containers-of-a-run.js';

/** What {@link giveBackAll} is asked for, as plain data: a container may do it. */
export interface GiveBackRequest {
  readonly folders: readonly string[];
  readonly uid: number;
  readonly gid: number;
  /** Files that were root's before. */
  readonly before: readonly string[];
}

/**
 * Notes what root has in some folders, as root is what a command in a container is.
 *
 * @returns what gives the user all else that is root's there, once the command has ended
 */
export function noteFilesOfRoot(
  folders: readonly string[],
  project: string | undefined,
): (engine: Engine) => Promise<void> {
  const owner = findOwner(project ?? process.cwd());
  if (owner === undefined || folders.length === 0) return async () => {};
  const before = new Set(folders.flatMap((folder) => [...listOwnedByRoot(folder)]));
  return async (engine) => {
    const isNothingNew = folders.every((folder) => [...listOwnedByRoot(folder)].every((each) => before.has(each)));
    if (isNothingNew) return;
    const request = { folders, ...owner, before: [...before] };
    const kept = process.geteuid?.() === 0 ? giveBackAll(request) : await giveBackInContainer(engine, request);
    for (const path of kept)
      console.error(`glovebox run: ${path} stays root's, as it has a second name: chown it by hand`);
  };
}

/** @returns the files that stay root's */
export function giveBackAll({ folders, before, ...owner }: GiveBackRequest): readonly string[] {
  const old = new Set(before);
  return folders.flatMap((folder) => giveBack(folder, old, owner));
}

function findOwner(folder: string): { readonly uid: number; readonly gid: number } | undefined {
  const [uid = 0, gid = 0] = [process.geteuid?.(), process.getegid?.()];
  return uid === 0 ? findCaller(folder) : { uid, gid };
}

/** Who may use the engine is no root, but has one there. */
async function giveBackInContainer(engine: Engine, request: GiveBackRequest): Promise<readonly string[]> {
  const [stdout, stderr] = [new Collector(), new Collector()];
  try {
    const lifetime = await openLifetime(engine);
    await using _owned = { [Symbol.asyncDispose]: () => lifetime.remove() };
    const container = await createWithMachineFiles(engine, lifetime, {
      command: planEntryCommand('cli/run/container/give-back'),
      writable: request.folders,
      capabilities: [],
      isPrivileged: false,
      keep: [],
      signal: new AbortController().signal,
    });
    await container.start();
    const exit = await container.relay(Readable.from([JSON.stringify(request)]), { stdout, stderr });
    await checkThatFilesWereLaid(container, exit);
    if (exit.code !== 0) throw new Error(stderr.text.trim());
    return JSON.parse(stdout.text) as readonly string[];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const folders = request.folders.join(' ');
    console.error(`glovebox run: what root made in ${folders} cannot be given back: ${why}
  by hand: sudo chown -R ${request.uid}:${request.gid} ${folders}`);
    return [];
  }
}

class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
