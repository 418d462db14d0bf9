import { DisposedError, quote } from '../../core/errors.js';
import type { DeviceRef } from '../../kernel/attach.js';
import type { ElementCalls } from '../../kernel/backend.js';
import type { Permissions } from '../../kernel/capabilities.js';
import { refuse } from '../../kernel/refuse.js';
import type { FakeDevice } from '../interfaces/fake-device.js';
import type { Machine } from './machine.js';
import { Handle } from './objects/handles.js';
import type { LinkObject, MapObject, ProgramObject, StoredObject } from './objects/kernel-objects.js';

/** A reference as a caller gives it: an id, or a handle. */
type Ref = number | object;

/** One process that makes calls: what it may do, where it is, and what it has open. */
export class Caller {
  readonly machine: Machine;
  readonly may: Permissions;
  /** The path of its network namespace; `undefined` is the machine's first. */
  readonly netns: string | undefined;
  readonly handles = new Set<Handle>();
  #elements: ElementCalls | undefined;
  #exited = false;

  constructor(machine: Machine, may: Permissions, netns: string | undefined) {
    this.machine = machine;
    this.may = may;
    this.netns = netns;
  }

  /** @throws DisposedError when the kernel is disposed or the process has exited */
  assertAlive(action: string): void {
    if (this.machine.disposed) throw new DisposedError('FakeKernel', action);
    if (this.#exited) throw new DisposedError('FakeProcess', action);
  }

  /** What the handles of maps send their calls through; a process in whose name things are injected has none. */
  get elements(): ElementCalls {
    if (this.#elements === undefined) throw new TypeError('no front stands before this process');
    return this.#elements;
  }

  connect(elements: ElementCalls): void {
    this.#elements = elements;
  }

  /** Closes every handle, as a dying process does. */
  closeHandles(): void {
    for (const handle of [...this.handles]) handle.giveUp();
  }

  exit(): void {
    this.#exited = true;
    this.closeHandles();
  }

  /** Before 5.19, bpf(2) is closed to callers without CAP_BPF (kernel/bpf/syscall.c, __sys_bpf). @throws KernelError EPERM */
  requireSyscall(syscall: string, action: string): void {
    if (this.may.bpf || this.machine.features.capabilityToCreateOnly) return;
    refuse('EPERM', syscall, action, 'Before 5.19, every command of bpf(2) takes CAP_BPF');
  }

  /** The program meant by a reference. @throws KernelError EBADF, EINVAL, ENOENT, EPERM */
  program(ref: Ref, syscall: string, action: string): ProgramObject {
    const object = this.#resolve(ref, 'program', syscall, action);
    return object.kind === 'program' ? object : refuseKind(object, 'program', syscall, action);
  }

  /** The link meant by a reference. @throws KernelError EBADF, EINVAL, ENOENT, EPERM */
  link(ref: Ref, syscall: string, action: string): LinkObject {
    const object = this.#resolve(ref, 'link', syscall, action);
    return object.kind === 'link' ? object : refuseKind(object, 'link', syscall, action);
  }

  /** The map meant by a handle. @throws KernelError EBADF, EINVAL */
  map(ref: Ref, syscall: string, action: string): MapObject {
    const object = this.#resolve(ref, 'map', syscall, action);
    return object.kind === 'map' ? object : refuseKind(object, 'map', syscall, action);
  }

  /** What a handle refers to. @throws KernelError EBADF, or `closedCode` */
  object(ref: Ref, syscall: string, action: string, closedCode: 'EBADF' | 'EINVAL' = 'EBADF'): StoredObject {
    if (!Handle.isHandle(ref)) return refuse('EBADF', syscall, action, `${quote(ref)} is no handle`);
    if (ref.closed)
      return refuse(closedCode, syscall, action, 'The handle is closed: open the object again by id or pin');
    if (Handle.callerOf(ref) !== this) {
      return refuse(closedCode, syscall, action, 'The handle is of another process: open the object by id or pin');
    }
    return Handle.objectOf(ref);
  }

  /**
   * The object of an id, for a caller who may ask (BPF_…_GET_FD_BY_ID): one that is being freed is found no more.
   *
   * @throws KernelError EPERM, ENOENT
   */
  byId(id: number, kind: 'program' | 'map' | 'link', action: string): StoredObject {
    const syscall = FD_BY_ID[kind];
    if (!this.may.sysAdmin) refuse('EPERM', syscall, action, 'Opening by id takes CAP_SYS_ADMIN');
    const object = this.machine.table(kind).get(id);
    if (object === undefined || object.references === 0)
      return refuse('ENOENT', syscall, action, `There is no ${kind} with id ${id}`);
    return object;
  }

  /**
   * Opens what is named by its id, in this order: the call that is meant takes descriptors, so that comes before it.
   *
   * @throws KernelError EPERM, ENOENT
   */
  openIds(kind: 'program' | 'link', action: string, ...refs: readonly (Ref | null | undefined)[]): void {
    for (const ref of refs) if (typeof ref === 'number') this.byId(ref, kind, action);
  }

  /** The device meant, if there is one. @throws KernelError ENOENT when the namespace is gone */
  device(ref: DeviceRef): FakeDevice | undefined {
    return this.machine.interfaces.findDevice(ref.ifindex, ref.netns ?? this.netns);
  }

  #resolve(ref: Ref, kind: 'program' | 'map' | 'link', syscall: string, action: string): StoredObject {
    return typeof ref === 'number' ? this.byId(ref, kind, action) : this.object(ref, syscall, action);
  }
}

const FD_BY_ID = {
  program: 'bpf(BPF_PROG_GET_FD_BY_ID)',
  map: 'bpf(BPF_MAP_GET_FD_BY_ID)',
  link: 'bpf(BPF_LINK_GET_FD_BY_ID)',
} as const;

function refuseKind(object: StoredObject, expected: string, syscall: string, action: string): never {
  return refuse('EINVAL', syscall, action, `The handle is of a ${object.kind}, not of a ${expected}`);
}
