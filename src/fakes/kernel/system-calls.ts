import type {
  AttachSpec,
  ClsactSpec,
  DeviceRef,
  Filter,
  FilterRef,
  FilterSpec,
  HookRef,
  TcxDetachSpec,
  TcxProgramSpec,
  TcxQuery,
  UpdateLinkOptions,
  XdpNetlinkSpec,
  XdpQuery,
} from '../../kernel/attach.js';
import type { Bpffs, Kernel, Pin } from '../../kernel/contract.js';
import type {
  BpfLink,
  BpfMap,
  KernelObject,
  LinkId,
  LinkInfo,
  LinkRef,
  MapId,
  MapInfo,
  MapSpec,
  Program,
  ProgramId,
  ProgramInfo,
  ProgramRef,
  ProgramSpec,
} from '../../kernel/objects.js';
import type { Caller } from './caller.js';
import { attach, detach, forceDetach, updateLink } from './calls/attach.js';
import { addFilter, createClsact, deleteClsact, deleteFilter, filters } from './calls/filters.js';
import { linkById, links, mapById, maps, nextId, programById, programs } from './calls/listing.js';
import { load, unload } from './calls/load.js';
import { createMap } from './calls/map-calls.js';
import { exists, mkdir, open, pin, pins, readdir, rename, rmdir, unpin } from './calls/pins.js';
import { attachTcxProgram, detachTcxProgram, queryTcx, queryXdp, setXdp } from './calls/plain-attach.js';

/** The calls of one process into a fake kernel: the {@link Kernel} contract, each call in a module of its kind. */
export class SystemCalls implements Kernel {
  readonly bpffs: Bpffs;
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
    this.bpffs = {
      mkdir: (path, options = {}) => mkdir(caller, path, options),
      rmdir: (path) => rmdir(caller, path),
      readdir: (path) => readdir(caller, path),
      rename: (from, to) => rename(caller, from, to),
      exists: (path) => exists(caller, path),
    };
  }

  get release(): string {
    return this.#caller.machine.options.profile;
  }

  load(spec: ProgramSpec): Promise<Program> {
    return load(this.#caller, spec);
  }

  unload(program: ProgramRef): Promise<void> {
    return unload(this.#caller, program);
  }

  createMap(spec: MapSpec): Promise<BpfMap> {
    return createMap(this.#caller, spec);
  }

  attach(spec: AttachSpec): Promise<BpfLink> {
    return attach(this.#caller, spec);
  }

  detach(link: LinkRef): Promise<void> {
    return detach(this.#caller, link);
  }

  forceDetach(link: LinkRef): Promise<void> {
    return forceDetach(this.#caller, link);
  }

  updateLink(link: LinkRef, program: ProgramRef, options: UpdateLinkOptions = {}): Promise<void> {
    return updateLink(this.#caller, link, program, options);
  }

  pin(object: KernelObject, path: string): Promise<void> {
    return pin(this.#caller, object, path);
  }

  unpin(path: string): Promise<void> {
    return unpin(this.#caller, path);
  }

  open(path: string): Promise<KernelObject> {
    return open(this.#caller, path);
  }

  pins(directory?: string): Promise<readonly Pin[]> {
    return pins(this.#caller, directory);
  }

  programs(): Promise<readonly ProgramInfo[]> {
    return programs(this.#caller);
  }

  links(): Promise<readonly LinkInfo[]> {
    return links(this.#caller);
  }

  maps(): Promise<readonly MapInfo[]> {
    return maps(this.#caller);
  }

  programById(id: ProgramId): Promise<Program> {
    return programById(this.#caller, id);
  }

  linkById(id: LinkId): Promise<BpfLink> {
    return linkById(this.#caller, id);
  }

  mapById(id: MapId): Promise<BpfMap> {
    return mapById(this.#caller, id);
  }

  nextProgramId(after: ProgramId): Promise<ProgramId> {
    return nextId(this.#caller, 'program', after);
  }

  nextLinkId(after: LinkId): Promise<LinkId> {
    return nextId(this.#caller, 'link', after);
  }

  nextMapId(after: MapId): Promise<MapId> {
    return nextId(this.#caller, 'map', after);
  }

  setXdp(spec: XdpNetlinkSpec): Promise<void> {
    return setXdp(this.#caller, spec);
  }

  queryXdp(device: DeviceRef): Promise<XdpQuery> {
    return queryXdp(this.#caller, device);
  }

  attachTcxProgram(spec: TcxProgramSpec): Promise<void> {
    return attachTcxProgram(this.#caller, spec);
  }

  detachTcxProgram(spec: TcxDetachSpec): Promise<void> {
    return detachTcxProgram(this.#caller, spec);
  }

  queryTcx(hook: HookRef): Promise<TcxQuery> {
    return queryTcx(this.#caller, hook);
  }

  createClsact(spec: ClsactSpec): Promise<void> {
    return createClsact(this.#caller, spec);
  }

  deleteClsact(device: DeviceRef): Promise<void> {
    return deleteClsact(this.#caller, device);
  }

  addFilter(spec: FilterSpec): Promise<Filter> {
    return addFilter(this.#caller, spec);
  }

  deleteFilter(filter: FilterRef): Promise<void> {
    return deleteFilter(this.#caller, filter);
  }

  filters(hook: HookRef): Promise<readonly Filter[]> {
    return filters(this.#caller, hook);
  }
}
