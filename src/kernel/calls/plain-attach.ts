import { checkOptions } from '../../core/check-options.js';
import { checkFlag, checkNumber, Mistakes, requireObject } from '../../core/mistakes.js';
import type {
  DeviceRef,
  HookRef,
  TcxDetachSpec,
  TcxProgramSpec,
  TcxQuery,
  TcxQueryOptions,
  XdpNetlinkSpec,
  XdpQuery,
} from '../attach.js';
import type { CallGate } from './call-gate.js';
import {
  checkDevice,
  checkHook,
  checkPosition,
  checkRawFlags,
  checkRef,
  checkXdpMode,
  type HandleClassifier,
} from './checks.js';
import { describePlainAttach, describePlainDetach } from './describe-call.js';

/** For how many programs a query may ask to have room; no hook holds as many. */
const HIGHEST_LIMIT = 65_535;

/** `Kernel.setXdp`: it is an attach, or a detach when the program is `null`. */
export async function setXdp(gate: CallGate, spec: XdpNetlinkSpec): Promise<void> {
  const { backend } = gate;
  backend.assertAlive('setXdp');
  checkXdpSpec(backend, spec);
  const effect = (): void => backend.setXdp(spec);
  if (spec.program !== null) {
    return gate.pass('kernel.attach', describePlainAttach(backend, spec.program, spec, 'netlink', 'xdp'), effect);
  }
  return gate.pass('kernel.detach', describePlainDetach(backend.knowXdp(spec), spec, 'netlink', 'xdp'), effect);
}

/** `Kernel.queryXdp` */
export async function queryXdp(gate: CallGate, device: DeviceRef): Promise<XdpQuery> {
  checkDeviceOf(gate, 'queryXdp', device);
  const call = { name: String(device.ifindex), kind: 'xdp', id: undefined } as const;
  return gate.pass('kernel.get', call, () => gate.backend.queryXdp(device));
}

/** `Kernel.attachTcxProgram` */
export async function attachTcxProgram(gate: CallGate, spec: TcxProgramSpec): Promise<void> {
  const { backend } = gate;
  backend.assertAlive('attachTcxProgram');
  requireObject('attachTcxProgram', spec);
  const mistakes = new Mistakes();
  checkHook(mistakes, spec);
  checkPosition(mistakes, backend, spec);
  checkRef(mistakes, backend, 'program', spec.program, 'program');
  if (spec.replace !== undefined) checkRef(mistakes, backend, 'replace', spec.replace, 'program');
  checkRawFlags(mistakes, spec.flags);
  mistakes.throwIfAny('attachTcxProgram');
  const call = describePlainAttach(backend, spec.program, spec, 'prog', 'tcx');
  return gate.pass('kernel.attach', call, () => backend.attachTcxProgram(spec));
}

/** `Kernel.detachTcxProgram` */
export async function detachTcxProgram(gate: CallGate, spec: TcxDetachSpec): Promise<void> {
  const { backend } = gate;
  backend.assertAlive('detachTcxProgram');
  requireObject('detachTcxProgram', spec);
  const mistakes = new Mistakes();
  checkHook(mistakes, spec);
  checkPosition(mistakes, backend, spec);
  if (spec.program !== undefined) checkRef(mistakes, backend, 'program', spec.program, 'program');
  checkRawFlags(mistakes, spec.flags);
  mistakes.throwIfAny('detachTcxProgram');
  const program = spec.program === undefined ? undefined : backend.knowProgram(spec.program);
  const call = describePlainDetach(program, spec, 'prog', 'tcx');
  return gate.pass('kernel.detach', call, () => backend.detachTcxProgram(spec));
}

/** `Kernel.queryTcx` */
export async function queryTcx(gate: CallGate, hook: HookRef, options: TcxQueryOptions): Promise<TcxQuery> {
  const { backend } = gate;
  backend.assertAlive('queryTcx');
  requireObject('queryTcx', hook);
  checkOptions('queryTcx', options);
  const mistakes = new Mistakes();
  checkHook(mistakes, hook);
  if (options.limit !== undefined) checkNumber(mistakes, 'limit', options.limit, 1, HIGHEST_LIMIT);
  mistakes.throwIfAny('queryTcx');
  const call = { name: String(hook.ifindex), kind: 'tcx', id: undefined } as const;
  return gate.pass('kernel.get', call, () => backend.queryTcx(hook, options));
}

export function checkDeviceOf({ backend }: CallGate, verb: string, device: DeviceRef): void {
  backend.assertAlive(verb);
  requireObject(verb, device);
  const mistakes = new Mistakes();
  checkDevice(mistakes, device);
  mistakes.throwIfAny(verb);
}

function checkXdpSpec(handles: HandleClassifier, spec: XdpNetlinkSpec): void {
  requireObject('setXdp', spec);
  const mistakes = new Mistakes();
  checkDevice(mistakes, spec);
  if (spec.program !== null) checkRef(mistakes, handles, 'program', spec.program, 'program');
  if (spec.expected !== undefined) checkRef(mistakes, handles, 'expected', spec.expected, 'program');
  checkXdpMode(mistakes, spec.mode);
  checkFlag(mistakes, 'ifNoExist', spec.ifNoExist);
  checkRawFlags(mistakes, spec.flags);
  mistakes.throwIfAny('setXdp');
}
