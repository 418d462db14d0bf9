import type { BpfLink, Program } from 'glovebox/kernel';
import type { Context } from '../context.js';
import { isErrno, ManagerError, unlessGone } from '../errors.js';
import type { Device, DispatcherKey, DispatcherRecord, LinkRecord, Outcome } from '../model.js';
import { asOne, doAll, type Rollback } from '../rollback.js';
import { hookOf } from './hook-of.js';
import { configure, dispatcherSpec, slotFunction } from './program.js';

/** A link that is to be behind the next revision of a dispatcher; its slot and its kernel link are made here. */
export interface Member {
  readonly id: number;
  readonly programId: number;
  readonly direction: LinkRecord['direction'];
  readonly priority: number;
  readonly proceedOn: number;
}

/** What a rebuild is about. */
export interface Rebuild {
  readonly key: DispatcherKey;
  readonly device: Device;
  /** In the order they run. */
  readonly members: readonly Member[];
}

/**
 * Builds a dispatcher with exactly these members at the next revision, swaps it with the one before, saves it, and
 * drops the one before. When a step up to the saving fails, everything is as it was.
 * @returns what of the old revision could not be dropped
 */
export async function rebuild(context: Context, { key, device, members }: Rebuild): Promise<Outcome> {
  const { store } = context;
  const old = store.dispatcher(key);
  const oldLinks = old ? store.links({ dispatcher: key }) : [];
  const revision = (old?.revision ?? 0) + 1;
  return await asOne(`build the ${key.kind} dispatcher of ${device.interfaceName}`, async (rollback) => {
    const program = await loadDispatcher(context, key, revision, members, rollback);
    const links = await attachMembers(context, { key, device, members }, revision, program, rollback);
    const hook = hookOf(context, key, device);
    const seat = old ? await hook.replace(old, program, rollback) : await hook.install(program, rollback);
    // Added first: a transaction that is reported as failed may have been committed.
    rollback.add('restore the database', () =>
      old ? store.saveDispatcher(old, oldLinks) : store.deleteDispatcher(key),
    );
    const records = links.map(({ record }) => record);
    store.saveDispatcher({ ...key, ...device, revision, programId: program.id, ...seat }, records);

    for (const { handle } of links) await handle.close();
    await program.close();
    return { warnings: old ? await dropRevision(context, old, oldLinks) : [] };
  });
}

/** Takes a dispatcher with all its links off its hook, out of the database, and out of the kernel. */
export async function removeDispatcher(
  context: Context,
  record: DispatcherRecord,
  links: readonly LinkRecord[],
): Promise<Outcome> {
  const { store } = context;
  return await asOne(`remove the ${record.kind} dispatcher of ${record.interfaceName}`, async (rollback) => {
    await hookOf(context, record, record).remove(record, rollback);
    rollback.add('restore the database', () => store.saveDispatcher(record, links));
    store.deleteDispatcher(record);
    return { warnings: await dropRevision(context, record, links) };
  });
}

/** Drops what a revision consists of, dependents first; whatever fails is told and left to reconciliation. */
export async function dropRevision(
  context: Context,
  record: DispatcherRecord,
  links: readonly LinkRecord[],
): Promise<readonly string[]> {
  const { kernel, paths } = context;
  return await doAll([
    ...links.map((link) => ({
      description: `detach link ${link.kernelId} of the old ${record.kind} dispatcher`,
      undo: () => unlessGone(() => kernel.detach(link.kernelId)),
    })),
    {
      description: `unload the old ${record.kind} dispatcher ${record.programId}`,
      undo: () => unlessGone(() => kernel.unload(record.programId)),
    },
    {
      description: `remove ${paths.revision(record, record.revision)}`,
      undo: () => unlessGone(() => kernel.bpffs.rmdir(paths.revision(record, record.revision))),
    },
  ]);
}

async function loadDispatcher(
  { kernel, paths }: Context,
  key: DispatcherKey,
  revision: number,
  members: readonly Member[],
  rollback: Rollback,
): Promise<Program> {
  const directory = paths.revision(key, revision);
  // Added first: a directory that is reported as failed may have been made. What is in it is told where that failed.
  rollback.add(`remove ${directory}`, () => unlessGone(() => kernel.bpffs.rmdir(directory), 'ENOTEMPTY'));
  await makeDirectory(kernel, directory);
  const masks = members.map((member) => member.proceedOn);
  const program = await kernel.load(dispatcherSpec(key.kind, masks));
  rollback.add(`unload dispatcher ${program.id}`, async () => {
    await kernel.unload(program.id).finally(() => program.close());
  });
  await configure(program, masks);
  await kernel.pin(program, paths.dispatcher(key, revision));
  return program;
}

async function makeDirectory(kernel: Context['kernel'], directory: string): Promise<void> {
  try {
    await kernel.bpffs.mkdir(directory);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    const message = `${directory} is left over from an interrupted operation. Reconcile with repair first`;
    throw new ManagerError('FAILED_PRECONDITION', message, { cause: error });
  }
}

interface Attached {
  readonly record: LinkRecord;
  readonly handle: BpfLink;
}

async function attachMembers(
  { kernel, paths }: Context,
  { key, device, members }: Rebuild,
  revision: number,
  dispatcher: Program,
  rollback: Rollback,
): Promise<readonly Attached[]> {
  const attached: Attached[] = [];
  for (const [position, member] of members.entries()) {
    const { proceedOn, ...rest } = member;
    const target = { program: dispatcher, functionName: slotFunction(position) };
    const handle = await kernel.attach({ type: 'extension', program: member.programId, target });
    rollback.add(`detach link ${handle.id}`, async () => {
      await kernel.detach(handle.id).finally(() => handle.close());
    });
    const pinPath = paths.slot(key, revision, position);
    await kernel.pin(handle, pinPath);
    const record: LinkRecord = {
      ...rest,
      kernelId: handle.id,
      pinPath,
      device,
      target: undefined,
      slot: { kind: key.kind, position, proceedOn },
      detachPending: false,
    };
    attached.push({ record, handle });
  }
  return attached;
}
