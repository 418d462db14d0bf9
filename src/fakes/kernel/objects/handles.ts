import type {
  BpfLink,
  BpfMap,
  Direction,
  KernelHandle,
  LinkType,
  MapId,
  MapType,
  MapUpdateMode,
  Program,
  ProgramType,
} from '../../../kernel/objects.js';
import type { Caller } from '../caller.js';
import type { MapEntry } from '../elements/map-elements.js';
import {
  describeLink,
  type LinkObject,
  listMapIds,
  type MapObject,
  type ProgramObject,
  type StoredObject,
} from './kernel-objects.js';

/** A reference of one caller on an object: a file descriptor. */
export abstract class Handle implements KernelHandle {
  readonly #caller: Caller;
  readonly #object: StoredObject;
  #closed = false;

  constructor(caller: Caller, object: StoredObject) {
    this.#caller = caller;
    this.#object = object;
    caller.machine.store.hold(object, 'handle');
    object.addHandle(this);
    caller.handles.add(this);
  }

  get closed(): boolean {
    return this.#closed;
  }

  async close(): Promise<void> {
    this.giveUp();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.giveUp();
  }

  /** @internal Closes at once, as close(2) does; safe to call twice. */
  giveUp(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#object.removeHandle(this);
    this.#caller.handles.delete(this);
    this.#caller.machine.store.release(this.#object, 'handle');
  }

  /** @internal A proxy of a handle, or an object made from one, is none: it holds nothing. */
  static isHandle(value: unknown): value is Handle {
    return typeof value === 'object' && value !== null && #caller in value;
  }

  /** @internal */
  static objectOf(handle: Handle): StoredObject {
    return handle.#object;
  }

  /** @internal */
  static callerOf(handle: Handle): Caller {
    return handle.#caller;
  }
}

/** A {@link Program} of a fake kernel. */
export class FakeProgram extends Handle implements Program {
  readonly kind = 'program';
  readonly id: number;
  readonly name: string;
  readonly type: ProgramType;
  readonly tag: string;
  readonly loadedAtMs: number;
  readonly mapIds: readonly MapId[];
  readonly maps: readonly FakeMap[];

  constructor(caller: Caller, program: ProgramObject, maps: readonly FakeMap[] = NO_MAPS) {
    super(caller, program);
    const { facts } = program;
    this.id = program.id;
    this.name = facts.name;
    this.type = facts.type;
    this.tag = facts.tag;
    this.loadedAtMs = facts.loadedAtMs;
    this.mapIds = listMapIds(program);
    this.maps = maps;
  }

  override giveUp(): void {
    super.giveUp();
    for (const map of this.maps) map.giveUp();
  }
}

const NO_MAPS: readonly FakeMap[] = [];

/** A {@link BpfLink} of a fake kernel. */
export class FakeLink extends Handle implements BpfLink {
  readonly kind = 'link';
  readonly id: number;
  readonly programId: number;
  readonly type: LinkType;
  readonly attached: boolean;
  readonly ifindex?: number;
  readonly netns?: number;
  readonly direction?: Direction;
  readonly target?: string;

  constructor(caller: Caller, link: LinkObject) {
    super(caller, link);
    const info = describeLink(link);
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

/** A {@link BpfMap} of a fake kernel. Of a map with a value for each CPU it keeps one value. */
export class FakeMap extends Handle implements BpfMap {
  readonly kind = 'map';
  readonly id: number;
  readonly name: string;
  readonly type: MapType;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** Those that this descriptor was created with; one that was opened later may read and write. */
  readonly #flagsOfCreation: number;

  constructor(caller: Caller, map: MapObject, flagsOfCreation = 0) {
    super(caller, map);
    this.#flagsOfCreation = flagsOfCreation;
    const { spec } = map;
    this.id = map.id;
    this.name = spec.name;
    this.type = spec.type;
    this.keySizeBytes = spec.keySizeBytes;
    this.valueSizeBytes = spec.valueSizeBytes;
    this.maxEntries = spec.maxEntries;
    this.flags = spec.flags;
  }

  /** @internal */
  static flagsOfCreation(map: BpfMap): number {
    return #flagsOfCreation in map ? map.#flagsOfCreation : 0;
  }

  lookup(key: Uint8Array): Promise<Uint8Array> {
    return Handle.callerOf(this).elements.lookup(this, key);
  }

  update(key: Uint8Array, value: Uint8Array, mode?: MapUpdateMode): Promise<void> {
    return Handle.callerOf(this).elements.update(this, key, value, mode);
  }

  delete(key: Uint8Array): Promise<void> {
    return Handle.callerOf(this).elements.delete(this, key);
  }

  entries(): Promise<readonly MapEntry[]> {
    return Handle.callerOf(this).elements.entries(this);
  }
}
