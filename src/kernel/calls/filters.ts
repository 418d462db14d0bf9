import { checkFlag, checkNumber, Mistakes, requireObject } from '../../core/mistakes.js';
import type { ClsactSpec, DeviceRef, Filter, FilterRef, FilterSpec, HookRef } from '../attach.js';
import type { CallGate } from './call-gate.js';
import { checkDevice, checkHook, checkRef, MAX_U32 } from './checks.js';
import { describePlainAttach, describePlainDetach } from './describe-call.js';
import { checkDeviceOf } from './plain-attach.js';

/** `Kernel.createClsact` */
export async function createClsact(gate: CallGate, spec: ClsactSpec): Promise<void> {
  const { backend } = gate;
  backend.assertAlive('createClsact');
  requireObject('createClsact', spec);
  const mistakes = new Mistakes();
  checkDevice(mistakes, spec);
  checkFlag(mistakes, 'exclusive', spec.exclusive);
  mistakes.throwIfAny('createClsact');
  const call = { name: String(spec.ifindex), ifindex: spec.ifindex };
  return gate.pass('kernel.createClsact', call, () => backend.createClsact(spec));
}

/** `Kernel.deleteClsact` */
export async function deleteClsact(gate: CallGate, device: DeviceRef): Promise<void> {
  checkDeviceOf(gate, 'deleteClsact', device);
  const call = { name: String(device.ifindex), ifindex: device.ifindex };
  return gate.pass('kernel.deleteClsact', call, () => gate.backend.deleteClsact(device));
}

/** `Kernel.addFilter` */
export async function addFilter(gate: CallGate, spec: FilterSpec): Promise<Filter> {
  const { backend } = gate;
  backend.assertAlive('addFilter');
  requireObject('addFilter', spec);
  const mistakes = new Mistakes();
  checkHook(mistakes, spec);
  checkRef(mistakes, backend, 'program', spec.program, 'program');
  checkPlace(mistakes, spec.priority, spec.handle);
  checkFlag(mistakes, 'exclusive', spec.exclusive);
  mistakes.throwIfAny('addFilter');
  const call = describePlainAttach(backend, spec.program, spec, 'filter', 'tc');
  return gate.pass('kernel.attach', call, () => backend.addFilter(spec));
}

/** `Kernel.deleteFilter` */
export async function deleteFilter(gate: CallGate, filter: FilterRef): Promise<void> {
  const { backend } = gate;
  backend.assertAlive('deleteFilter');
  requireObject('deleteFilter', filter);
  const mistakes = new Mistakes();
  checkHook(mistakes, filter);
  checkNumber(mistakes, 'priority', filter.priority, 1, 65_535);
  checkPlace(mistakes, undefined, filter.handle);
  mistakes.throwIfAny('deleteFilter');
  const call = describePlainDetach(backend.knowFilter(filter), filter, 'filter', 'tc');
  return gate.pass('kernel.detach', call, () => backend.deleteFilter(filter));
}

/** `Kernel.filters` */
export async function filters(gate: CallGate, hook: HookRef): Promise<readonly Filter[]> {
  const { backend } = gate;
  backend.assertAlive('filters');
  requireObject('filters', hook);
  const mistakes = new Mistakes();
  checkHook(mistakes, hook);
  mistakes.throwIfAny('filters');
  const call = { name: String(hook.ifindex), kind: 'filter', id: undefined } as const;
  return gate.pass('kernel.list', call, () => backend.filters(hook));
}

function checkPlace(mistakes: Mistakes, priority: number | undefined, handle: number | undefined): void {
  if (priority !== undefined) checkNumber(mistakes, 'priority', priority, 1, 65_535);
  if (handle !== undefined) checkNumber(mistakes, 'handle', handle, 1, MAX_U32);
}
