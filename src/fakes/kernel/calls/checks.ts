import { quote, UsageError } from '../../../core/errors.js';
import type { DeviceRef, HookRef, TcxPosition } from '../../../kernel/attach.js';
import { MAP_TYPES, type MapSpec, PROGRAM_TYPES, type ProgramSpec } from '../../../kernel/objects.js';
import type { Caller } from '../caller.js';
import { Handle } from '../objects/handles.js';
import { checkChoice, checkNumber, checkPath, checkText, Mistakes } from './mistakes.js';

/** A reference on an object: an id, or a handle of this kernel. Whether it is open is the kernel's to say. */
export function checkRef(mistakes: Mistakes, caller: Caller, field: string, value: unknown, kind: string): void {
  if (typeof value === 'number') {
    checkNumber(mistakes, `${field}, an id,`, value, 0, 2 ** 32 - 1);
  } else checkHandle(mistakes, caller, field, value, `${kind} or its id`);
}

export function checkHandle(mistakes: Mistakes, caller: Caller, field: string, value: unknown, kind: string): void {
  if (!Handle.isHandle(value)) {
    const hint = isLikeHandle(value) ? '. An object around a handle is none: give the handle itself, or its id' : '';
    mistakes.add(`${field} must be a ${kind}, not ${quote(value)}${hint}`);
  } else if (Handle.callerOf(value).machine !== caller.machine) {
    mistakes.add(`${field} is a handle of another kernel; a handle works only on the kernel that made it`);
  }
}

function isLikeHandle(value: unknown): boolean {
  try {
    return value instanceof Handle;
  } catch {
    // A proxy that was revoked.
    return false;
  }
}

export function checkDevice(mistakes: Mistakes, device: DeviceRef): void {
  checkNumber(mistakes, 'ifindex', device.ifindex, 1, 2 ** 31 - 1);
  if (device.netns !== undefined) checkPath(mistakes, 'netns', device.netns);
}

export function checkHook(mistakes: Mistakes, hook: HookRef): void {
  checkDevice(mistakes, hook);
  checkChoice(mistakes, 'direction', hook.direction, ['ingress', 'egress']);
}

export function checkPosition(mistakes: Mistakes, caller: Caller, position: TcxPosition): void {
  const { order, anchor, expectedRevision } = position;
  if (order !== undefined) checkChoice(mistakes, 'order', order, ['before', 'after']);
  if (expectedRevision !== undefined)
    checkNumber(mistakes, 'expectedRevision', expectedRevision, 0, Number.MAX_SAFE_INTEGER);
  if (anchor === undefined) return;
  if (typeof anchor !== 'object' || anchor === null)
    mistakes.add(`anchor must name a program or a link, not ${quote(anchor)}`);
  else if ('link' in anchor) checkRef(mistakes, caller, 'anchor.link', anchor.link, 'link');
  else checkRef(mistakes, caller, 'anchor.program', anchor.program, 'program');
}

/** @throws UsageError when an argument is no object at all: nothing more can be said of it */
export function requireObject(subject: string, value: unknown): void {
  if (typeof value !== 'object' || value === null)
    throw new UsageError(subject, `expected an object, not ${quote(value)}`);
}

/** What makes no sense of a map, whatever the kernel. */
export function checkMapSpec(mistakes: Mistakes, field: string, spec: MapSpec): void {
  checkText(mistakes, `${field}name`, spec.name);
  checkChoice(mistakes, `${field}type`, spec.type, MAP_TYPES);
  checkNumber(mistakes, `${field}keySizeBytes`, spec.keySizeBytes, 0, 2 ** 32 - 1);
  checkNumber(mistakes, `${field}valueSizeBytes`, spec.valueSizeBytes, 0, 2 ** 32 - 1);
  checkNumber(mistakes, `${field}maxEntries`, spec.maxEntries, 0, 2 ** 32 - 1);
  if (spec.flags !== undefined) checkNumber(mistakes, `${field}flags`, spec.flags, 0, 2 ** 32 - 1);
}

