import { quote } from '../../core/errors.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import type { BpfMap, MapSpec, ProgramInfo, ProgramRef, ProgramSpec } from '../objects.js';
import { bindMap } from './bind-map.js';
import { KERNEL_PROGRAM_TYPES } from './bpf-constants.js';
import { requireProgramInfo } from './describe.js';
import { explainLoad, withHints } from './hints.js';
import type { LinuxCaller } from './linux-caller.js';
import { type LinuxHandle, type LinuxMap, LinuxProgram } from './linux-handle.js';
import { selectAttachType, selectTarget } from './load-target.js';
import { createMap } from './map-create.js';
import { removePinsOf } from './pins.js';
import { loadInstructions } from './prog-load.js';
import { openCode } from './program-code.js';

const NO_MAPS: NonNullable<ProgramSpec['maps']> = [];

/** Loads a program, with its maps and pins, all of it or nothing. @throws KernelError */
export function loadProgram(caller: LinuxCaller, spec: ProgramSpec): LinuxProgram {
  const made: LinuxMap[] = [];
  let handle: LinuxProgram | undefined;
  try {
    const maps = (spec.maps ?? NO_MAPS).map((map) => takeMap(caller, map, made));
    const { fd, target } = openProgram(caller, spec, maps, made);
    const info = adoptProgram(caller, fd, { spec, target, made });
    handle = new LinuxProgram(caller, fd, info, made);
    if (spec.pinPath !== undefined) pinLoaded(caller, handle, spec.pinPath);
    return handle;
  } catch (error) {
    handle?.giveUp();
    for (const map of made) map.giveUp();
    throw error;
  }
}

/** Gives up what the caller holds: pins first, then handles. @throws KernelError EBADF, ENOENT, EPERM */
export function unloadProgram(caller: LinuxCaller, ref: ProgramRef): void {
  const { registry } = caller.machine;
  const action = `unload program ${typeof ref === 'number' ? ref : quote(ref.name)}`;
  const id = caller.run(() => caller.identify(ref, 'program', action));
  removePinsOf(caller, 'program', [id]);
  removePinsOf(caller, 'map', registry.program.get(id)?.madeMapIds ?? []);
  for (const handle of [...caller.handles]) {
    if (handle.kind === 'program' && handle.id === id) handle.giveUp();
  }
}

function takeMap(caller: LinuxCaller, map: MapSpec | BpfMap, made: LinuxMap[]): BpfMap {
  if ('kind' in map) return map;
  const created = createMap(caller, map);
  made.push(created);
  return created;
}

function openProgram(
  caller: LinuxCaller,
  spec: ProgramSpec,
  maps: readonly BpfMap[],
  made: LinuxMap[],
): { readonly fd: FileDescriptor; readonly target: string | undefined } {
  const action = `load program ${quote(spec.name)} (${spec.type})`;
  using code = openCode(caller, spec, maps, made);
  const whole = { ...code.meaning, ...spec };
  const target = selectTarget(caller, whole);
  const request = {
    name: spec.name,
    kernelType: KERNEL_PROGRAM_TYPES[spec.type],
    instructions: code.instructions,
    license: spec.license ?? code.license ?? 'GPL',
    flags: (spec.flags ?? 0) | (code.flags ?? 0),
    expectedAttachType: selectAttachType(whole),
    btfFd: code.btf?.number,
    functionInfo: code.functionInfo,
    lineInfo: code.lineInfo,
    fdArray: code.fdArray,
    log: spec.verifierLog,
  };
  const fd = withHints(
    () => caller.create(() => target.use((resolved) => loadInstructions({ ...request, ...resolved }, action))),
    (error) => explainLoad(caller, spec, error),
  );
  try {
    for (const map of maps) caller.lend(map, (mapFd) => bindMap(fd.number, mapFd, action), 'map');
  } catch (error) {
    fd.close();
    throw error;
  }
  return { fd, target: whole.attachTo ?? whole.extends?.functionName };
}

/** What is known of a program that was just loaded. */
interface LoadedProgram {
  readonly spec: ProgramSpec;
  readonly target: string | undefined;
  readonly made: readonly LinuxMap[];
}

/** Takes a new program into the books. */
function adoptProgram(caller: LinuxCaller, fd: FileDescriptor, { spec, target, made }: LoadedProgram): ProgramInfo {
  const { registry } = caller.machine;
  const extended = spec.extends?.program;
  try {
    const info = requireProgramInfo(registry, fd);
    registry.addProgram(info.id, {
      name: spec.name,
      type: spec.type,
      dispatcher: spec.functions !== undefined && spec.functions.length > 0,
      target,
      extendedId: typeof extended === 'object' ? extended.id : extended,
      madeMapIds: made.map(({ id }) => id),
    });
    return { ...info, type: spec.type };
  } catch (error) {
    fd.close();
    throw error;
  }
}

/** Pins a program and its maps below a directory; when a pin fails, nothing is left. @throws KernelError */
function pinLoaded(caller: LinuxCaller, program: LinuxProgram, pinPath: string): void {
  const { bpffs } = caller.machine;
  bpffs.mount.resolve(pinPath);
  const mapsPath = `${pinPath}/maps/${program.id}`;
  // The variables of an object file are its program's own.
  const maps = program.maps.filter(({ id }) => caller.machine.registry.map.get(id)?.isVariables !== true);
  const pinned: string[] = [];
  const pin = (handle: LinuxHandle, path: string): void => {
    bpffs.pin(caller.fdOf(handle), path);
    pinned.push(path);
  };
  caller.run(() => {
    try {
      bpffs.mkdir(pinPath, { recursive: true, temporary: true });
      pin(program, `${pinPath}/prog_${program.id}`);
      if (maps.length > 0) bpffs.mkdir(mapsPath, { recursive: true, temporary: true });
      for (const map of maps) pin(map, `${mapsPath}/${map.name}`);
    } catch (error) {
      for (const path of pinned.reverse()) bpffs.unpin(path);
      bpffs.removeTemporaryPath(mapsPath);
      throw error;
    }
  });
}
