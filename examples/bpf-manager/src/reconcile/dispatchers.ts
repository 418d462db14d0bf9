import type { ProgramInfo } from 'glovebox/kernel';
import type { Context } from '../context.js';
import { removeDispatcher } from '../dispatcher/dispatchers.js';
import { deviceRef } from '../dispatcher/hook.js';
import { hookOf } from '../dispatcher/hook-of.js';
import { dispatcherName } from '../dispatcher/program.js';
import { ManagerError, unlessGone } from '../errors.js';
import type { DispatcherKey, DispatcherRecord } from '../model.js';
import type { Finding } from './finding.js';
import { findSurveyed, type Survey, stateOf } from './survey.js';

export function findDispatcherDifferences(context: Context, survey: Survey): readonly Finding[] {
  return [
    ...survey.dispatchers.flatMap((record) => findLost(context, survey, record)),
    ...findOrphanPrograms(context, survey),
    ...findOrphanLinks(context, survey),
    ...findForeignXdp(survey),
  ];
}

function findLost(context: Context, survey: Survey, record: DispatcherRecord): readonly Finding[] {
  const { kernel, store, paths } = context;
  const subject = `${record.kind} dispatcher of ${record.interfaceName} (ifindex ${record.ifindex})`;
  const isLoaded = survey.kernelPrograms.get(record.programId)?.name === dispatcherName(record.kind);
  const state = stateOf(survey, record);
  const remove = async () => {
    const current = store.dispatcher(record);
    if (!current) return;
    const { warnings } = await removeDispatcher(context, current, store.links({ dispatcher: record }));
    if (warnings.length > 0) throw new ManagerError('INTERNAL', warnings.join('; '));
  };
  if (!isLoaded) {
    const detail = `its program ${record.programId} is in the database and not in the kernel`;
    return [{ kind: 'dispatcher-only-in-database', subject, detail, stage: 'dispatchers', repair: remove }];
  }
  if (state !== 'present') {
    const detail = state === 'netns-gone' ? `${record.netnsPath} is gone` : 'its interface is gone';
    return [{ kind: state, subject, detail, stage: 'dispatchers', repair: remove }];
  }
  const findings: Finding[] = [];
  if (!isOnHook(context, survey, record)) {
    const detail = `program ${record.programId} is not on its hook`;
    const repair = async () => {
      // A repair of its last link takes a dispatcher away.
      const current = store.dispatcher(record);
      if (current) await hookOf(context, record, record).restore(current);
    };
    findings.push({ kind: 'dispatcher-off-its-hook', subject, detail, stage: 'hooks', repair });
  }
  if (!store.links({ dispatcher: record }).length) {
    const detail = 'it has no links';
    findings.push({ kind: 'dispatcher-only-in-database', subject, detail, stage: 'dispatchers', repair: remove });
  }
  const path = paths.dispatcher(record, record.revision);
  if (survey.pins.get(path)?.id !== record.programId) {
    const repair = async () => {
      if (!store.dispatcher(record)) return;
      const handle = await kernel.programById(record.programId);
      await kernel.pin(handle, path).finally(() => handle.close());
    };
    findings.push({ kind: 'pin-missing', subject, detail: `${path} is missing`, stage: 'pins', repair });
  }
  return findings;
}

function isOnHook({ paths }: Context, survey: Survey, record: DispatcherRecord): boolean {
  if (record.kind === 'xdp') {
    const pin = survey.pins.get(paths.dispatcherLink(record));
    const link = pin && survey.kernelLinks.get(pin.id);
    return link?.attached === true && link.programId === record.programId;
  }
  const filters = findSurveyed(survey, record)?.filters ?? [];
  return filters.some((each) => {
    const isHere = `tc-${each.direction}` === record.kind && each.handle === record.filterHandle;
    return isHere && each.programId === record.programId;
  });
}

