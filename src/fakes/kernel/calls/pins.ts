import type { KernelObject } from '../../../kernel/objects.js';
import type { Caller } from '../caller.js';
import { describePin, type PinNode } from '../objects/bpffs-nodes.js';
import { FakeLink, FakeMap, FakeProgram } from '../objects/handles.js';
import type { StoredObject } from '../objects/kernel-objects.js';

/** `Kernel.pin` */
export function pin(caller: Caller, object: KernelObject, path: string): void {
  const action = `pin ${object.kind} ${object.id} at "${path}"`;
  caller.requireSyscall('bpf(BPF_OBJ_PIN)', action);
  // kernel/bpf/inode.c, bpf_fd_probe_obj tries the kinds one after the other and says EINVAL at the end, never EBADF.
  const stored = caller.object(object, 'bpf(BPF_OBJ_PIN)', action, 'EINVAL');
  const { bpffs, events } = caller.machine;
  const node = bpffs.pin(stored, path);
  if (events.listenerCount('pin') > 0) events.emit('pin', describePin(node));
}

/** `Kernel.unpin` */
export function unpin(caller: Caller, path: string): void {
  removePin(caller, caller.machine.bpffs.findPin(path));
}

/** Takes a pin away, and the directories that were made for it. */
export function removePin(caller: Caller, pin: PinNode): void {
  const { events, bpffs } = caller.machine;
  if (events.listenerCount('unpin') > 0) events.emit('unpin', describePin(pin));
  bpffs.removePin(pin);
  bpffs.removeTemporary(pin.parent);
}

/** `Kernel.open` */
export function open(caller: Caller, path: string): FakeProgram | FakeLink | FakeMap {
  caller.requireSyscall('bpf(BPF_OBJ_GET)', `open pin "${path}"`);
  return openHandle(caller, caller.machine.bpffs.get(path));
}

/** A new handle on an object. */
function openHandle(caller: Caller, object: StoredObject): FakeProgram | FakeLink | FakeMap {
  switch (object.kind) {
    case 'program':
      return new FakeProgram(caller, object);
    case 'link':
      return new FakeLink(caller, object);
    case 'map':
      return new FakeMap(caller, object);
  }
}
