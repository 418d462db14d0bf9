import { quote } from '../../../core/errors.js';
import type { CreateMapOptions, MapSpec } from '../../../kernel/objects.js';
import { refuse } from '../../../kernel/refuse.js';
import type { Caller } from '../caller.js';
import { createElements } from '../elements/create-elements.js';
import type { ElementContext } from '../elements/map-elements.js';
import { type FakeLink, FakeMap, type FakeProgram } from '../objects/handles.js';
import { describeMap, MapObject } from '../objects/kernel-objects.js';
import { checkMap, measureMap, toKeptFlags } from '../objects/map-rules.js';
import { open, pin } from './pins.js';

/** `Kernel.createMap` */
export function createMap(caller: Caller, spec: MapSpec, { pinnedAt }: CreateMapOptions): FakeMap {
  if (pinnedAt === undefined) return new FakeMap(caller, createMapObject(caller, spec), spec.flags);
  const pinned = reuseMap(caller, spec, pinnedAt);
  if (pinned !== undefined) return pinned;
  const made = new FakeMap(caller, createMapObject(caller, spec), spec.flags);
  try {
    pin(caller, made, pinnedAt);
  } catch (error) {
    made.giveUp();
    throw error;
  }
  return made;
}

/** The map that is pinned there: tools/lib/bpf/libbpf.c, bpf_object__reuse_map and map_is_reuse_compat. */
function reuseMap(caller: Caller, spec: MapSpec, path: string): FakeMap | undefined {
  if (caller.machine.bpffs.peek(path) === undefined) return undefined;
  const found = open(caller, path);
  const differing = findDifference(spec, found);
  if (found.kind === 'map' && differing === undefined) return found;
  found.giveUp();
  const hint = found.kind === 'map' ? `Its ${differing} differs` : `It is a ${found.kind}`;
  return refuse('EINVAL', 'bpf(BPF_OBJ_GET)', `use the map at "${path}"`, hint);
}

function findDifference(spec: MapSpec, found: FakeProgram | FakeLink | FakeMap): string | undefined {
  if (found.kind !== 'map') return undefined;
  const wanted = { ...spec, flags: toKeptFlags(spec.type, spec.flags ?? 0) };
  return (['type', 'keySizeBytes', 'valueSizeBytes', 'maxEntries', 'flags'] as const).find(
    (field) => wanted[field] !== found[field],
  );
}

/** BPF_MAP_CREATE. @throws KernelError EPERM, EINVAL, E2BIG, ENOMEM */
export function createMapObject(
  caller: Caller,
  { name, type, keySizeBytes, valueSizeBytes, maxEntries, flags = 0 }: MapSpec,
): MapObject {
  const { machine } = caller;
  const { store, features, options, events } = machine;
  const spec = { name, type, keySizeBytes, valueSizeBytes, maxEntries, flags };
  checkMap(spec, caller.may, features);
  const action = `create map ${quote(name)} (${type})`;
  if (machine.memoryExhausted) refuse('ENOMEM', 'bpf(BPF_MAP_CREATE)', action, 'There is no memory for it');
  const kept = { ...spec, flags: toKeptFlags(type, flags) };
  const bytes = measureMap(spec);
  if (features.memlockAccounting && store.lockedBytes + bytes > options.memlockLimitBytes) {
    const hint = `RLIMIT_MEMLOCK is ${options.memlockLimitBytes} bytes, of which ${store.lockedBytes} are in use`;
    refuse('EPERM', 'bpf(BPF_MAP_CREATE)', action, hint);
  }
  const map = new MapObject(store.maps.allocate(), kept, createElements(spec, createContext(caller)), bytes);
  store.lockedBytes += bytes;
  store.maps.add(map);
  if (events.listenerCount('createMap') > 0) events.emit('createMap', describeMap(map));
  return map;
}

function createContext(caller: Caller): ElementContext {
  const { machine, netns } = caller;
  return {
    takeProgram(id) {
      const program = machine.store.programs.get(id);
      if (program === undefined || program.references === 0) {
        return refuse(
          'EBADF',
          'bpf(BPF_MAP_UPDATE_ELEM)',
          'put a program into a prog_array',
          `There is no program with id ${id}`,
        );
      }
      machine.store.hold(program, 'kernel');
      return program;
    },
    releaseProgram: (program) => machine.store.release(program, 'kernel'),
    findDevice: (ifindex) => machine.interfaces.findDevice(ifindex, netns),
    forbidsExtendedPrograms: machine.features.extensionOrTailCall,
    forbidsExtensions: machine.features.extensionsStayOut,
    forbidsOtherTargets: machine.features.arraysOfOneAttachType,
  };
}