/** Dispatcher programs that no row knows: pinned at a revision that is not in use, or held by a hook or a handle. */
function findOrphanPrograms(context: Context, survey: Survey): readonly Finding[] {
  const { paths } = context;
  const known = new Set(survey.dispatchers.map((record) => record.programId));
  const names = new Set<string>([dispatcherName('xdp'), dispatcherName('tc-ingress')]);
  const pinned = new Map<number, { readonly path: string; readonly key: DispatcherKey; readonly revision: number }>();
  for (const pin of survey.pins.values()) {
    const place = paths.describe(pin.path);
    if (place?.thing === 'dispatcher') pinned.set(pin.id, { path: pin.path, ...place });
  }
  return [...survey.kernelPrograms.values()]
    .filter((program) => !known.has(program.id) && (pinned.has(program.id) || names.has(program.name)))
    .map((program) => {
      const place = pinned.get(program.id);
      return {
        kind: 'dispatcher-only-in-kernel',
        subject: `dispatcher program ${program.id} ("${program.name}")`,
        detail: `it is in the kernel, ${place ? `pinned at ${place.path}` : 'not pinned'}, and not in the database`,
        stage: 'orphans',
        repair: async () => {
          await takeOffHooks(context, survey, program);
          for (const link of survey.kernelLinks.values()) {
            if (place && isSlotOf(survey, link.id, paths.revision(place.key, place.revision))) {
              await unlessGone(() => context.kernel.detach(link.id));
            }
          }
          await unlessGone(() => context.kernel.unload(program.id));
          if (place) await unlessGone(() => context.kernel.bpffs.rmdir(paths.revision(place.key, place.revision)));
        },
      };
    });
}

async function takeOffHooks({ kernel }: Context, survey: Survey, program: ProgramInfo): Promise<void> {
  for (const link of survey.kernelLinks.values()) {
    // It may have been given another program while hooks were mended.
    if (link.type !== 'xdp' || link.programId !== program.id) continue;
    await unlessGone(async () => {
      const handle = await kernel.linkById(link.id);
      await (handle.programId === program.id ? kernel.detach(handle) : handle.close());
    });
  }
  for (const { device, filters } of survey.devices) {
    for (const { direction, priority, handle } of filters.filter((filter) => filter.programId === program.id)) {
      const filter = { ...deviceRef(device), direction, priority, handle };
      await unlessGone(() => kernel.deleteFilter(filter), 'ENODEV', 'EINVAL');
    }
  }
}

function isSlotOf(survey: Survey, linkId: number, directory: string): boolean {
  return [...survey.pins.values()].some((pin) => {
    return pin.kind === 'link' && pin.id === linkId && pin.path.startsWith(`${directory}/`);
  });
}

/** Links of XDP dispatchers whose row is gone: nobody would ever take them off. */
function findOrphanLinks({ kernel, paths }: Context, survey: Survey): readonly Finding[] {
  const isKnown = (key: DispatcherKey) =>
    survey.dispatchers.some(
      (each) => each.kind === key.kind && each.netns === key.netns && each.ifindex === key.ifindex,
    );
  return [...survey.pins.values()].flatMap((pin): readonly Finding[] => {
    const place = paths.describe(pin.path);
    if (place?.thing !== 'dispatcher-link' || isKnown(place.key)) return [];
    const detail = `it is pinned at ${pin.path}, and its dispatcher is not in the database`;
    const repair = () => unlessGone(() => kernel.detach(pin.id));
    return [{ kind: 'dispatcher-only-in-kernel', subject: `XDP link ${pin.id}`, detail, stage: 'hooks', repair }];
  });
}

function findForeignXdp(survey: Survey): readonly Finding[] {
  return survey.devices.flatMap(({ device, xdp }): readonly Finding[] => {
    if (xdp?.programId === undefined) return [];
    const program = survey.kernelPrograms.get(xdp.programId);
    if (program?.name === dispatcherName('xdp')) return [];
    const subject = `${device.interfaceName} (ifindex ${device.ifindex})`;
    const detail = `program ${xdp.programId} ("${program?.name ?? '?'}") sits on its XDP hook and is not of this manager`;
    return [{ kind: 'foreign-xdp', subject, detail, stage: 'nothing', repair: undefined }];
  });
}
