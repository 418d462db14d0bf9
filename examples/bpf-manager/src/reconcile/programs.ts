import type { Context } from '../context.js';
import { prototypeName } from '../dispatcher/program.js';
import { unlessGone } from '../errors.js';
import { removeMapDirectory } from '../manager/load.js';
import type { ProgramRecord } from '../model.js';
import type { Finding } from './finding.js';
import type { Survey } from './survey.js';

/** Whether the kernel has the program of a row: not just its number, which may have been given out again. */
export function isInKernel(survey: Survey, program: ProgramRecord): boolean {
  return survey.kernelPrograms.get(program.id)?.name === program.name;
}

export function findProgramDifferences(context: Context, survey: Survey): readonly Finding[] {
  return [...survey.programs.values()]
    .flatMap((program) => findLost(context, survey, program))
    .concat(findUnknown(context, survey))
    .concat(findPrototypes(context, survey, 'xdp'))
    .concat(findPrototypes(context, survey, 'tc'));
}

function findLost(context: Context, survey: Survey, program: ProgramRecord): readonly Finding[] {
  const { kernel, store } = context;
  const subject = `program ${program.id} ("${program.name}")`;
  if (!isInKernel(survey, program)) {
    const repair = async () => {
      for (const link of store.links({ programId: program.id })) store.deleteLink(link.id);
      store.deleteProgram(program.id);
    };
    const detail = 'it is in the database and not in the kernel';
    return [{ kind: 'program-only-in-database', subject, detail, stage: 'programs', repair }];
  }
  if (survey.pins.get(program.pinPath)?.id === program.id) return [];
  const repair = async () => {
    const handle = await kernel.programById(program.id);
    await kernel.pin(handle, program.pinPath).finally(() => handle.close());
  };
  return [{ kind: 'pin-missing', subject, detail: `${program.pinPath} is missing`, stage: 'pins', repair }];
}

/** Programs that are pinned as the manager's, yet not in the database: a load that did not end. */
function findUnknown(context: Context, survey: Survey): readonly Finding[] {
  const { kernel, paths } = context;
  return [...survey.pins.values()]
    .filter((pin) => pin.kind === 'program' && paths.describe(pin.path)?.thing === 'program')
    .filter((pin) => survey.programs.get(pin.id)?.pinPath !== pin.path)
    .map((pin) => ({
      kind: 'program-only-in-kernel',
      subject: `program ${pin.id} ("${survey.kernelPrograms.get(pin.id)?.name ?? '?'}")`,
      detail: `it is in the kernel, pinned at ${pin.path}, and not in the database`,
      stage: 'programs',
      repair: async () => {
        await unlessGone(() => kernel.unload(pin.id));
        await removeMapDirectory(context, pin.id);
      },
    }));
}

/**
 * Prototypes that nothing needs any more: an extension keeps its prototype until it is attached for the first time, so
 * there may be as many as there are programs that are not attached. Which of more are too many cannot be told; but of
 * those that are kept nothing is given up.
 */
function findPrototypes({ kernel }: Context, survey: Survey, type: 'xdp' | 'tc'): readonly Finding[] {
  const prototypes = [...survey.kernelPrograms.values()].filter(({ name }) => name === prototypeName(type));
  const isAttached = (program: ProgramRecord) => survey.links.some((link) => link.programId === program.id);
  const waiting = [...survey.programs.values()]
    .filter((program) => program.type === type && isInKernel(survey, program))
    .filter((program) => !isAttached(program));
  const surplus = prototypes.length - waiting.length;
  if (surplus <= 0) return [];
  const repair = async () => {
    for (const prototype of prototypes) await unlessGone(() => kernel.unload(prototype.id));
  };
  const subject = `${surplus} of ${prototypes.length} ${prototypeName(type)} programs`;
  return [{ kind: 'prototype-left-over', subject, detail: 'nothing needs them', stage: 'programs', repair }];
}
