import { checkOptions } from '../../core/check-options.js';
import { checkFlag, checkPath, Mistakes } from '../../core/mistakes.js';
import type { Bpffs, BpffsEntry, Pin } from '../contract.js';
import type { KernelObject } from '../objects.js';
import type { CallGate } from './call-gate.js';
import { checkHandle } from './checks.js';
import { describeDirectory, describePath } from './describe-call.js';

/** `Kernel.bpffs` */
export function createBpffs(gate: CallGate): Bpffs {
  return {
    mkdir: (path, options = {}) => mkdir(gate, path, options),
    rmdir: (path) => rmdir(gate, path),
    readdir: (path) => readdir(gate, path),
    rename: (from, to) => rename(gate, from, to),
    exists: (path) => exists(gate, path),
    readFile: (path) => readFile(gate, path),
  };
}

/** `Kernel.pin` */
export async function pin(gate: CallGate, object: KernelObject, path: string): Promise<void> {
  const { backend } = gate;
  backend.assertAlive('pin');
  const mistakes = new Mistakes();
  checkHandle(mistakes, backend, 'object', object, 'program, map or link');
  checkPath(mistakes, 'path', path);
  mistakes.throwIfAny('pin');
  const call = { name: backend.knowName(object), path, kind: object.kind };
  return gate.pass('kernel.pin', call, () => backend.pin(object, path));
}

/** `Kernel.unpin` */
export async function unpin(gate: CallGate, path: string): Promise<void> {
  const { backend } = gate;
  checkPathOf(gate, 'unpin', path);
  return gate.pass('kernel.unpin', describePath(backend, path), () => backend.unpin(path));
}

/** `Kernel.open` */
export async function open(gate: CallGate, path: string): Promise<KernelObject> {
  const { backend } = gate;
  checkPathOf(gate, 'open', path);
  return gate.pass('kernel.open', describePath(backend, path), () => backend.open(path));
}

/** `Kernel.pins` */
export async function pins(gate: CallGate, directory: string | undefined): Promise<readonly Pin[]> {
  const { backend } = gate;
  if (directory === undefined) backend.assertAlive('pins');
  else checkPathOf(gate, 'pins', directory);
  const call = { name: directory ?? '/', kind: 'pin', id: undefined } as const;
  return gate.pass('kernel.list', call, () => backend.pins(directory));
}

async function mkdir(gate: CallGate, path: string, options: { readonly recursive?: boolean }): Promise<void> {
  const { backend } = gate;
  backend.assertAlive('mkdir');
  checkOptions('mkdir', options);
  const mistakes = new Mistakes();
  checkPath(mistakes, 'path', path);
  checkFlag(mistakes, 'recursive', options.recursive);
  mistakes.throwIfAny('mkdir');
  const { recursive = false } = options;
  return gate.pass('kernel.mkdir', describeDirectory(path), () => backend.mkdir(path, recursive));
}

async function rmdir(gate: CallGate, path: string): Promise<void> {
  checkPathOf(gate, 'rmdir', path);
  return gate.pass('kernel.rmdir', describeDirectory(path), () => gate.backend.rmdir(path));
}

async function readdir(gate: CallGate, path: string): Promise<readonly BpffsEntry[]> {
  checkPathOf(gate, 'readdir', path);
  const call = { name: path, kind: 'directory', id: undefined } as const;
  return gate.pass('kernel.list', call, () => gate.backend.readdir(path));
}

async function rename(gate: CallGate, from: string, to: string): Promise<void> {
  const { backend } = gate;
  backend.assertAlive('rename');
  const mistakes = new Mistakes();
  checkPath(mistakes, 'from', from);
  checkPath(mistakes, 'to', to);
  mistakes.throwIfAny('rename');
  const call = { ...describePath(backend, from), to };
  return gate.pass('kernel.rename', call, () => backend.rename(from, to));
}

async function exists(gate: CallGate, path: string): Promise<boolean> {
  checkPathOf(gate, 'exists', path);
  const call = { name: path, kind: 'pin', id: undefined } as const;
  return gate.pass('kernel.get', call, () => gate.backend.exists(path));
}

async function readFile(gate: CallGate, path: string): Promise<string> {
  checkPathOf(gate, 'readFile', path);
  const call = { name: path, kind: 'pin', id: undefined } as const;
  return gate.pass('kernel.get', call, () => gate.backend.readFile(path));
}

function checkPathOf({ backend }: CallGate, verb: string, path: string): void {
  backend.assertAlive(verb);
  const mistakes = new Mistakes();
  checkPath(mistakes, 'path', path);
  mistakes.throwIfAny(verb);
}
