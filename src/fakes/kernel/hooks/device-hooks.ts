import type { Direction } from '../../../kernel/objects.js';
import type { FakeDevice } from '../../interfaces/fake-device.js';
import type { LinkObject } from '../objects/kernel-objects.js';
import type { ObjectStore } from '../objects/object-store.js';
import type { KernelFeatures } from '../profiles.js';
import { FilterChain } from './filter-chain.js';
import { TcxHook } from './tcx-hook.js';
import { XdpHook } from './xdp-hook.js';

/** Every hook of one device. */
export class DeviceHooks {
  readonly device: FakeDevice;
  readonly xdp: XdpHook;
  readonly tcx: Readonly<Record<Direction, TcxHook>>;
  readonly filters: Readonly<Record<Direction, FilterChain>>;
  #clsact = false;

  constructor(device: FakeDevice, store: ObjectStore, features: KernelFeatures) {
    this.device = device;
    this.xdp = new XdpHook(device, store, features);
    this.tcx = { ingress: new TcxHook(device, 'ingress', store), egress: new TcxHook(device, 'egress', store) };
    this.filters = {
      ingress: new FilterChain(device, 'ingress', store),
      egress: new FilterChain(device, 'egress', store),
    };
  }

  /** Whether there is a clsact qdisc: it carries the filters, and keeps empty TCX entries (net/sched/sch_ingress.c). */
  get clsact(): boolean {
    return this.#clsact;
  }

  createClsact(): void {
    this.#clsact = true;
    this.tcx.ingress.setKept(true);
    this.tcx.egress.setKept(true);
  }

  deleteClsact(): void {
    this.filters.ingress.clear();
    this.filters.egress.clear();
    this.#clsact = false;
    this.tcx.ingress.setKept(false);
    this.tcx.egress.setKept(false);
  }

  /**
   * The device goes (net/core/dev.c, unregister_netdevice_many_notify): the qdisc with its filters first, then TCX,
   * then XDP. Returns the links that are defunct now.
   */
  uninstall(): readonly LinkObject[] {
    if (this.#clsact) this.deleteClsact();
    return [...this.tcx.ingress.uninstall(), ...this.tcx.egress.uninstall(), ...this.xdp.uninstall()];
  }
}

/** The hooks of all devices that have had something on them. */
export class DeviceHookTable {
  readonly #store: ObjectStore;
  readonly #features: KernelFeatures;
  readonly #hooks = new Map<FakeDevice, DeviceHooks>();

  constructor(store: ObjectStore, features: KernelFeatures) {
    this.#store = store;
    this.#features = features;
  }

  /** The hooks of a device, made when it has none yet. */
  of(device: FakeDevice): DeviceHooks {
    let hooks = this.#hooks.get(device);
    if (hooks === undefined) {
      hooks = new DeviceHooks(device, this.#store, this.#features);
      this.#hooks.set(device, hooks);
    }
    return hooks;
  }

  find(device: FakeDevice): DeviceHooks | undefined {
    return this.#hooks.get(device);
  }

  remove(device: FakeDevice): void {
    this.#hooks.delete(device);
  }

  /** By namespace, then by index. */
  all(): readonly DeviceHooks[] {
    return [...this.#hooks.values()].sort((a, b) => a.device.netns - b.device.netns || a.device.index - b.device.index);
  }

  clear(): void {
    this.#hooks.clear();
  }
}
