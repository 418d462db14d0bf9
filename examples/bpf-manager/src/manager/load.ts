import type { Program, ProgramSpec } from 'glovebox/kernel';
import type { Context } from '../context.js';
import { prototypeSpec, slotFunction } from '../dispatcher/program.js';
import { errnoOf, ManagerError, messageOf } from '../errors.js';
import type { ProgramDefinition, ProgramRecord } from '../model.js';
import { asOne, type Rollback } from '../rollback.js';

/** Loads programs in their order, and saves each: all of them or, in reverse, none. */
export async function load(
  context: Context,
  definitions: readonly ProgramDefinition[],
): Promise<readonly ProgramRecord[]> {
  const names = definitions.map(({ name }) => `"${name}"`).join(', ');
  return await asOne(`load ${names}`, async (rollback) => {
    const records: ProgramRecord[] = [];
    for (const definition of definitions) records.push(await loadOne(context, definition, rollback));
    return records;
  });
}

async function loadOne(context: Context, definition: ProgramDefinition, rollback: Rollback): Promise<ProgramRecord> {
  const { kernel, store, paths } = context;
  const { name, type, attachTo, metadata } = definition;
  const program = await loadIntoKernel(context, definition);
  rollback.add(`unload program ${program.id} ("${name}")`, async () => {
    // By its id: of a batch, the handles of those before are closed already.
    await kernel.unload(program.id).finally(() => program.close());
    await removeMapDirectory(context, program.id);
  });
  const record = { id: program.id, name, type, attachTo, metadata, pinPath: paths.program(program.id) };
  // Added first: a row that is reported as failed may have been written. Whose it is, its id tells.
  const taken = store.program(program.id);
  if (!taken) rollback.add(`delete the row of program ${program.id}`, () => store.deleteProgram(program.id));
  store.saveProgram(record);
  await program.close();
  return record;
}

async function loadIntoKernel(context: Context, definition: ProgramDefinition): Promise<Program> {
  const { kernel } = context;
  const { name, type } = definition;
  try {
    if (type !== 'xdp' && type !== 'tc') return await kernel.load({ ...toSpec(context, definition), type });
    // Behind a dispatcher a program is an extension, and those are verified against what they will extend.
    const prototype = await kernel.load(prototypeSpec(type));
    try {
      const target = { program: prototype, functionName: slotFunction(0) };
      return await kernel.load({ ...toSpec(context, definition), type: 'extension', extends: target });
    } finally {
      await prototype.close();
    }
  } catch (error) {
    throw explainRefusal(error, name, kernel.release);
  }
}

function toSpec({ paths }: Context, definition: ProgramDefinition): Omit<ProgramSpec, 'type'> {
  const { name, object, attachTo, maps } = definition;
  return {
    name,
    maps,
    pinPath: paths.root,
    ...(object && {
      code: { object: object.bytes, ...(object.section === undefined ? {} : { section: object.section }) },
    }),
    ...(attachTo === undefined ? {} : { attachTo }),
  };
}

/** Before 5.11 the kernel answered EPERM when the locked memory did not suffice, which nobody would guess. */
function explainRefusal(error: unknown, name: string, release: string): unknown {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  const isAccountedAsMemlock = major < 5 || (major === 5 && minor < 11);
  if (errnoOf(error) !== 'EPERM' || !isAccountedAsMemlock) return error;
  return new ManagerError(
    'RESOURCE_EXHAUSTED',
    `load "${name}": ${messageOf(error)}. On kernel ${release} this is also the answer when RLIMIT_MEMLOCK is too low: raise it (ulimit -l unlimited)`,
    { cause: error },
  );
}

/** The kernel's unload takes the pins of maps away, and leaves the directory they were in. */
export async function removeMapDirectory({ kernel, paths }: Context, programId: number): Promise<void> {
  const directory = paths.maps(programId);
  if (await kernel.bpffs.exists(directory)) await kernel.bpffs.rmdir(directory);
}
