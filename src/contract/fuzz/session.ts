import { isGloveboxError } from '../../core/errors.js';
import { errnoOf } from '../../core/kernel-error.js';
import type { DeviceRef } from '../../kernel/attach.js';
import type { ObjectKind } from '../../kernel/backend.js';
import type { Capability } from '../../kernel/capabilities.js';
import type { Kernel } from '../../kernel/contract.js';
import type { BpfLink, BpfMap, KernelObject, LinkRef, Program, ProgramRef, ProgramType } from '../../kernel/objects.js';
import type { ContractDriver, ContractProcess, ContractWorld } from '../world.js';
import { CallTrace } from './call-trace.js';
import { Names } from './names.js';

/** Numbers from here on mean any handle that ever was, closed ones and those of other processes too. */
export const ANY_FROM = 28;
/** The highest number of a handle. */
export const MAX_HANDLE = 30;
/** How many processes there are at most. */
const MOST_PROCESSES = 6;
/** An id that no object has. */
const DEAD_ID = 1_000_000_000;

/** What every world begins with, beside a directory `/dir`. */
export const FIRST_PROGRAMS = ['tcx', 'tcx', 'tcx', 'tcx', 'tc', 'xdp', 'xdp', 'xdp', 'tracepoint'] as const;

/** What a command came to: the answer without what differs from kernel to kernel, or the name of the error. */
export type Outcome = { readonly ok: unknown } | { readonly error: string; readonly message: string };

/** How a command names an object: a number, for its handle, its id, or an id that nothing has. */
export interface FuzzRef {
  readonly n: number;
  readonly as: 'handle' | 'id' | 'dead';
}

/** A device, as commands name it. */
export interface FuzzDevice extends DeviceRef {
  readonly name: string;
  present: boolean;
}

/** One of the two kernels, with everything that the commands have made on it so far, in the order it was made. */
export class Session implements AsyncDisposable {
  readonly world: ContractWorld;
  readonly driver: ContractDriver;
  readonly names = new Names();
  readonly trace = new CallTrace();
  readonly programs: Program[] = [];
  readonly maps: BpfMap[] = [];
  readonly links: BpfLink[] = [];
  readonly devices: FuzzDevice[] = [];
  /** Paths that were pinned at, to be met again. */
  readonly pinned: string[] = [];
  /** The path of the second network namespace, once there is one. */
  netns: string | undefined;
  readonly #owners = new WeakMap<KernelObject, number>();
  readonly #watched: Kernel[] = [];
  readonly #processes: ContractProcess[] = [];

  private constructor(driver: ContractDriver, world: ContractWorld) {
    this.driver = driver;
    this.world = world;
    this.#watched.push(this.trace.watch(world.kernel, 0));
    for (const device of [world.device, world.otherDevice, world.genericDevice]) this.addDevice(device);
  }

  static async open(driver: ContractDriver): Promise<Session> {
    const session = new Session(driver, await driver.open({}));
    const { world } = session;
    try {
      session.startProcess();
      session.startProcess(['CAP_BPF']);
      for (const type of FIRST_PROGRAMS) session.keep(await world.kernel.load({ name: 'first', type }), 0, true);
      await world.kernel.bpffs.mkdir(`${world.bpffs}/dir`);
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return session;
  }

  /** The process that makes a call: the first, another like it, one that may only load, or one started later. */
  kernel(by: number): Kernel {
    return pick(this.#watched, by) ?? this.world.kernel;
  }

  /** Whether there was room for one more. A driver without processes of fewer capabilities has none of those. */
  startProcess(capabilities?: readonly Capability[], netns?: string): boolean {
    if (this.#watched.length >= MOST_PROCESSES) return false;
    if (capabilities !== undefined && this.driver.findMissing('capabilities') !== undefined) return false;
    const options = {
      ...(capabilities === undefined ? {} : { capabilities }),
      ...(netns === undefined ? {} : { netns }),
    };
    const process = this.world.process(options);
    this.#processes.push(process);
    this.#watched.push(this.trace.watch(process, this.#watched.length));
    return true;
  }

  /** Ends one of the processes; not the first, which is the world's. */
  async exitProcess(n: number): Promise<string | undefined> {
    const index = n % this.#processes.length;
    this.trace.note(index + 1, 'exit', []);
    await this.#processes[index]?.exit();
    return `process ${index + 2}`;
  }

  /**
   * A program, by a number: one that process `by` has open, of one of the types, if there is such a one; high numbers
   * mean any that ever was. `undefined` when there is none at all.
   */
  program(n: number, by?: number, types?: readonly ProgramType[]): Program | undefined {
    return this.#pickHandle(this.programs, n, by, (program) => types?.includes(program.type) ?? true);
  }

  /** As `program`, but perhaps its id, or one that no program has. */
  programRef({ n, as }: FuzzRef, by: number, types?: readonly ProgramType[]): ProgramRef | undefined {
    return toRef(this.program(n, by, types), as);
  }

  map(n: number, by?: number): BpfMap | undefined {
    return this.#pickHandle(this.maps, n, by);
  }

  link(n: number, by?: number): BpfLink | undefined {
    return this.#pickHandle(this.links, n, by);
  }

  linkRef({ n, as }: FuzzRef, by: number): LinkRef | undefined {
    return toRef(this.link(n, by), as);
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
    const owner = by === undefined ? undefined : by % this.#watched.length;
    const open = list.filter((object) => !object.closed && (owner === undefined || this.#owners.get(object) === owner));
    return pick(open.filter(fits), n) ?? pick(open, n) ?? pick(list, n);
  }

  /** The process that has a handle. */
  ownerOf(object: KernelObject): number {
    return this.#owners.get(object) ?? 0;
  }

  device(n: number): FuzzDevice {
    return pick(this.devices, n) ?? { name: 'none', ifindex: 2_000_000_000, present: false };
  }

  /** One of another namespace may have the index of one that is here. */
  addDevice(device: DeviceRef): void {
    const name = device.netns === undefined ? this.names.assign('dev', device.ifindex) : 'device of the other netns';
    this.devices.push({ ...device, name, present: true });
  }

  /** Keeps a handle for later commands and answers what it is, by name. */
  keep(object: KernelObject, by: number, isNew: boolean): unknown {
    const owner = by % this.#watched.length;
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

  /** A text without what differs from world to world: the directory on bpffs, ids in paths, the path of the file. */
  hide(text: string): string {
    const { bpffs, targets } = this.world;
    if (text === targets.file.path) return 'the file';
    if (text === this.netns) return 'the other netns';
    const path = text.startsWith(bpffs) ? text.slice(bpffs.length) || '/' : text;
    return path.replace(/((?:^|\/)prog_|\/maps\/)(\d+)/, (_match, before: string, id: string) => {
      return `${before}${this.names.of('prog', Number(id))}`;
    });
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
    const code = errnoOf(error) ?? (isGloveboxError(error) ? error.code : undefined);
    if (code === undefined || !(error instanceof Error)) throw error;
    return { error: code, message: error.message };
  }
}

function toRef<T extends KernelObject>(object: T | undefined, as: FuzzRef['as']): T | number | undefined {
  if (as === 'dead') return DEAD_ID;
  return as === 'id' ? object?.id : object;
}

function pick<T>(list: readonly T[], n: number): T | undefined {
  return list.length === 0 ? undefined : list[n % list.length];
}
