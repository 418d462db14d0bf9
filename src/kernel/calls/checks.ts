import { quote } from '../../core/errors.js';
import { checkChoice, checkNumber, checkPath, type Mistakes } from '../../core/mistakes.js';
import type { AttachTargetRef, DeviceRef, HookRef, TcxPosition } from '../attach.js';
import type { KernelBackend } from '../backend.js';

/** Whoever knows handles: a backend. */
export type HandleClassifier = Pick<KernelBackend, 'classifyHandle'>;

/** The highest id, and the highest value of a field of 32 bits. */
export const MAX_U32 = 2 ** 32 - 1;

/** A reference on an object: an id, or a handle of this kernel. Whether it is open is the kernel's to say. */
export function checkRef(
  mistakes: Mistakes,
  handles: HandleClassifier,
  field: string,
  value: unknown,
  kind: string,
): void {
  if (typeof value === 'number') {
    checkNumber(mistakes, `${field}, an id,`, value, 0, MAX_U32);
  } else checkHandle(mistakes, handles, field, value, `${kind} or its id`);
}

export function checkHandle(
  mistakes: Mistakes,
  handles: HandleClassifier,
  field: string,
  value: unknown,
  kind: string,
): void {
  const found = handles.classifyHandle(value);
  if (found === 'own') return;
  if (found === 'foreign') {
    mistakes.add(`${field} is a handle of another kernel; a handle works only on the kernel that made it`);
    return;
  }
  const hint = found === 'wrapped' ? '. An object around a handle is none: give the handle itself, or its id' : '';
  mistakes.add(`${field} must be a ${kind}, not ${quote(value)}${hint}`);
}

export function checkDevice(mistakes: Mistakes, device: DeviceRef): void {
  checkNumber(mistakes, 'ifindex', device.ifindex, 1, 2 ** 31 - 1);
  if (device.netns !== undefined) checkPath(mistakes, 'netns', device.netns);
}

export function checkHook(mistakes: Mistakes, hook: HookRef): void {
  checkDevice(mistakes, hook);
  checkChoice(mistakes, 'direction', hook.direction, ['ingress', 'egress']);
}

export function checkPosition(mistakes: Mistakes, handles: HandleClassifier, position: TcxPosition): void {
  const { order, anchor, expectedRevision } = position;
  if (order !== undefined) checkChoice(mistakes, 'order', order, ['before', 'after']);
  if (expectedRevision !== undefined)
    checkNumber(mistakes, 'expectedRevision', expectedRevision, 0, Number.MAX_SAFE_INTEGER);
  if (anchor === undefined) return;
  if (typeof anchor !== 'object' || anchor === null)
    mistakes.add(`anchor must name a program or a link, not ${quote(anchor)}`);
  else if ('link' in anchor) checkRef(mistakes, handles, 'anchor.link', anchor.link, 'link');
  else checkRef(mistakes, handles, 'anchor.program', anchor.program, 'program');
}

/** Bits of the kernel's own. Which of them it takes is the kernel's to say. */
export function checkRawFlags(mistakes: Mistakes, flags: unknown, field = 'flags'): void {
  if (flags !== undefined) checkNumber(mistakes, field, flags, 0, MAX_U32);
}

export function checkXdpMode(mistakes: Mistakes, mode: unknown): void {
  if (mode !== undefined) checkChoice(mistakes, 'mode', mode, ['native', 'generic', 'offload']);
}

/** A function of a program, either of which may be missing: a `false` says that nothing more can be said of it. */
export function checkTargetIsObject(mistakes: Mistakes, field: string, target: AttachTargetRef): boolean {
  if (typeof target === 'object' && target !== null) return true;
  mistakes.add(`${field} must name a program and a function, not ${quote(target)}`);
  return false;
}
