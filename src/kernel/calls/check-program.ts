import { quote } from '../../core/errors.js';
import { checkChoice, checkNumber, checkPath, checkText, Mistakes, requireObject } from '../../core/mistakes.js';
import {
  type ExtensionTarget,
  MAP_TYPES,
  type MapSpec,
  PROGRAM_TYPES,
  type ProgramCode,
  type ProgramSpec,
  type VerifierLogOptions,
} from '../objects.js';
import { checkHandle, checkRawFlags, checkRef, checkTargetIsObject, type HandleClassifier, MAX_U32 } from './checks.js';

const MIN_S32 = -(2 ** 31);
const MAX_S32 = 2 ** 31 - 1;

const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];

/** What makes no sense of a program, whatever the kernel. @throws UsageError */
export function checkProgramSpec(handles: HandleClassifier, spec: ProgramSpec): void {
  requireObject('load', spec);
  const mistakes = new Mistakes();
  checkText(mistakes, 'name', spec.name);
  checkChoice(mistakes, 'type', spec.type, PROGRAM_TYPES);
  if (spec.code !== undefined) checkCode(mistakes, spec.code);
  if (spec.license !== undefined && typeof spec.license !== 'string')
    mistakes.add(`license must be a string, not ${quote(spec.license)}`);
  else if (spec.license?.includes('\0') === true)
    mistakes.add(`license must not contain a NUL character; received ${quote(spec.license)}`);
  if (spec.attachTo !== undefined) checkText(mistakes, 'attachTo', spec.attachTo);
  if (spec.extends !== undefined) checkExtensionTarget(mistakes, handles, spec.extends);
  if (spec.functions !== undefined) checkFunctions(mistakes, 'functions', spec.functions);
  if (spec.staticFunctions !== undefined) checkFunctions(mistakes, 'staticFunctions', spec.staticFunctions);
  if (spec.proceedOn !== undefined) checkProceedOn(mistakes, spec);
  checkRawFlags(mistakes, spec.flags);
  if (spec.verifierLog !== undefined) checkVerifierLog(mistakes, spec.verifierLog);
  if (spec.xdpTarget !== undefined) {
    checkChoice(mistakes, 'xdpTarget', spec.xdpTarget, ['devmap', 'cpumap']);
    if (spec.type !== 'xdp') mistakes.add(`xdpTarget is for programs of type xdp, not ${quote(spec.type)}`);
  }
  if (spec.maps !== undefined) checkMaps(mistakes, handles, spec.maps);
  if (spec.pinPath !== undefined) checkPath(mistakes, 'pinPath', spec.pinPath);
  mistakes.throwIfAny(`load ${quote(spec.name)}`);
}

function checkCode(mistakes: Mistakes, code: ProgramCode): void {
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
  } else {
    if (!(code.object instanceof Uint8Array))
      mistakes.add(`code.object must be a Uint8Array, not ${quote(code.object)}`);
    else if (!ELF_MAGIC.every((byte, index) => code.object[index] === byte))
      mistakes.add('code.object is no ELF file: it does not begin with 7f 45 4c 46');
    if (code.section !== undefined) checkText(mistakes, 'code.section', code.section);
    if (code.program !== undefined) checkText(mistakes, 'code.program', code.program);
  }
}

/** What an extension replaces: a function of a program. */
function checkExtensionTarget(mistakes: Mistakes, handles: HandleClassifier, target: ExtensionTarget): void {
  if (!checkTargetIsObject(mistakes, 'extends', target)) return;
  checkRef(mistakes, handles, 'extends.program', target.program, 'program');
  checkText(mistakes, 'extends.functionName', target.functionName);
}

function checkFunctions(mistakes: Mistakes, field: string, functions: readonly string[]): void {
  if (!Array.isArray(functions)) {
    mistakes.add(`${field} must be a list of names, not ${quote(functions)}`);
    return;
  }
  for (const name of functions) checkText(mistakes, `${field}: each`, name);
  const twice = functions.filter((name, index) => functions.indexOf(name) < index);
  if (twice.length > 0) mistakes.add(`${field} names ${quote(twice[0])} twice`);
}

/** Without a result nothing leads to the next function. */
function checkProceedOn(mistakes: Mistakes, { proceedOn, functions = [] }: ProgramSpec): void {
  const isListOfLists = Array.isArray(proceedOn) && proceedOn.every((results) => Array.isArray(results));
  if (!isListOfLists) mistakes.add(`proceedOn must be a list of lists of results, not ${quote(proceedOn)}`);
  else if (proceedOn.length > functions.length) {
    mistakes.add(`proceedOn is about ${proceedOn.length} functions, and there are ${functions.length}`);
  } else if (proceedOn.some((results) => results.length === 0)) {
    mistakes.add(`proceedOn must have a result for each function, not ${quote(proceedOn)}`);
  } else {
    for (const result of proceedOn.flat()) checkNumber(mistakes, 'proceedOn: each', result, MIN_S32, MAX_S32);
  }
}

/** Which levels and sizes go together is the kernel's to say (kernel/bpf/log.c, bpf_verifier_log_attr_valid). */
function checkVerifierLog(mistakes: Mistakes, log: VerifierLogOptions): void {
  if (typeof log !== 'object' || log === null) {
    mistakes.add(`verifierLog must say how long the log may be, { sizeBytes }, not ${quote(log)}`);
    return;
  }
  if (log.level !== undefined) checkNumber(mistakes, 'verifierLog.level', log.level, 0, MAX_U32);
  checkNumber(mistakes, 'verifierLog.sizeBytes', log.sizeBytes, 0, MAX_U32);
  if (log.keep !== undefined) checkChoice(mistakes, 'verifierLog.keep', log.keep, ['tail', 'head']);
}

function checkMaps(mistakes: Mistakes, handles: HandleClassifier, maps: NonNullable<ProgramSpec['maps']>): void {
  if (!Array.isArray(maps)) {
    mistakes.add(`maps must be a list, not ${quote(maps)}`);
    return;
  }
  maps.forEach((map: unknown, index) => {
    const found = handles.classifyHandle(map);
    if (found === 'own' || found === 'foreign') checkHandle(mistakes, handles, `maps[${index}]`, map, 'map');
    else if (isMapSpecLike(map)) checkMapSpec(mistakes, `maps[${index}].`, map);
    else mistakes.add(`maps[${index}] must be a map or what to create, not ${quote(map)}`);
  });
}

function isMapSpecLike(value: unknown): value is MapSpec {
  return typeof value === 'object' && value !== null;
}

/** What makes no sense of a map, whatever the kernel. */
export function checkMapSpec(mistakes: Mistakes, field: string, spec: MapSpec): void {
  checkText(mistakes, `${field}name`, spec.name);
  checkChoice(mistakes, `${field}type`, spec.type, MAP_TYPES);
  checkNumber(mistakes, `${field}keySizeBytes`, spec.keySizeBytes, 0, MAX_U32);
  checkNumber(mistakes, `${field}valueSizeBytes`, spec.valueSizeBytes, 0, MAX_U32);
  checkNumber(mistakes, `${field}maxEntries`, spec.maxEntries, 0, MAX_U32);
  checkRawFlags(mistakes, spec.flags, `${field}flags`);
}
