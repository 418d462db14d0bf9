import { quote } from '../../../core/errors.js';
import type { MapSpec } from '../../../kernel/objects.js';
import type { Caller } from '../caller.js';
import { FakeMap } from '../objects/handles.js';
import { describeMap, MapObject } from '../objects/kernel-objects.js';
import { createElements, type ElementContext } from '../objects/map-elements.js';
import { checkMap, measureMap } from '../objects/map-rules.js';
import { refuse } from './refuse.js';

/** `Kernel.createMap` */
export function createMap(caller: Caller, spec: MapSpec): FakeMap {
  return new FakeMap(caller, createMapObject(caller, spec));
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
  const bytes = measureMap(spec);
  if (features.memlockAccounting && store.lockedBytes + bytes > options.memlockLimitBytes) {
    const hint = `RLIMIT_MEMLOCK is ${options.memlockLimitBytes} bytes, of which ${store.lockedBytes} are in use`;
    refuse('EPERM', 'bpf(BPF_MAP_CREATE)', action, hint);
  }
  const map = new MapObject(store.maps.allocate(), spec, createElements(spec, createContext(caller)), bytes);
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
  };
}
