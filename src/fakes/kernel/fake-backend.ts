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
} from '../../kernel/attach.js';
import type {
  ElementCalls,
  HandleClass,
  KernelBackend,
  KnownLink,
  KnownProgram,
  MapElement,
  ObjectKind,
} from '../../kernel/backend.js';
import type { BpffsEntry, Pin } from '../../kernel/contract.js';
import type {
  BpfMap,
  CreateMapOptions,
  KernelObject,
  LinkInfo,
  LinkRef,
  MapInfo,
  MapSpec,
  MapUpdateMode,
  ProgramInfo,
  ProgramRef,
  ProgramSpec,
} from '../../kernel/objects.js';
import type { Caller } from './caller.js';
import { attach, detach, forceDetach, updateLink } from './calls/attach.js';
import { deleteElement, listElements, lookupElement, updateElement } from './calls/elements.js';
import { addFilter, createClsact, deleteClsact, deleteFilter, filters } from './calls/filters.js';
import { knowFilter, knowLink, knowName, knowPath, knowProgram, knowXdp } from './calls/know.js';
import { list, nextId } from './calls/listing.js';
import { load, unload } from './calls/load.js';
import { createMap } from './calls/maps.js';
import { open, pin, unpin } from './calls/pins.js';
import { attachTcxProgram, detachTcxProgram, queryTcx, queryXdp, setXdp } from './calls/plain-attach.js';
import { FakeLink, FakeMap, FakeProgram, Handle } from './objects/handles.js';
import { describeLink, describeMap, describeProgram } from './objects/kernel-objects.js';

/** The model of a kernel as one process sees it: each call in a module of its kind. */
export class FakeBackend implements KernelBackend {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  get release(): string {
    return this.#caller.machine.options.profile;
  }

  get handleCount(): number {
    return this.#caller.handles.size;
  }

  connect(elements: ElementCalls): void {
    this.#caller.connect(elements);
  }

  assertAlive(action: string): void {
    this.#caller.assertAlive(action);
  }

  classifyHandle(value: unknown): HandleClass {
    if (Handle.isHandle(value)) return Handle.callerOf(value).machine === this.#caller.machine ? 'own' : 'foreign';
    return isLikeHandle(value) ? 'wrapped' : 'none';
  }

  closeHandle(object: KernelObject): void {
    if (Handle.isHandle(object)) object.giveUp();
  }

  closeHandles(): void {
    this.#caller.closeHandles();
  }

  knowProgram(ref: ProgramRef): KnownProgram | undefined {
    return knowProgram(this.#caller, ref);
  }

  knowLink(ref: LinkRef): KnownLink | undefined {
    return knowLink(this.#caller, ref);
  }

  knowName(object: KernelObject): string {
    return knowName(object);
  }

  knowPath(path: string): ReturnType<KernelBackend['knowPath']> {
    return knowPath(this.#caller, path);
  }

  knowXdp(device: DeviceRef): KnownProgram | undefined {
    return knowXdp(this.#caller, device);
  }

  knowFilter(filter: FilterRef): KnownProgram | undefined {
    return knowFilter(this.#caller, filter);
  }

  load(spec: ProgramSpec): FakeProgram {
    return load(this.#caller, spec);
  }

  unload(program: ProgramRef): void {
    unload(this.#caller, program);
  }

  createMap(spec: MapSpec, options: CreateMapOptions): FakeMap {
    return createMap(this.#caller, spec, options);
  }

  lookupElement(map: BpfMap, key: Uint8Array): Uint8Array {
    return lookupElement(this.#caller, map, key);
  }

  updateElement(map: BpfMap, key: Uint8Array, value: Uint8Array, mode: MapUpdateMode): void {
    updateElement(this.#caller, map, key, value, mode);
  }

  deleteElement(map: BpfMap, key: Uint8Array): void {
    deleteElement(this.#caller, map, key);
  }

  listElements(map: BpfMap): readonly MapElement[] {
    return listElements(this.#caller, map);
  }

  attach(spec: AttachSpec): FakeLink {
    return attach(this.#caller, spec);
  }

  detach(link: LinkRef): void {
    detach(this.#caller, link);
  }

  forceDetach(link: LinkRef): void {
    forceDetach(this.#caller, link);
  }

  updateLink(link: LinkRef, program: ProgramRef, options: UpdateLinkOptions): void {
    updateLink(this.#caller, link, program, options);
  }

  pin(object: KernelObject, path: string): void {
    pin(this.#caller, object, path);
  }

  unpin(path: string): void {
    unpin(this.#caller, path);
  }

  open(path: string): FakeProgram | FakeLink | FakeMap {
    return open(this.#caller, path);
  }

  pins(directory: string | undefined): readonly Pin[] {
    return this.#caller.machine.bpffs.list(directory);
  }

  mkdir(path: string, recursive: boolean): void {
    this.#caller.machine.bpffs.mkdir(path, { recursive });
  }

  rmdir(path: string): void {
    this.#caller.machine.bpffs.rmdir(path);
  }

  readdir(path: string): readonly BpffsEntry[] {
    return this.#caller.machine.bpffs.readdir(path);
  }

  rename(from: string, to: string): void {
    this.#caller.machine.bpffs.rename(from, to);
  }

  exists(path: string): boolean {
    return this.#caller.machine.bpffs.exists(path);
  }

  readFile(path: string): string {
    return this.#caller.machine.bpffs.readFile(path);
  }

  programs(): readonly ProgramInfo[] {
    return list(this.#caller, 'program', () => this.#caller.machine.store.programs.values(), describeProgram);
  }

  links(): readonly LinkInfo[] {
    return list(this.#caller, 'link', () => this.#caller.machine.store.links.values(), describeLink);
  }

  maps(): readonly MapInfo[] {
    return list(this.#caller, 'map', () => this.#caller.machine.store.maps.values(), describeMap);
  }

  programById(id: number): FakeProgram {
    return new FakeProgram(this.#caller, this.#caller.program(id, '', `open program ${id}`));
  }

  linkById(id: number): FakeLink {
    return new FakeLink(this.#caller, this.#caller.link(id, '', `open link ${id}`));
  }

  mapById(id: number): FakeMap {
    return new FakeMap(this.#caller, this.#caller.map(id, '', `open map ${id}`));
  }

  nextId(kind: ObjectKind, after: number): number {
    return nextId(this.#caller, kind, after);
  }

  setXdp(spec: XdpNetlinkSpec): void {
    setXdp(this.#caller, spec);
  }

  queryXdp(device: DeviceRef): XdpQuery {
    return queryXdp(this.#caller, device);
  }

  attachTcxProgram(spec: TcxProgramSpec): void {
    attachTcxProgram(this.#caller, spec);
  }

  detachTcxProgram(spec: TcxDetachSpec): void {
    detachTcxProgram(this.#caller, spec);
  }

  queryTcx(hook: HookRef, options: TcxQueryOptions): TcxQuery {
    return queryTcx(this.#caller, hook, options);
  }

  createClsact(spec: ClsactSpec): void {
    createClsact(this.#caller, spec);
  }

  deleteClsact(device: DeviceRef): void {
    deleteClsact(this.#caller, device);
  }

  addFilter(spec: FilterSpec): Filter {
    return addFilter(this.#caller, spec);
  }

  deleteFilter(filter: FilterRef): void {
    deleteFilter(this.#caller, filter);
  }

  filters(hook: HookRef): readonly Filter[] {
    return filters(this.#caller, hook);
  }
}

function isLikeHandle(value: unknown): boolean {
  try {
    return value instanceof Handle;
  } catch {
    // A proxy that was revoked.
    return false;
  }
}
