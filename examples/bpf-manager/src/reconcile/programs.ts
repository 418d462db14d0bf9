import type { Context } from '../context.js';
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
    .concat(findUnknown(context, survey));
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
        await unlessGone(() => kernel.unpin(pin.path));
        await removeMapDirectory(context, pin.id);
      },
    }));
}
