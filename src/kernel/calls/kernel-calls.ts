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
  TcxQueryOptions,
  UpdateLinkOptions,
  XdpNetlinkSpec,
  XdpQuery,
} from '../attach.js';
import type { KernelBackend } from '../backend.js';
import type { Bpffs, Kernel, Pin } from '../contract.js';
import type {
  BpfLink,
  BpfMap,
  CreateMapOptions,
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
} from '../objects.js';
import { CallGate } from './call-gate.js';
import { addFilter, createClsact, deleteClsact, deleteFilter, filters } from './filters.js';
import type { KernelPoints } from './kernel-points.js';
import { attach, detach, forceDetach, updateLink } from './links.js';
import { getById, list, nextId } from './listing.js';
import { createElementCalls, createMap } from './maps.js';
import { createBpffs, open, pin, pins, unpin } from './pins.js';
import { attachTcxProgram, detachTcxProgram, queryTcx, queryXdp, setXdp } from './plain-attach.js';
import { load, unload } from './programs.js';

/**
 * The calls of one process into a kernel, whichever it is: the {@link Kernel} contract before a backend. A call is
 * checked, goes through its fault point, and is then the backend's.
 */
export class KernelCalls implements Kernel {
  readonly bpffs: Bpffs;
  readonly #gate: CallGate;

  constructor(backend: KernelBackend, points: KernelPoints) {
    this.#gate = new CallGate(backend, points);
    this.bpffs = createBpffs(this.#gate);
    backend.connect(createElementCalls(this.#gate));
  }

  get release(): string {
    return this.#gate.backend.release;
  }

  load(spec: ProgramSpec): Promise<Program> {
    return load(this.#gate, spec);
  }

  unload(program: ProgramRef): Promise<void> {
    return unload(this.#gate, program);
  }

  createMap(spec: MapSpec, options: CreateMapOptions = {}): Promise<BpfMap> {
    return createMap(this.#gate, spec, options);
  }

  attach(spec: AttachSpec): Promise<BpfLink> {
    return attach(this.#gate, spec);
  }

  detach(link: LinkRef): Promise<void> {
    return detach(this.#gate, link);
  }

  forceDetach(link: LinkRef): Promise<void> {
    return forceDetach(this.#gate, link);
  }

  updateLink(link: LinkRef, program: ProgramRef, options: UpdateLinkOptions = {}): Promise<void> {
    return updateLink(this.#gate, link, program, options);
  }

  pin(object: KernelObject, path: string): Promise<void> {
    return pin(this.#gate, object, path);
  }

  unpin(path: string): Promise<void> {
    return unpin(this.#gate, path);
  }

  open(path: string): Promise<KernelObject> {
    return open(this.#gate, path);
  }

  pins(directory?: string): Promise<readonly Pin[]> {
    return pins(this.#gate, directory);
  }

  programs(): Promise<readonly ProgramInfo[]> {
    return list(this.#gate, 'program', () => this.#gate.backend.programs());
  }

  links(): Promise<readonly LinkInfo[]> {
    return list(this.#gate, 'link', () => this.#gate.backend.links());
  }

  maps(): Promise<readonly MapInfo[]> {
    return list(this.#gate, 'map', () => this.#gate.backend.maps());
  }

  programById(id: ProgramId): Promise<Program> {
    return getById(this.#gate, 'program', id, () => this.#gate.backend.programById(id));
  }

  linkById(id: LinkId): Promise<BpfLink> {
    return getById(this.#gate, 'link', id, () => this.#gate.backend.linkById(id));
  }

  mapById(id: MapId): Promise<BpfMap> {
    return getById(this.#gate, 'map', id, () => this.#gate.backend.mapById(id));
  }

  nextProgramId(after: ProgramId): Promise<ProgramId> {
    return nextId(this.#gate, 'program', after);
  }

  nextLinkId(after: LinkId): Promise<LinkId> {
    return nextId(this.#gate, 'link', after);
  }

  nextMapId(after: MapId): Promise<MapId> {
    return nextId(this.#gate, 'map', after);
  }

  setXdp(spec: XdpNetlinkSpec): Promise<void> {
    return setXdp(this.#gate, spec);
  }

  queryXdp(device: DeviceRef): Promise<XdpQuery> {
    return queryXdp(this.#gate, device);
  }

  attachTcxProgram(spec: TcxProgramSpec): Promise<void> {
    return attachTcxProgram(this.#gate, spec);
  }

  detachTcxProgram(spec: TcxDetachSpec): Promise<void> {
    return detachTcxProgram(this.#gate, spec);
  }

  queryTcx(hook: HookRef, options: TcxQueryOptions = {}): Promise<TcxQuery> {
    return queryTcx(this.#gate, hook, options);
  }

  createClsact(spec: ClsactSpec): Promise<void> {
    return createClsact(this.#gate, spec);
  }

  deleteClsact(device: DeviceRef): Promise<void> {
    return deleteClsact(this.#gate, device);
  }

  addFilter(spec: FilterSpec): Promise<Filter> {
    return addFilter(this.#gate, spec);
  }

  deleteFilter(filter: FilterRef): Promise<void> {
    return deleteFilter(this.#gate, filter);
  }

  filters(hook: HookRef): Promise<readonly Filter[]> {
    return filters(this.#gate, hook);
  }
}
