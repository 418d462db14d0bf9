import { isGloveboxError } from '../../core/errors.js';
import { errnoOf } from '../../core/kernel-error.js';
import type { DeviceRef } from '../../kernel/attach.js';
import type { ObjectKind } from '../../kernel/backend.js';
import type { Kernel } from '../../kernel/contract.js';
import type { BpfLink, BpfMap, KernelObject, Program, ProgramType } from '../../kernel/objects.js';
import type { ContractDriver, ContractWorld } from '../world.js';
import { Names } from './names.js';

/** Numbers from here on mean any handle that ever was, closed ones and those of other processes too. */
export const ANY_FROM = 28;
/** The highest number of a handle. */
export const MAX_HANDLE = 30;

/** What every world begins with, beside a directory `/dir`. */
const FIRST_PROGRAMS = ['tcx', 'tcx', 'tcx', 'tcx', 'tc', 'xdp', 'xdp', 'xdp', 'tracepoint'] as const;

/** What a command came to: the answer without what differs from kernel to kernel, or the name of the error. */
export type Outcome = { readonly ok: unknown } | { readonly error: string };

/** A device, as commands name it. */
export interface FuzzDevice extends DeviceRef {
  readonly name: string;
  present: boolean;
}

/** One of the two kernels, with everything that the commands have made on it so far, in the order it was made. */
export class Session implements AsyncDisposable {
  readonly world: ContractWorld;
  readonly names = new Names();
  readonly programs: Program[] = [];
  readonly maps: BpfMap[] = [];
  readonly links: BpfLink[] = [];
  readonly devices: FuzzDevice[] = [];
  readonly #owners = new WeakMap<KernelObject, number>();
  readonly #processes: readonly Kernel[];

  private constructor(world: ContractWorld, processes: readonly Kernel[]) {
    this.world = world;
    this.#processes = processes;
    for (const device of [world.device, world.otherDevice, world.genericDevice]) this.addDevice(device);
  }

  static async open(driver: ContractDriver): Promise<Session> {
    const world = await driver.open({});
    const processes = [world.kernel, world.process()];
    if (driver.findMissing('capabilities') === undefined) processes.push(world.process({ capabilities: ['CAP_BPF'] }));
    const session = new Session(world, processes);
    try {
      for (const type of FIRST_PROGRAMS) session.keep(await world.kernel.load({ name: 'first', type }), 0, true);
      await world.kernel.bpffs.mkdir(`${world.bpffs}/dir`);
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return session;
  }

  /** The process that makes a call: the first, another like it, or one that may only load. */
  kernel(by: number): Kernel {
    return pick(this.#processes, by) ?? this.world.kernel;
  }

  /**
   * A program, by a number: one that process `by` has open, of one of the types, if there is such a one; high numbers
   * mean any that ever was. `undefined` when there is none at all.
   */
  program(n: number, by?: number, types?: readonly ProgramType[]): Program | undefined {
    return this.#pickHandle(this.programs, n, by, (program) => types?.includes(program.type) ?? true);
  }

  map(n: number, by?: number): BpfMap | undefined {
    return this.#pickHandle(this.maps, n, by);
  }

  link(n: number, by?: number): BpfLink | undefined {
    return this.#pickHandle(this.links, n, by);
  }

  object(kind: ObjectKind, n: number, by?: number): KernelObject | undefined {
    if (kind === 'program') return this.program(n, by);
    return kind === 'map' ? this.map(n, by) : this.link(n, by);
  }

  #pickHandle<T extends KernelObject>(
    list: readonly T[],
    n: number,
    by: number | undefined,
    fits: (object: T) => boolean = () => true,
  ): T | undefined {
    if (n >= ANY_FROM) return pick(list, n);
    const owner = by === undefined ? undefined : by % this.#processes.length;
    const open = list.filter((object) => !object.closed && (owner === undefined || this.#owners.get(object) === owner));
    return pick(open.filter(fits), n) ?? pick(open, n) ?? pick(list, n);
  }

  device(n: number): FuzzDevice {
    return pick(this.devices, n) ?? { name: 'none', ifindex: 2_000_000_000, present: false };
  }

  addDevice(device: DeviceRef): void {
    this.devices.push({ ...device, name: this.names.assign('dev', device.ifindex), present: true });
  }

  /** Keeps a handle for later commands and answers what it is, by name. */
  keep(object: KernelObject, by: number, isNew: boolean): unknown {
    const owner = by % this.#processes.length;
    this.#owners.set(object, owner);
    if (object.kind === 'program') {
      this.programs.push(object);
      const name = isNew ? this.names.assign('prog', object.id) : this.names.of('prog', object.id);
      for (const map of object.maps) {
        this.names.assign('map', map.id);
        this.#owners.set(map, owner);
        this.maps.push(map);
      }
      return { name, type: isNew ? object.type : undefined, label: object.name, maps: object.maps.length };
    }
    if (object.kind === 'map') {
      this.maps.push(object);
      const name = isNew ? this.names.assign('map', object.id) : this.names.of('map', object.id);
      const { type, keySizeBytes, valueSizeBytes, maxEntries, flags } = object;
      return { name, type, keySizeBytes, valueSizeBytes, maxEntries, flags };
    }
    this.links.push(object);
    const name = isNew ? this.names.assign('link', object.id) : this.names.of('link', object.id);
    return { name, program: this.names.of('prog', object.programId), type: object.type, attached: object.attached };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }
}

/** Runs a command and answers what came of it. @throws what is neither an answer of a kernel nor a usage error */
export async function outcomeOf(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { ok: await run() };
  } catch (error) {
    const code = errnoOf(error);
    if (code !== undefined) return { error: code };
    if (isGloveboxError(error)) return { error: error.code };
    throw error;
  }
}

function pick<T>(list: readonly T[], n: number): T | undefined {
  return list.length === 0 ? undefined : list[n % list.length];
}
