import type { LinkInfo } from 'glovebox/kernel';
import type { Context } from '../context.js';
import { abandon, keyOf } from '../dispatcher/membership.js';
import { unlessGone } from '../errors.js';
import { detach } from '../manager/detach.js';
import type { LinkRecord } from '../model.js';
import type { Finding } from './finding.js';
import { isInKernel } from './programs.js';
import { type Survey, stateOf } from './survey.js';

export function findLinkDifferences(context: Context, survey: Survey): readonly Finding[] {
  return survey.links.flatMap((link) => findLost(context, survey, link)).concat(findUnknown(context, survey));
}

function findLost(context: Context, survey: Survey, link: LinkRecord): readonly Finding[] {
  const { kernel } = context;
  const program = survey.programs.get(link.programId);
  const subject = `link ${link.id} of program ${link.programId} ("${program?.name ?? '?'}")`;
  const forgetting = { subject, stage: 'links', repair: () => forget(context, link) } as const;
  const actual = survey.kernelLinks.get(link.kernelId);

  if (!program || !isInKernel(survey, program)) {
    return [{ ...forgetting, kind: 'link-without-program', detail: 'its program is not in the kernel' }];
  }
  if (link.device) {
    const state = stateOf(survey, link.device);
    const { interfaceName, ifindex, netnsPath } = link.device;
    const detail = state === 'netns-gone' ? `${netnsPath} is gone` : `${interfaceName} (ifindex ${ifindex}) is gone`;
    if (state !== 'present') return [{ ...forgetting, kind: state, detail }];
  }
  if (actual?.programId !== link.programId) {
    return [{ ...forgetting, kind: 'link-only-in-database', detail: `the kernel has no such link ${link.kernelId}` }];
  }
  if (!actual.attached) {
    return [{ ...forgetting, kind: 'link-off-its-hook', detail: 'something took it off its hook' }];
  }
  if (link.detachPending) {
    const repair = async () => void (await detach(context, link.id));
    return [{ kind: 'detach-unfinished', subject, detail: 'a detach of it failed', stage: 'retries', repair }];
  }
  if (survey.pins.get(link.pinPath)?.id === link.kernelId) return [];
  const repair = async () => {
    const handle = await kernel.linkById(link.kernelId);
    await kernel.pin(handle, link.pinPath).finally(() => handle.close());
  };
  return [{ kind: 'pin-missing', subject, detail: `${link.pinPath} is missing`, stage: 'pins', repair }];
}

/** Takes a link that does nothing any more out of the database, with what is left of it in the kernel. */
async function forget(context: Context, link: LinkRecord): Promise<void> {
  const { kernel, store } = context;
  if (!store.link(link.id)) return;
  const dispatcher = link.slot && link.device && store.dispatcher(keyOf({ kind: link.slot.kind, ...link.device }));
  if (dispatcher) {
    await abandon(context, dispatcher, link);
    return;
  }
  await unlessGone(() => kernel.detach(link.kernelId));
  store.deleteLink(link.id);
}

/** Links of the manager's programs, or pinned as the manager's, that the database does not know. */
function findUnknown(context: Context, survey: Survey): readonly Finding[] {
  const { kernel, paths } = context;
  const known = new Set(survey.links.map((link) => link.kernelId));
  const pinOf = new Map(
    [...survey.pins.values()].filter((pin) => pin.kind === 'link').map((pin) => [pin.id, pin.path]),
  );
  const isOurs = (link: LinkInfo) => {
    const path = pinOf.get(link.id);
    const thing = path === undefined ? undefined : paths.describe(path)?.thing;
    // What belongs to a dispatcher is told, and goes, with the dispatcher.
    if (thing !== undefined) return thing === 'link' || thing === 'slot';
    return survey.programs.has(link.programId);
  };
  return [...survey.kernelLinks.values()]
    .filter((link) => !known.has(link.id) && isOurs(link))
    .map((link) => ({
      kind: 'link-only-in-kernel',
      subject: `link ${link.id} of the kernel, of program ${link.programId}`,
      detail: `it is in the kernel, ${pinOf.has(link.id) ? `pinned at ${pinOf.get(link.id)}` : 'not pinned'}, and not in the database`,
      stage: 'links',
      repair: () => unlessGone(() => kernel.detach(link.id)),
    }));
}
