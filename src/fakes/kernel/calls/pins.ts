import { checkOptions } from '../../../core/check-options.js';
import type { BpffsEntry, Pin } from '../../../kernel/contract.js';
import type { KernelObject } from '../../../kernel/objects.js';
import type { PinCall } from '../../../kernel/points.js';
import type { Caller } from '../caller.js';
import { describePin } from '../objects/bpffs-tree.js';
import { FakeLink, FakeMap, FakeProgram, Handle } from '../objects/handles.js';
import type { StoredObject } from '../objects/kernel-objects.js';
import { checkHandle } from './checks.js';
import { removePin } from './load.js';
import { checkFlag, checkPath, Mistakes } from './mistakes.js';

/** `Kernel.pin` */
export async function pin(caller: Caller, object: KernelObject, path: string): Promise<void> {
  caller.assertAlive('pin');
  const mistakes = new Mistakes();
  checkHandle(mistakes, caller, 'object', object, 'program, map or link');
  checkPath(mistakes, 'path', path);
  mistakes.throwIfAny('pin');
  const call = { name: nameOf(object), path, kind: object.kind };
  return caller.pass('kernel.pin', call, () => {
    const action = `pin ${object.kind} ${object.id} at "${path}"`;
    caller.requireSyscall('bpf(BPF_OBJ_PIN)', action);
    // kernel/bpf/inode.c, bpf_fd_probe_obj tries the kinds one after the other and says EINVAL at the end, never EBADF.
    pinObject(caller, caller.object(object, 'bpf(BPF_OBJ_PIN)', action, 'EINVAL'), path);
  });
}

export function pinObject(caller: Caller, object: StoredObject, path: string): void {
  const { bpffs, events } = caller.machine;
  const node = bpffs.pin(object, path);
  if (events.listenerCount('pin') > 0) events.emit('pin', describePin(node));
}

/** `Kernel.unpin` */
export async function unpin(caller: Caller, path: string): Promise<void> {
  checkPathOf(caller, 'unpin', path);
  return caller.pass('kernel.unpin', describePath(caller, path), () => {
    removePin(caller, caller.machine.bpffs.findPin(path));
  });
}

/** `Kernel.open` */
export async function open(caller: Caller, path: string): Promise<KernelObject> {
  checkPathOf(caller, 'open', path);
  return caller.pass('kernel.open', describePath(caller, path), () => {
    caller.requireSyscall('bpf(BPF_OBJ_GET)', `open pin "${path}"`);
    return openHandle(caller, caller.machine.bpffs.get(path));
  });
}

/** A new handle on an object. */
export function openHandle(caller: Caller, object: StoredObject): FakeProgram | FakeLink | FakeMap {
  switch (object.kind) {
    case 'program':
      return new FakeProgram(caller, object);
    case 'link':
      return new FakeLink(caller, object);
    case 'map':
      return new FakeMap(caller, object);
  }
}

/** `Kernel.pins` */
export async function pins(caller: Caller, directory: string | undefined): Promise<readonly Pin[]> {
  if (directory === undefined) caller.assertAlive('pins');
  else checkPathOf(caller, 'pins', directory);
  const call = { name: directory ?? '/', kind: 'pin', id: undefined } as const;
  return caller.pass('kernel.list', call, () => caller.machine.bpffs.list(directory));
}

/** `Bpffs.mkdir` */
export async function mkdir(caller: Caller, path: string, options: { readonly recursive?: boolean }): Promise<void> {
  caller.assertAlive('mkdir');
  checkOptions('mkdir', options);
  const mistakes = new Mistakes();
  checkPath(mistakes, 'path', path);
  checkFlag(mistakes, 'recursive', options.recursive);
  mistakes.throwIfAny('mkdir');
  const { recursive = false } = options;
  return caller.pass('kernel.mkdir', describeDirectory(path), () => {
    caller.machine.bpffs.mkdir(path, { recursive });
  });
}

/** `Bpffs.rmdir` */
export async function rmdir(caller: Caller, path: string): Promise<void> {
  checkPathOf(caller, 'rmdir', path);
  return caller.pass('kernel.rmdir', describeDirectory(path), () => caller.machine.bpffs.rmdir(path));
}

/** `Bpffs.readdir` */
export async function readdir(caller: Caller, path: string): Promise<readonly BpffsEntry[]> {
  checkPathOf(caller, 'readdir', path);
  const call = { name: path, kind: 'directory', id: undefined } as const;
  return caller.pass('kernel.list', call, () => caller.machine.bpffs.readdir(path));
}

/** `Bpffs.rename` */
export async function rename(caller: Caller, from: string, to: string): Promise<void> {
  caller.assertAlive('rename');
  const mistakes = new Mistakes();
  checkPath(mistakes, 'from', from);
  checkPath(mistakes, 'to', to);
  mistakes.throwIfAny('rename');
  const call = { ...describePath(caller, from), to };
  return caller.pass('kernel.rename', call, () => caller.machine.bpffs.rename(from, to));
}

/** `Bpffs.exists` */
export async function exists(caller: Caller, path: string): Promise<boolean> {
  checkPathOf(caller, 'exists', path);
  const call = { name: path, kind: 'pin', id: undefined } as const;
  return caller.pass('kernel.get', call, () => caller.machine.bpffs.exists(path));
}

function checkPathOf(caller: Caller, verb: string, path: string): void {
  caller.assertAlive(verb);
  const mistakes = new Mistakes();
  checkPath(mistakes, 'path', path);
  mistakes.throwIfAny(verb);
}

function describePath(caller: Caller, path: string): PinCall {
  const node = caller.machine.bpffs.peek(path);
  if (node?.kind === 'pin') return { name: node.object.name, path, kind: node.object.kind };
  return { name: lastPart(path), path, kind: node?.kind };
}

function describeDirectory(path: string): PinCall {
  return { name: lastPart(path), path, kind: 'directory' };
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A link goes by the name of its program. */
function nameOf(object: KernelObject): string {
  return Handle.isHandle(object) ? Handle.objectOf(object).name : String(object.id);
}
