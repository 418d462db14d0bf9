import type { Context } from '../context.js';
import { abandon, keyOf, leave } from '../dispatcher/membership.js';
import { ManagerError, messageOf, toManagerError, unlessGone, withLeftovers } from '../errors.js';
import type { LinkRecord, Outcome } from '../model.js';
import { deviceState } from './device.js';

/** Takes a link off its hook and out of the database. When that fails, the link stays, marked for reconciliation. */
export async function detach(context: Context, linkId: number): Promise<Outcome> {
  const link = context.store.link(linkId);
  if (!link) throw new ManagerError('NOT_FOUND', `there is no link ${linkId}`);
  try {
    return link.slot && link.device ? await detachDispatched(context, link) : await detachDirect(context, link);
  } catch (error) {
    throw withLeftovers(toManagerError(error, `detach link ${linkId}`), markPending(context, link));
  }
}

async function detachDirect({ kernel, store }: Context, link: LinkRecord): Promise<Outcome> {
  await unlessGone(() => kernel.detach(link.kernelId));
  store.deleteLink(link.id);
  return { warnings: [] };
}

async function detachDispatched(context: Context, link: LinkRecord): Promise<Outcome> {
  const { slot, device } = link;
  if (!slot || !device) throw new Error(`link ${link.id} is not behind a dispatcher`);
  const dispatcher = context.store.dispatcher(keyOf({ kind: slot.kind, ...device }));
  if (!dispatcher) throw new Error(`link ${link.id} has no dispatcher`);
  const isPresent = (await deviceState(context, device)) === 'present';
  return isPresent ? await leave(context, dispatcher, link) : await abandon(context, dispatcher, link);
}

function markPending({ store }: Context, link: LinkRecord): readonly string[] {
  try {
    store.markDetachPending(link.id);
    return [];
  } catch (error) {
    return [`mark link ${link.id} for reconciliation: ${messageOf(error)}`];
  }
}
