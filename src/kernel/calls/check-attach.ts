import { quote } from '../../core/errors.js';
import { checkChoice, checkNumber, checkText, Mistakes, requireObject } from '../../core/mistakes.js';
import type { AttachSpec, AttachTargetRef } from '../attach.js';
import { PROGRAM_TYPES } from '../objects.js';
import {
  checkDevice,
  checkHook,
  checkPosition,
  checkRawFlags,
  checkRef,
  checkTargetIsObject,
  checkXdpMode,
  type HandleClassifier,
} from './checks.js';

const LINK_TYPES = PROGRAM_TYPES.filter((type) => type !== 'tc');

/** What makes no sense of an attach, whatever the kernel. @throws UsageError with every mistake */
export function checkAttachSpec(handles: HandleClassifier, spec: AttachSpec): void {
  requireObject('attach', spec);
  const mistakes = new Mistakes();
  const { type } = spec;
  checkChoice(mistakes, 'type', type, LINK_TYPES);
  checkRef(mistakes, handles, 'program', spec.program, 'program');
  checkRawFlags(mistakes, spec.flags);
  switch (type) {
    case 'xdp':
      checkDevice(mistakes, spec);
      checkXdpMode(mistakes, spec.mode);
      break;
    case 'tcx':
      checkHook(mistakes, spec);
      checkPosition(mistakes, handles, spec);
      break;
    case 'tracepoint':
      checkText(mistakes, 'category', spec.category);
      checkText(mistakes, 'name', spec.name);
      break;
    case 'kprobe':
    case 'kretprobe':
      checkText(mistakes, 'functionName', spec.functionName);
      if (spec.offset !== undefined) checkNumber(mistakes, 'offset', spec.offset, 0, Number.MAX_SAFE_INTEGER);
      break;
    case 'uprobe':
    case 'uretprobe':
      checkText(mistakes, 'path', spec.path);
      if (spec.offset !== undefined) checkNumber(mistakes, 'offset', spec.offset, 0, Number.MAX_SAFE_INTEGER);
      if (spec.pid !== undefined) checkNumber(mistakes, 'pid', spec.pid, 1, 2 ** 22);
      break;
    case 'fentry':
    case 'fexit':
    case 'lsm':
    case 'extension':
      if (spec.target !== undefined) checkAttachTarget(mistakes, handles, spec.target);
      break;
    default:
  }
  mistakes.throwIfAny(`attach ${quote(type)}`);
}

/** That a program and a function are both needed is the kernel's to say. */
function checkAttachTarget(mistakes: Mistakes, handles: HandleClassifier, target: AttachTargetRef): void {
  if (!checkTargetIsObject(mistakes, 'target', target)) return;
  if (target.program !== undefined) checkRef(mistakes, handles, 'target.program', target.program, 'program');
  if (target.functionName !== undefined) checkText(mistakes, 'target.functionName', target.functionName);
}
