import type { Context } from '../context.js';
import { ManagerError, messageOf, toManagerError, unlessGone } from '../errors.js';
import type { Outcome } from '../model.js';
import { detach } from './detach.js';
import { removeMapDirectory } from './load.js';

/** Detaches what is attached of a program, the latest first, and unloads it. */
export async function unload(context: Context, programId: number): Promise<Outcome> {
  const { kernel, store } = context;
  const program = store.program(programId);
  if (!program) throw new ManagerError('NOT_FOUND', `there is no program ${programId}`);
  const action = `unload program ${programId} ("${program.name}")`;
  const warnings: string[] = [];
  try {
    for (const link of store.links({ programId }).toReversed()) {
      warnings.push(...(await detach(context, link.id)).warnings);
    }
    await unlessGone(() => kernel.unload(programId));
    await removeMapDirectory(context, programId);
  } catch (error) {
    throw toManagerError(error, action);
  }
  try {
    store.deleteProgram(programId);
  } catch (error) {
    const message = `${action}: it is gone from the kernel, but its row could not be deleted and is stale: ${messageOf(error)}. Unload it again, or reconcile with repair`;
    throw new ManagerError('INTERNAL', message, { cause: error });
  }
  return { warnings };
}
