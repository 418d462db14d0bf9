import { checkNumber, Mistakes } from '../../core/mistakes.js';
import type { ObjectKind } from '../backend.js';
import type { CallGate } from './call-gate.js';
import { MAX_U32 } from './checks.js';

/** `Kernel.programs`, `Kernel.links` and `Kernel.maps` */
export async function list<T>(gate: CallGate, kind: ObjectKind, read: () => readonly T[]): Promise<readonly T[]> {
  gate.backend.assertAlive(`listing ${kind}s`);
  return gate.pass('kernel.list', { name: `${kind}s`, kind, id: undefined }, read);
}

/** `Kernel.programById`, `Kernel.linkById` and `Kernel.mapById` */
export async function getById<T>(gate: CallGate, kind: ObjectKind, id: number, open: () => T): Promise<T> {
  checkId(gate, `${kind}ById`, id);
  return gate.pass('kernel.get', { name: String(id), kind, id }, open);
}

/** `Kernel.nextProgramId`, `Kernel.nextLinkId` and `Kernel.nextMapId` */
export async function nextId(gate: CallGate, kind: ObjectKind, after: number): Promise<number> {
  checkId(gate, `the next ${kind}`, after);
  return gate.pass('kernel.get', { name: String(after), kind, id: after }, () => gate.backend.nextId(kind, after));
}

function checkId({ backend }: CallGate, verb: string, id: number): void {
  backend.assertAlive(verb);
  const mistakes = new Mistakes();
  checkNumber(mistakes, 'id', id, 0, MAX_U32);
  mistakes.throwIfAny(verb);
}
