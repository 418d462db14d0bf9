import { quote, UsageError } from '../../core/errors.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import type { MapElement } from '../backend.js';
import type {
  BpfLink,
  BpfMap,
  Direction,
  KernelHandle,
  LinkInfo,
  LinkType,
  MapInfo,
  MapType,
  MapUpdateMode,
  Program,
  ProgramInfo,
  ProgramType,
} from '../objects.js';
import { CLOSED_FD } from './bpf-constants.js';
import type { LinuxCaller } from './linux-caller.js';

/** A reference of one process on an object: a file descriptor. */
export abstract class LinuxHandle implements KernelHandle {
  abstract readonly kind: 'program' | 'map' | 'link';
  abstract readonly id: number;
  readonly #caller: LinuxCaller;
  readonly #fd: FileDescriptor;

  constructor(caller: LinuxCaller, fd: FileDescriptor) {
    this.#caller = caller;
    this.#fd = fd;
    caller.handles.add(this);
  }

  get closed(): boolean {
    return this.#fd.closed;
  }

  async close(): Promise<void> {
    this.giveUp();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.giveUp();
  }

  /** @internal Closes at once; safe to call twice. */
  giveUp(): void {
    this.#fd.close();
    this.#caller.handles.delete(this);
  }

  /** @internal A proxy of a handle, or an object made from one, is none: it holds nothing. */
  static isHandle(value: unknown): value is LinuxHandle {
    return typeof value === 'object' && value !== null && #caller in value;
  }

  /** @internal */
  static callerOf(handle: LinuxHandle): LinuxCaller {
    return handle.#caller;
  }

  /** @internal The number of a closed descriptor may be another file's by now. */
  static fdOf(handle: LinuxHandle): number {
    return handle.#fd.closed ? CLOSED_FD : handle.#fd.number;
  }
}

/** A {@link Program} of a Linux kernel. */
export class LinuxProgram extends LinuxHandle implements Program {
  readonly kind = 'program';
  readonly id: number;
  readonly name: string;
  readonly type: ProgramType;
  readonly tag: string;
  readonly loadedAtMs: number;
  readonly mapIds: readonly number[];
  readonly maps: readonly LinuxMap[];

  constructor(caller: LinuxCaller, fd: FileDescriptor, info: ProgramInfo, maps: readonly LinuxMap[] = []) {
    super(caller, fd);
    this.id = info.id;
    this.name = info.name;
    this.type = info.type;
    this.tag = info.tag;
    this.loadedAtMs = info.loadedAtMs;
    this.mapIds = info.mapIds;
    this.maps = maps;
  }

  override giveUp(): void {
    super.giveUp();
    for (const map of this.maps) map.giveUp();
  }
}

/** A {@link BpfLink} of a Linux kernel. */
export class LinuxLink extends LinuxHandle implements BpfLink {
  readonly kind = 'link';
  readonly id: number;
  readonly programId: number;
  readonly type: LinkType;
  readonly attached: boolean;
  readonly ifindex?: number;
  readonly netns?: number;
  readonly direction?: Direction;
  readonly target?: string;

  constructor(caller: LinuxCaller, fd: FileDescriptor, info: LinkInfo) {
    super(caller, fd);
    this.id = info.id;
    this.programId = info.programId;
    this.type = info.type;
    this.attached = info.attached;
    if (info.ifindex !== undefined) this.ifindex = info.ifindex;
    if (info.netns !== undefined) this.netns = info.netns;
    if (info.direction !== undefined) this.direction = info.direction;
    if (info.target !== undefined) this.target = info.target;
  }
}

/** A {@link BpfMap} of a Linux kernel. */
export class LinuxMap extends LinuxHandle implements BpfMap {
  readonly kind = 'map';
  readonly id: number;
  readonly name: string;
  readonly type: MapType;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly #info: MapInfo;

  constructor(caller: LinuxCaller, fd: FileDescriptor, info: MapInfo) {
    super(caller, fd);
    this.#info = info;
    this.id = info.id;
    this.name = info.name;
    this.type = info.type;
    this.keySizeBytes = info.keySizeBytes;
    this.valueSizeBytes = info.valueSizeBytes;
    this.maxEntries = info.maxEntries;
    this.flags = info.flags;
  }

  /**
   * @internal What the kernel told of it. How much the kernel reads and writes goes by that, so it must not go by fields
   * that a program can write to.
   */
  static infoOf(map: BpfMap): MapInfo {
    if (#info in map) return map.#info;
    throw new UsageError('map', `a method of a map was called on something else: ${quote(map)}`);
  }

  async lookup(key: Uint8Array): Promise<Uint8Array> {
    return LinuxHandle.callerOf(this).elements.lookup(this, key);
  }

  async update(key: Uint8Array, value: Uint8Array, mode?: MapUpdateMode): Promise<void> {
    return LinuxHandle.callerOf(this).elements.update(this, key, value, mode);
  }

  async delete(key: Uint8Array): Promise<void> {
    return LinuxHandle.callerOf(this).elements.delete(this, key);
  }

  async entries(): Promise<readonly MapElement[]> {
    return LinuxHandle.callerOf(this).elements.entries(this);
  }
}
