import type { TypedEmitter } from '../../../core/events.js';
import type { KernelEvents } from '../kernel-events.js';
import type { DeferredWork } from './deferred-work.js';
import { type IdReuse, IdTable } from './id-table.js';
import {
  describeMap,
  describeProgram,
  type LinkObject,
  type MapObject,
  type ProgramObject,
  type StoredObject,
} from './kernel-objects.js';

/**
 * Which reference is given up: closing a handle frees at once, removing a pin frees from the work queue, and what the
 * kernel itself lets go of (an attachment, a slot of a map) frees at once.
 */
export type ReferenceKind = 'handle' | 'pin' | 'kernel';

/** How object ids are given out. */
export interface ObjectStoreOptions {
  readonly nextId: number | undefined;
  readonly idReuse: IdReuse | undefined;
}

/**
 * All programs, maps and links by id, and their reference counts. What nothing holds any more is freed here and
 * nowhere else (kernel/bpf/syscall.c: __bpf_prog_put, bpf_map_put, bpf_link_put).
 */
export class ObjectStore {
  readonly programs: IdTable<ProgramObject>;
  readonly maps: IdTable<MapObject>;
  readonly links: IdTable<LinkObject>;
  /** Bytes charged against RLIMIT_MEMLOCK. */
  lockedBytes = 0;
  readonly #deferred: DeferredWork;
  readonly #events: TypedEmitter<KernelEvents>;

  constructor(deferred: DeferredWork, events: TypedEmitter<KernelEvents>, options: ObjectStoreOptions) {
    const ids = { next: options.nextId ?? 1, reuse: options.idReuse ?? 'cyclic' };
    this.programs = new IdTable(ids);
    this.maps = new IdTable(ids);
    this.links = new IdTable(ids);
    this.#deferred = deferred;
    this.#events = events;
  }

  hold(object: StoredObject, kind: ReferenceKind): void {
    object.references += 1;
    if (object.kind === 'map' && kind !== 'kernel') object.userReferences += 1;
  }

  release(object: StoredObject, kind: ReferenceKind): void {
    object.references -= 1;
    if (object.kind === 'map' && kind !== 'kernel') {
      object.userReferences -= 1;
      // kernel/bpf/syscall.c, bpf_map_put_uref → prog_array_map_clear: it would else keep itself alive by tail calls.
      if (object.userReferences === 0 && object.type === 'prog_array') object.elements.clear();
    }
    if (object.references > 0) return;
    if (kind === 'pin') this.#freeLater(object);
    else this.#free(object);
  }

  clear(): void {
    this.programs.clear();
    this.maps.clear();
    this.links.clear();
    this.lockedBytes = 0;
  }

  #free(object: StoredObject): void {
    this.#freeId(object);
    this.#freeRest(object);
  }

  #freeLater(object: StoredObject): void {
    const label = `${object.kind} ${object.id}`;
    if (object.kind !== 'link') {
      this.#deferred.push(`free ${label}`, () => this.#free(object));
      return;
    }
    // kernel/bpf/syscall.c, bpf_link_free: the id goes first, then the hook.
    this.#deferred.push(`free the id of ${label}`, () => this.#freeId(object));
    this.#deferred.push(`release the hook of ${label}`, () => this.#freeRest(object));
  }

  #freeId(object: StoredObject): void {
    object.freed = true;
    switch (object.kind) {
      case 'program':
        this.programs.remove(object.id);
        break;
      case 'map':
        this.maps.remove(object.id);
        break;
      case 'link':
        this.links.remove(object.id);
    }
  }

  #freeRest(object: StoredObject): void {
    switch (object.kind) {
      case 'program':
        this.#freeProgram(object);
        break;
      case 'map':
        object.elements.clear();
        this.lockedBytes -= object.memlockBytes;
        if (this.#events.listenerCount('freeMap') > 0) this.#events.emit('freeMap', describeMap(object));
        break;
      case 'link':
        this.#freeLink(object);
    }
  }

  #freeProgram(program: ProgramObject): void {
    this.lockedBytes -= program.facts.memlockBytes;
    if (this.#events.listenerCount('unload') > 0) this.#events.emit('unload', describeProgram(program));
    for (const map of program.facts.maps) this.release(map, 'kernel');
    if (program.loadTarget !== undefined) this.release(program.loadTarget.program, 'kernel');
    program.loadTarget = undefined;
  }

  #freeLink(link: LinkObject): void {
    this.takeOff(link);
    this.release(link.program, 'kernel');
    if (link.extended !== undefined) this.release(link.extended, 'kernel');
  }

  /** Takes a link off its hook, if it is on one; it is defunct afterwards. */
  takeOff(link: LinkObject): void {
    const { hook } = link;
    if (hook === undefined) return;
    if (this.#events.listenerCount('detach') > 0) this.emitLink('detach', link);
    hook.release(link);
    link.hook = undefined;
  }

  emitLink(event: 'attach' | 'detach', link: LinkObject): void {
    this.#events.emit(event, {
      programId: link.program.id,
      linkId: link.id,
      via: 'link',
      attachType: link.type,
      ifindex: link.hook?.ifindex,
      direction: link.direction,
      target: link.target,
    });
  }
}
