import { fstatSync } from 'node:fs';
import { DisposedError } from '../../core/errors.js';
import { KernelError } from '../../core/kernel-error.js';
import { runWithoutCapabilities, toCapabilityMask } from '../../native/capabilities.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { readOwnNetns, runInNetns } from '../../native/netns.js';
import type { ElementCalls, ObjectKind } from '../backend.js';
import { CAPABILITIES, type Capability } from '../capabilities.js';
import { refuse } from '../refuse.js';
import { nameBpf } from './bpf-call.js';
import { CLOSED_FD } from './bpf-constants.js';
import { LinuxHandle } from './linux-handle.js';
import type { LinuxMachine } from './linux-machine.js';
import { withoutMemoryLimit } from './locked-memory.js';
import { openById } from './object-ids.js';
import { readId } from './read-id.js';

const REFUSALS_OF_HANDLES: readonly string[] = ['EBADF', 'EINVAL'];

/** What a process may do, and where it is. */
export interface CallerOptions {
  /** @defaultValue all of the four that this process has */
  readonly capabilities?: readonly Capability[] | undefined;
  /** Its network namespace, by path or by a descriptor that it takes over. @defaultValue that of the calling thread */
  readonly netns?: string | FileDescriptor | undefined;
}

/** One process that makes calls: what it may do, where it is, and what it has open. */
export class LinuxCaller {
  readonly machine: LinuxMachine;
  readonly handles = new Set<LinuxHandle>();
  readonly #netns: FileDescriptor | undefined;
  readonly #dropped: bigint;
  #elements: ElementCalls | undefined;
  #exited = false;

  /** @throws KernelError ENOENT when there is no such namespace */
  constructor(machine: LinuxMachine, { capabilities = CAPABILITIES, netns }: CallerOptions = {}) {
    this.machine = machine;
    this.#dropped = toCapabilityMask(CAPABILITIES.filter((each) => !capabilities.includes(each)));
    this.#netns = typeof netns === 'string' ? machine.openNetns(netns) : netns;
    machine.callers.add(this);
  }

  /** Another reference on its network namespace, where that is not the calling thread's. @throws KernelError EMFILE */
  shareNetns(): FileDescriptor | undefined {
    return this.#netns?.duplicate();
  }

  /** What handles of maps send their calls through. */
  get elements(): ElementCalls {
    if (this.#elements === undefined) throw new TypeError('nothing is connected to this process');
    return this.#elements;
  }

  connect(elements: ElementCalls): void {
    this.#elements = elements;
  }

  /** @throws DisposedError when the kernel is disposed or the process has exited */
  assertAlive(action: string): void {
    if (this.machine.disposed) throw new DisposedError('LinuxKernel', action);
    if (this.#exited) throw new DisposedError('LinuxProcess', action);
  }

  /** The inode of the namespace at a path, by default the process's own. @throws KernelError ENOENT */
  identifyNetns(path?: string): number {
    if (path === undefined) return this.#netns === undefined ? readOwnNetns() : fstatSync(this.#netns.number).ino;
    using netns = this.machine.openNetns(path);
    return fstatSync(netns.number).ino;
  }

  /** Makes calls with this process's capabilities, in its network namespace or in the one at a path. */
  run<R>(calls: () => R, netns?: string): R {
    return this.runAsHelper(
      () => (this.#dropped === 0n ? calls() : runWithoutCapabilities(this.#dropped, calls)),
      netns,
    );
  }

  /** As `run`, for calls that create a program or a map: the limit of locked memory is not theirs. */
  create<R>(calls: () => R): R {
    return withoutMemoryLimit(this.machine, () => this.run(calls));
  }

  /** As `run`, with all that the real process may do: for what a call needs to know beside what it does. */
  runAsHelper<R>(calls: () => R, netns?: string): R {
    if (netns === undefined) return this.#netns === undefined ? calls() : enterNetns(this.#netns, calls);
    using entered = this.machine.openNetns(netns);
    return enterNetns(entered, calls);
  }

  /**
   * Lends the file descriptor of a reference to a function. A handle that is closed, or another process's, is a number
   * that no descriptor has. To be called within `run`: opening by id takes CAP_SYS_ADMIN.
   *
   * @throws KernelError EPERM, ENOENT for an id
   */
  borrow<R>(ref: number | object, kind: ObjectKind, action: string, use: (fd: number) => R): R {
    if (typeof ref !== 'number') return this.lend(ref, use, kind);
    using fd = openById(kind, ref, action);
    return use(fd.number);
  }

  /**
   * The id of a reference, which is of the right kind: no call of the kernel's looks at that when all that is done with an
   * object is to let go of it. To be called within `run`.
   *
   * @throws KernelError EBADF, EINVAL, and for an id EPERM, ENOENT
   */
  identify(ref: number | object, kind: ObjectKind, action: string): number {
    return this.borrow(ref, kind, action, (fd) => {
      const syscall = nameBpf('OBJ_GET_INFO_BY_FD');
      if (fd === CLOSED_FD) refuse('EBADF', syscall, action);
      if (LinuxHandle.isHandle(ref) && ref.kind !== kind) refuse('EINVAL', syscall, action);
      return readId(kind, fd);
    });
  }

  /** Lends the file descriptor of a handle; what is wrong with the handle is told when the kernel refuses it. */
  lend<R>(handle: object, use: (fd: number) => R, kind?: ObjectKind): R {
    try {
      return use(this.fdOf(handle));
    } catch (error) {
      if (!(error instanceof KernelError) || !REFUSALS_OF_HANDLES.includes(error.code)) throw error;
      throw error.withHint(this.#findProblem(handle, kind));
    }
  }

  #findProblem(handle: object, kind: ObjectKind | undefined): string | undefined {
    if (!LinuxHandle.isHandle(handle)) return undefined;
    if (handle.closed) return 'The handle is closed: open the object again by id or pin';
    if (LinuxHandle.callerOf(handle) !== this) return 'The handle is of another process: open the object by id or pin';
    return kind === undefined || handle.kind === kind
      ? undefined
      : `The handle is of a ${handle.kind}, not of a ${kind}`;
  }

  /** The file descriptor of a handle of this process's. */
  fdOf(handle: object): number {
    if (!LinuxHandle.isHandle(handle) || LinuxHandle.callerOf(handle) !== this) return CLOSED_FD;
    return LinuxHandle.fdOf(handle);
  }

  /** Closes every handle, as a dying process does. */
  closeHandles(): void {
    for (const handle of [...this.handles]) handle.giveUp();
  }

  /** Ends the process. Safe to call twice. */
  exit(): void {
    if (this.#exited) return;
    this.#exited = true;
    this.closeHandles();
    this.#netns?.close();
    this.machine.callers.delete(this);
  }
}

/** Going to where one is already would take CAP_SYS_ADMIN for nothing. */
function enterNetns<R>(netns: FileDescriptor, calls: () => R): R {
  return fstatSync(netns.number).ino === readOwnNetns() ? calls() : runInNetns(netns.number, calls);
}
