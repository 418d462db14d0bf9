import type { Clock } from '../../core/clock.js';
import { createEmitter, type TypedEmitter } from '../../core/events.js';
import type { ProgramSpec } from '../../kernel/objects.js';
import type { FakeDevice } from '../interfaces/fake-device.js';
import type { FakeNetIfaceResolver } from '../interfaces/fake-net-iface-resolver.js';
import { TagMaker, type VerifierVerdict } from './calls/instructions.js';
import { dropDevice } from './elements/slot-elements.js';
import { DeviceHookTable } from './hooks/device-hooks.js';
import { Tracepoints } from './hooks/perf-events.js';
import { Trampolines } from './hooks/trampolines.js';
import type { KernelEvents } from './kernel-events.js';
import { BpffsTree } from './objects/bpffs-tree.js';
import { type DeferredMode, DeferredWork } from './objects/deferred-work.js';
import type { IdReuse, IdTable } from './objects/id-table.js';
import type { StoredObject } from './objects/kernel-objects.js';
import { ObjectStore } from './objects/object-store.js';
import { type KernelFeatures, type KernelProfileName, selectFeatures } from './profiles.js';

/** A place in the kernel or on the file system that a program attaches to. */
export interface AttachTarget {
  readonly kind: 'function' | 'tracepoint' | 'file';
  /** A kernel function, `category:name`, or a path. */
  readonly name: string;
}

/** What a {@link Machine} is made of. */
export interface MachineOptions {
  readonly profile: KernelProfileName;
  readonly interfaces: FakeNetIfaceResolver;
  readonly clock: Clock;
  readonly bpffsMounts: readonly string[];
  readonly deferred: DeferredMode;
  readonly memlockLimitBytes: number;
  readonly verifier: ((spec: ProgramSpec) => VerifierVerdict | undefined) | undefined;
  readonly hasTarget: (target: AttachTarget) => boolean;
  readonly nextId: number | undefined;
  readonly idReuse: IdReuse | undefined;
}

/** What can be asked of any of the tables. */
type ObjectTable = Pick<IdTable<StoredObject>, 'get' | 'nextAfter' | 'setNext'>;

/** The modelled kernel, which all its processes share. */
export class Machine {
  readonly options: MachineOptions;
  readonly features: KernelFeatures;
  readonly events: TypedEmitter<KernelEvents> = createEmitter<KernelEvents>();
  readonly deferred: DeferredWork;
  readonly store: ObjectStore;
  readonly bpffs: BpffsTree;
  readonly hooks: DeviceHookTable;
  readonly tracepoints = new Tracepoints();
  readonly trampolines: Trampolines;
  readonly tags: TagMaker;
  /** Programs that the verifier refuses, by name. */
  readonly rejections = new Map<string, VerifierVerdict>();
  /** Whether the first allocation of everything fails. */
  memoryExhausted = false;
  disposed = false;
  readonly #stopListening: () => void;

  constructor(options: MachineOptions) {
    this.options = options;
    this.features = selectFeatures(options.profile);
    this.deferred = new DeferredWork(options.deferred);
    this.store = new ObjectStore(this.deferred, this.events, options);
    this.bpffs = new BpffsTree(this.store, options.bpffsMounts);
    this.hooks = new DeviceHookTable(this.store, this.features);
    this.trampolines = new Trampolines(countTrampolineRoom(this.features));
    this.tags = new TagMaker(this.features.sha256Tags ? 'sha256' : 'sha1');
    this.#stopListening = options.interfaces.onRemove((device) => this.#removeDevice(device));
  }

  get interfaces(): FakeNetIfaceResolver {
    return this.options.interfaces;
  }

  table(kind: 'program' | 'map' | 'link'): ObjectTable {
    if (kind === 'program') return this.store.programs;
    return kind === 'map' ? this.store.maps : this.store.links;
  }

  /** Forgets every object, pin and hook, without a step of the freeing that Linux would do. */
  clear(): void {
    this.deferred.clear();
    this.bpffs.clear();
    this.hooks.clear();
    this.tracepoints.clear();
    this.trampolines.clear();
    this.store.clear();
    this.rejections.clear();
    this.memoryExhausted = false;
  }

  dispose(): void {
    this.disposed = true;
    this.#stopListening();
    this.clear();
    this.events.removeAllListeners();
  }

  /** A device is gone: what was on it is taken off, and maps forget it. */
  #removeDevice(device: FakeDevice): void {
    const hooks = this.hooks.find(device);
    if (hooks !== undefined) {
      for (const link of hooks.uninstall()) this.store.takeOff(link);
      this.hooks.remove(device);
    }
    for (const map of this.store.maps.values()) dropDevice(map.elements, device);
    this.events.emit('deviceRemoved', { name: device.name, ifindex: device.index, netns: device.netns });
  }
}

/** BPF_MAX_TRAMP_LINKS, BPF_MAX_TRAMP_PROGS before. */
function countTrampolineRoom({ shortTrampolines, shorterTrampolines }: KernelFeatures): number {
  if (shorterTrampolines) return 36;
  return shortTrampolines ? 38 : 40;
}