/** What makes no sense of a program, whatever the kernel. @throws UsageError */
export function checkProgramSpec(caller: Caller, spec: ProgramSpec): void {
  requireObject('load', spec);
  const mistakes = new Mistakes();
  checkText(mistakes, 'name', spec.name);
  checkChoice(mistakes, 'type', spec.type, PROGRAM_TYPES);
  if (spec.code !== undefined) checkCode(mistakes, spec.code);
  if (spec.license !== undefined && typeof spec.license !== 'string')
    mistakes.add(`license must be a string, not ${quote(spec.license)}`);
  if (spec.attachTo !== undefined) checkText(mistakes, 'attachTo', spec.attachTo);
  if (spec.extends !== undefined) checkTarget(mistakes, caller, 'extends', spec.extends);
  if (spec.functions !== undefined) checkFunctions(mistakes, spec.functions);
  if (spec.xdpTarget !== undefined) {
    checkChoice(mistakes, 'xdpTarget', spec.xdpTarget, ['devmap', 'cpumap']);
    if (spec.type !== 'xdp') mistakes.add(`xdpTarget is for programs of type xdp, not ${quote(spec.type)}`);
  }
  if (spec.maps !== undefined) checkMaps(mistakes, caller, spec.maps);
  if (spec.pinPath !== undefined) checkPath(mistakes, 'pinPath', spec.pinPath);
  mistakes.throwIfAny(`load ${quote(spec.name)}`);
}

function checkCode(mistakes: Mistakes, code: NonNullable<ProgramSpec['code']>): void {
  if (typeof code !== 'object' || code === null)
    mistakes.add(`code must hold instructions or an object file, not ${quote(code)}`);
  else if ('instructions' in code) {
    if (!(code.instructions instanceof Uint8Array))
      mistakes.add(`code.instructions must be a Uint8Array, not ${quote(code.instructions)}`);
    else if (code.instructions.length % 8 !== 0) {
      mistakes.add(
        `code.instructions has ${code.instructions.length} bytes; an instruction has 8, so it must be a multiple of that`,
      );
    }
  } else if (!(code.object instanceof Uint8Array))
    mistakes.add(`code.object must be a Uint8Array, not ${quote(code.object)}`);
  else if (!ELF_MAGIC.every((byte, index) => code.object[index] === byte))
    mistakes.add('code.object is no ELF file: it does not begin with 7f 45 4c 46');
}

const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];

/** What an extension replaces: a function of a program. */
export function checkTarget(
  mistakes: Mistakes,
  caller: Caller,
  field: string,
  target: NonNullable<ProgramSpec['extends']>,
): void {
  if (typeof target !== 'object' || target === null) {
    mistakes.add(`${field} must name a program and a function, not ${quote(target)}`);
    return;
  }
  checkRef(mistakes, caller, `${field}.program`, target.program, 'program');
  checkText(mistakes, `${field}.functionName`, target.functionName);
}

function checkFunctions(mistakes: Mistakes, functions: readonly string[]): void {
  if (!Array.isArray(functions)) {
    mistakes.add(`functions must be a list of names, not ${quote(functions)}`);
    return;
  }
  for (const name of functions) checkText(mistakes, 'functions: each', name);
  const twice = functions.filter((name, index) => functions.indexOf(name) < index);
  if (twice.length > 0) mistakes.add(`functions names ${quote(twice[0])} twice`);
}

function checkMaps(mistakes: Mistakes, caller: Caller, maps: NonNullable<ProgramSpec['maps']>): void {
  if (!Array.isArray(maps)) {
    mistakes.add(`maps must be a list, not ${quote(maps)}`);
    return;
  }
  maps.forEach((map: unknown, index) => {
    if (Handle.isHandle(map)) checkHandle(mistakes, caller, `maps[${index}]`, map, 'map');
    else if (isMapSpecLike(map)) checkMapSpec(mistakes, `maps[${index}].`, map);
    else mistakes.add(`maps[${index}] must be a map or what to create, not ${quote(map)}`);
  });
}

function isMapSpecLike(value: unknown): value is MapSpec {
  return typeof value === 'object' && value !== null;
}
