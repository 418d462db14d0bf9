import type { Context } from '../context.js';
import { ManagerError, unlessGone } from '../errors.js';
import type { Device, DispatcherKey, DispatcherRecord, LinkRecord, Outcome } from '../model.js';
import { doAll } from '../rollback.js';
import { type Member, rebuild, removeDispatcher } from './dispatchers.js';
import { compareRank } from './order.js';
import { MAX_SLOTS } from './program.js';

/** Puts a program behind the dispatcher of a hook, which is made if there is none. */
export async function join(context: Context, key: DispatcherKey, device: Device, member: Member): Promise<Outcome> {
  const { store } = context;
  const existing = store.links({ dispatcher: key }).map(toMember);
  if (existing.length >= MAX_SLOTS) {
    throw new ManagerError(
      'RESOURCE_EXHAUSTED',
      `the ${key.kind} dispatcher of ${device.interfaceName} (ifindex ${device.ifindex}) is full: it has ${existing.length} of ${MAX_SLOTS} programs. Detach one of them first`,
    );
  }
  const ranked = [...existing, member].map((each) => ({
    member: each,
    rank: {
      priority: each.priority,
      isNew: each === member,
      name: store.program(each.programId)?.name ?? '',
      linkId: each.id,
    },
  }));
  ranked.sort((a, b) => compareRank(a.rank, b.rank));
  return await rebuild(context, { key, device, members: ranked.map((each) => each.member) });
}

/** Takes a link out from behind its dispatcher, which is rebuilt without it, or removed with its last one. */
export async function leave(context: Context, record: DispatcherRecord, link: LinkRecord): Promise<Outcome> {
  const links = context.store.links({ dispatcher: record });
  const remaining = links.filter((each) => each.id !== link.id);
  if (remaining.length === 0) return await removeDispatcher(context, record, links);
  const members = remaining.toSorted((a, b) => positionOf(a) - positionOf(b)).map(toMember);
  return await rebuild(context, { key: keyOf(record), device: deviceOf(record), members });
}

/**
 * Takes a link out from behind a dispatcher that cannot be rebuilt, because its device is gone, or that need not be,
 * because the link is gone itself. Its slot stays empty.
 */
export async function abandon(context: Context, record: DispatcherRecord, link: LinkRecord): Promise<Outcome> {
  const { kernel, store } = context;
  const links = store.links({ dispatcher: record });
  const remaining = links.filter((each) => each.id !== link.id);
  if (remaining.length === 0) return await removeDispatcher(context, record, links);
  store.saveDispatcher(record, remaining);
  const warnings = await doAll([
    {
      description: `detach link ${link.kernelId}`,
      undo: () => unlessGone(() => kernel.detach(link.kernelId)),
    },
  ]);
  return { warnings };
}

export function keyOf({ kind, netns, ifindex }: DispatcherKey): DispatcherKey {
  return { kind, netns, ifindex };
}

function deviceOf({ interfaceName, ifindex, netnsPath, netns }: Device): Device {
  return { interfaceName, ifindex, netnsPath, netns };
}

function toMember(link: LinkRecord): Member {
  const { id, programId, direction, priority, slot } = link;
  return { id, programId, direction, priority: priority ?? 0, proceedOn: slot?.proceedOn ?? 0 };
}

function positionOf(link: LinkRecord): number {
  return link.slot?.position ?? 0;
}
