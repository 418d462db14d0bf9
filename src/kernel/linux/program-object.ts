import { quote, UnsupportedError } from '../../core/errors.js';
import { CStruct } from '../../native/c-struct.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import type { BpfMap, MapSpec, ProgramObjectFile, ProgramSpec } from '../objects.js';
import { bpf } from './bpf-call.js';
import { loadBtf } from './btf-load.js';
import type { ProgramCodeParts } from './code-parts.js';
import type { LinuxCaller } from './linux-caller.js';
import type { LinuxMap } from './linux-handle.js';
import { createTypedMap } from './map-create.js';
import { findProgram } from './object/find-program.js';
import { linkProgram } from './object/link-program.js';
import type { ObjectMap, ObjectProgram } from './object/object-file.js';
import { readObject } from './object/read-object.js';

/** include/uapi/linux/bpf.h */
const BPF_F_SLEEPABLE = 1 << 4;
const BPF_F_XDP_HAS_FRAGS = 1 << 5;
/** Names of the kernel have so many characters; those of objects may have more. */
const NAME_CHARACTERS = 15;

/**
 * A program of an object file, linked. Its maps are those of the spec that have the same name; the others are created, and
 * added to `made`.
 *
 * @throws UsageError for a file that makes no sense, or has no such program
 * @throws UnsupportedError for what it needs and this cannot do
 * @throws KernelError when a map or the BTF is refused
 */
export function openObject(
  caller: LinuxCaller,
  spec: ProgramSpec,
  code: ProgramObjectFile,
  maps: readonly BpfMap[],
  made: LinuxMap[],
): ProgramCodeParts {
  const object = readObject(code.object);
  const name = code.program ?? spec.name;
  const program = findProgram(object, { name, ...(code.section === undefined ? {} : { section: code.section }) });
  const btf = object.btf === undefined ? undefined : loadBtf(caller, object.btf);
  const takeMap = (map: ObjectMap): number => {
    const existing = maps.find((each) => each.name === toKernelName(map.name));
    if (existing !== undefined) return caller.fdOf(existing);
    const created = createObjectMap(caller, map, btf);
    made.push(created);
    fillMap(caller, created, map);
    return caller.fdOf(created);
  };
  try {
    const { instructions, functionInfo, lineInfo } = linkProgram(object, program.name, { mapFd: takeMap });
    const { sleepable, multiBuffer } = program;
    return {
      instructions,
      flags: (sleepable ? BPF_F_SLEEPABLE : 0) | (multiBuffer ? BPF_F_XDP_HAS_FRAGS : 0),
      ...(btf === undefined ? {} : { btf, functionInfo, lineInfo }),
      license: object.license,
      meaning: selectMeaning(program, spec),
      [Symbol.dispose]: () => btf?.close(),
    };
  } catch (error) {
    btf?.close();
    throw error;
  }
}

/** What an extension replaces is not in the kernel, and only the spec can name it. */
function selectMeaning(
  { type, attachTo, xdpTarget }: ObjectProgram,
  spec: ProgramSpec,
): Pick<ProgramSpec, 'attachTo' | 'xdpTarget'> {
  if (type !== spec.type) return {};
  const isOfKernel = type === 'fentry' || type === 'fexit' || type === 'lsm';
  return {
    ...(isOfKernel && attachTo !== undefined ? { attachTo } : {}),
    ...(xdpTarget === undefined ? {} : { xdpTarget }),
  };
}

function createObjectMap(caller: LinuxCaller, map: ObjectMap, btf: FileDescriptor | undefined): LinuxMap {
  const { keyTypeId, valueTypeId } = map;
  const types =
    btf === undefined || keyTypeId === undefined || valueTypeId === undefined
      ? undefined
      : { btfFd: btf.number, keyTypeId, valueTypeId };
  const created = createTypedMap(caller, toMapSpec(map), types);
  if (map.origin === 'data') caller.machine.registry.noteVariables(created.id);
  return created;
}

/** What an object's variables are at first, and what may not be changed any more. @throws KernelError */
function fillMap(caller: LinuxCaller, created: LinuxMap, { contents, frozen }: ObjectMap): void {
  const fd = caller.fdOf(created);
  const action = `fill map ${quote(created.name)}`;
  if (contents !== undefined) {
    const attributes = new CStruct(32).u32(0, fd).pointer(8, new CStruct(4)).pointer(16, contents);
    caller.run(() => bpf('MAP_UPDATE_ELEM', attributes, action));
  }
  if (frozen) caller.run(() => bpf('MAP_FREEZE', new CStruct(4).u32(0, fd), action));
}

/** @throws UnsupportedError for a type that the contract does not cover */
function toMapSpec({ name, type, kernelType, keySizeBytes, valueSizeBytes, maxEntries, flags }: ObjectMap): MapSpec {
  if (type !== undefined) return { name: toKernelName(name), type, keySizeBytes, valueSizeBytes, maxEntries, flags };
  throw new UnsupportedError({
    capability: `maps of the kernel's type ${kernelType}`,
    reason: `map ${quote(name)} of the object is one, and glovebox has no word for it`,
    fix: 'load the object with its own loader, or leave the map out of the program under test',
  });
}

function toKernelName(name: string): string {
  return name.slice(0, NAME_CHARACTERS);
}
