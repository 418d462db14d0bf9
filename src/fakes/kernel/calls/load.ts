import { quote } from '../../../core/errors.js';
import type { BpfMap, MapSpec, ProgramRef, ProgramSpec } from '../../../kernel/objects.js';
import type { Caller } from '../caller.js';
import { type PinNode, pathOf } from '../objects/bpffs-tree.js';
import { FakeMap, FakeProgram, Handle } from '../objects/handles.js';
import { describeProgram, type LoadTarget, type MapObject, ProgramObject } from '../objects/kernel-objects.js';
import { selectInstructions } from './instructions.js';
import { createMapObject } from './maps.js';
import { checkLoad, LOAD, measureProgram } from './verify.js';

/** `Kernel.unload`: pins first, then handles, so that a caller with a handle frees at once, as with the last fd. */
export function unload(caller: Caller, ref: ProgramRef): void {
  const program = caller.program(ref, LOAD, `unload program ${typeof ref === 'number' ? ref : quote(ref.name)}`);
  const { madeMaps } = program.facts;
  for (const pin of program.pins.slice()) removePin(caller, pin);
  for (const map of madeMaps) for (const pin of map.pins.slice()) removePin(caller, pin);
  for (const handle of program.listHandles()) if (Handle.callerOf(handle) === caller) handle.giveUp();
}

/** Takes a pin away, and the directories that were made for it. */
export function removePin(caller: Caller, pin: PinNode): void {
  const { events, bpffs } = caller.machine;
  if (events.listenerCount('unpin') > 0)
    events.emit('unpin', { path: pathOf(pin), kind: pin.object.kind, id: pin.object.id });
  bpffs.removePin(pin);
  bpffs.removeTemporary(pin.parent);
}

/** `Kernel.load`: all of it or nothing. */
export function load(caller: Caller, spec: ProgramSpec): FakeProgram {
  const { machine } = caller;
  const made: FakeMap[] = [];
  const madeMaps: MapObject[] = [];
  let target: LoadTarget | undefined;
  try {
    const maps = spec.maps === undefined ? NO_MAPS : takeMaps(caller, spec.maps, made, madeMaps);
    const instructions = selectInstructions(spec);
    target = checkLoad(caller, spec, instructions);
    const program = new ProgramObject(machine.store.programs.allocate(), {
      name: spec.name,
      type: spec.type,
      tag: machine.tags.make(instructions),
      loadedAtMs: machine.options.clock.now(),
      functions: spec.functions === undefined ? NO_FUNCTIONS : [...spec.functions],
      staticFunctions: spec.staticFunctions === undefined ? NO_FUNCTIONS : [...spec.staticFunctions],
      attachTo: spec.attachTo,
      xdpTarget: spec.xdpTarget,
      target,
      maps,
      madeMaps,
      memlockBytes: measureProgram(instructions),
    });
    machine.store.lockedBytes += program.facts.memlockBytes;
    machine.store.programs.add(program);
    for (const map of maps) machine.store.hold(map, 'kernel');
    if (target !== undefined) machine.store.hold(target.program, 'kernel');
    const handle = new FakeProgram(caller, program, made);
    if (spec.pinPath !== undefined) pinLoaded(caller, handle, program, spec.pinPath);
    if (machine.events.listenerCount('load') > 0) machine.events.emit('load', describeProgram(program));
    return handle;
  } catch (error) {
    for (const map of made) map.giveUp();
    throw error;
  }
}

const NO_MAPS: readonly MapObject[] = [];
const NO_FUNCTIONS: readonly string[] = [];

/** The maps of a program: those that exist, and those that are created for it, as loaders do before they load. */
function takeMaps(
  caller: Caller,
  maps: readonly (MapSpec | BpfMap)[],
  made: FakeMap[],
  madeMaps: MapObject[],
): readonly MapObject[] {
  return maps.map((map) => {
    if (Handle.isHandle(map)) return caller.map(map, LOAD, 'use a map in a program');
    const object = createMapObject(caller, map);
    made.push(new FakeMap(caller, object));
    madeMaps.push(object);
    return object;
  });
}

/** Pins a program and its maps below a directory; when a pin fails, nothing is left. @throws KernelError */
function pinLoaded(caller: Caller, handle: FakeProgram, program: ProgramObject, pinPath: string): void {
  const { bpffs, events } = caller.machine;
  const pins: PinNode[] = [];
  try {
    bpffs.mkdir(pinPath, { recursive: true, temporary: true });
    pins.push(bpffs.pin(program, `${pinPath}/prog_${program.id}`));
    const { madeMaps } = program.facts;
    if (madeMaps.length > 0) bpffs.mkdir(`${pinPath}/maps/${program.id}`, { recursive: true, temporary: true });
    for (const map of madeMaps) pins.push(bpffs.pin(map, `${pinPath}/maps/${program.id}/${map.name}`));
  } catch (error) {
    for (const pin of pins.reverse()) bpffs.removePin(pin);
    bpffs.removeTemporaryPath(`${pinPath}/maps/${program.id}`);
    handle.giveUp();
    throw error;
  }
  if (events.listenerCount('pin') > 0) {
    for (const pin of pins) events.emit('pin', { path: pathOf(pin), kind: pin.object.kind, id: pin.object.id });
  }
}
