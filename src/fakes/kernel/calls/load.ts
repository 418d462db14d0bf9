import { quote } from '../../../core/errors.js';
import type { MapSpec, ProgramRef, ProgramSpec } from '../../../kernel/objects.js';
import type { Caller } from '../caller.js';
import { type PinNode, pathOf } from '../objects/bpffs-nodes.js';
import { FakeMap, FakeProgram, Handle } from '../objects/handles.js';
import { describeProgram, type LoadTarget, type MapObject, ProgramObject } from '../objects/kernel-objects.js';
import { selectInstructions } from './instructions.js';
import { createMapObject } from './maps.js';
import { removePin } from './pins.js';
import { checkLoad, LOAD, measureProgram } from './verify.js';

/** `Kernel.unload`: pins first, then handles, so that a caller with a handle frees at once, as with the last fd. */
export function unload(caller: Caller, ref: ProgramRef): void {
  const program = caller.program(ref, LOAD, `unload program ${typeof ref === 'number' ? ref : quote(ref.name)}`);
  const { madeMaps } = program.facts;
  for (const pin of program.pins.slice()) removePin(caller, pin);
  for (const map of madeMaps) for (const pin of map.pins.slice()) removePin(caller, pin);
  for (const handle of program.listHandles()) if (Handle.callerOf(handle) === caller) handle.giveUp();
}

/** `Kernel.load`: all of it or nothing. */
export function load(caller: Caller, spec: ProgramSpec): FakeProgram {
  const { machine } = caller;
  const made: FakeMap[] = [];
  const madeMaps: MapObject[] = [];
  let target: LoadTarget | undefined;
  try {
    const created = spec.maps?.map((map) =>
      Handle.isHandle(map) ? undefined : createWith(caller, map, made, madeMaps),
    );
    const instructions = selectInstructions(spec);
    target = checkLoad(caller, spec, instructions);
    const maps = spec.maps?.map((map, index) => created?.[index] ?? caller.map(map, LOAD, USE_MAP)) ?? NO_MAPS;
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

const USE_MAP = 'use a map in a program';

/** Creates a map for a program, as loaders do before they load; maps that exist are bound to it once it is loaded. */
function createWith(caller: Caller, spec: MapSpec, made: FakeMap[], madeMaps: MapObject[]): MapObject {
  const map = createMapObject(caller, spec);
  made.push(new FakeMap(caller, map, spec.flags));
  madeMaps.push(map);
  return map;
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
