import { quote } from '../../core/errors.js';
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
import type {
  ElementCalls,
  HandleClass,
  KernelBackend,
  KnownLink,
  KnownProgram,
  MapElement,
  ObjectKind,
} from '../backend.js';
import type { BpffsEntry, Pin } from '../contract.js';
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
} from '../objects.js';
import { addFilter, createClsact, deleteClsact, deleteFilter, listFilters } from './filters.js';
import { explainFilter, explainSetXdp, withHints } from './hints.js';
import { knowFilter, knowLink, knowName, knowPath, knowProgram, knowXdp } from './know.js';
import { attachLink, detachLink, forceDetachLink, updateLink } from './links.js';
import type { LinuxCaller } from './linux-caller.js';
import { LinuxHandle, type LinuxLink, type LinuxMap, type LinuxProgram } from './linux-handle.js';
import { listLinks, listMaps, listPrograms, nextShownId } from './listing.js';
import { loadProgram, unloadProgram } from './load.js';
import { createMap } from './map-create.js';
import { deleteElement, listElements, lookupElement, updateElement } from './map-elements.js';
import { openLinkById, openMapById, openProgramById, toHandle } from './open-object.js';
import { attachTcxProgram, detachTcxProgram, queryTcx } from './tcx-programs.js';
import { queryXdp, setXdp } from './xdp-netlink.js';

/** A Linux kernel as one process sees it: system calls, each kind in a module of its own. */
export class LinuxBackend implements KernelBackend {
  readonly #caller: LinuxCaller;

  constructor(caller: LinuxCaller) {
    this.#caller = caller;
  }

  get release(): string {
    return this.#caller.machine.release;
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
    if (LinuxHandle.isHandle(value)) {
      return LinuxHandle.callerOf(value).machine === this.#caller.machine ? 'own' : 'foreign';
    }
    return isLikeHandle(value) ? 'wrapped' : 'none';
  }

  closeHandle(object: KernelObject): void {
    if (LinuxHandle.isHandle(object)) object.giveUp();
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
    return knowName(this.#caller, object);
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

  load(spec: ProgramSpec): LinuxProgram {
    return loadProgram(this.#caller, spec);
  }

  unload(program: ProgramRef): void {
    unloadProgram(this.#caller, program);
  }

  createMap(spec: MapSpec, options: CreateMapOptions): LinuxMap {
    return createMap(this.#caller, spec, options);
  }

  lookupElement(map: BpfMap, key: Uint8Array): Uint8Array {
    return this.#caller.lend(map, () => lookupElement(this.#caller, map, key));
  }

  updateElement(map: BpfMap, key: Uint8Array, value: Uint8Array, mode: MapUpdateMode): void {
    this.#caller.lend(map, () => updateElement(this.#caller, map, key, value, mode));
  }

  deleteElement(map: BpfMap, key: Uint8Array): void {
    this.#caller.lend(map, () => deleteElement(this.#caller, map, key));
  }

  listElements(map: BpfMap): readonly MapElement[] {
    return this.#caller.lend(map, () => listElements(this.#caller, map));
  }

  attach(spec: AttachSpec): LinuxLink {
    return attachLink(this.#caller, spec);
  }

  detach(link: LinkRef): void {
    detachLink(this.#caller, link);
  }

  forceDetach(link: LinkRef): void {
    forceDetachLink(this.#caller, link);
  }

  updateLink(link: LinkRef, program: ProgramRef, options: UpdateLinkOptions): void {
    updateLink(this.#caller, link, program, options);
  }

  pin(object: KernelObject, path: string): void {
    const { machine } = this.#caller;
    machine.bpffs.mount.resolve(path);
    const action = `pin ${object.kind} ${object.id} at ${quote(path)}`;
    this.#caller.lend(object, (fd) => this.#caller.run(() => machine.bpffs.pin(fd, path, action)));
  }

  unpin(path: string): void {
    this.#onBpffs(path, () => this.#caller.machine.bpffs.unpin(path));
  }

  open(path: string): LinuxProgram | LinuxLink | LinuxMap {
    const { fd, kind } = this.#onBpffs(path, () => this.#caller.machine.bpffs.open(path));
    return toHandle(this.#caller, kind, fd);
  }

  pins(directory: string | undefined): readonly Pin[] {
    const { bpffs } = this.#caller.machine;
    if (directory === undefined && !bpffs.mount.isMounted) return [];
    return this.#onBpffs(directory ?? bpffs.mount.path, () => bpffs.list(directory));
  }

  mkdir(path: string, recursive: boolean): void {
    this.#onBpffs(path, () => this.#caller.machine.bpffs.mkdir(path, { recursive }));
  }

  rmdir(path: string): void {
    this.#onBpffs(path, () => this.#caller.machine.bpffs.rmdir(path));
  }

  readdir(path: string): readonly BpffsEntry[] {
    return this.#onBpffs(path, () => this.#caller.machine.bpffs.readdir(path));
  }

  rename(from: string, to: string): void {
    this.#onBpffs(from, () => this.#caller.machine.bpffs.rename(from, to));
  }

  exists(path: string): boolean {
    return this.#onBpffs(path, () => this.#caller.machine.bpffs.exists(path));
  }

  readFile(path: string): string {
    return this.#onBpffs(path, () => this.#caller.machine.bpffs.readFile(path));
  }

  programs(): readonly ProgramInfo[] {
    return this.#caller.run(() => listPrograms(this.#caller.machine));
  }

  links(): readonly LinkInfo[] {
    return this.#caller.run(() => listLinks(this.#caller.machine));
  }

  maps(): readonly MapInfo[] {
    return this.#caller.run(() => listMaps(this.#caller.machine));
  }

  programById(id: number): LinuxProgram {
    return openProgramById(this.#caller, id);
  }

  linkById(id: number): LinuxLink {
    return openLinkById(this.#caller, id);
  }

  mapById(id: number): LinuxMap {
    return openMapById(this.#caller, id);
  }

  nextId(kind: ObjectKind, after: number): number {
    return this.#caller.run(() => nextShownId(this.#caller, kind, after));
  }

  setXdp(spec: XdpNetlinkSpec): void {
    withHints(
      () => setXdp(this.#caller, spec),
      (error) => explainSetXdp(this.#caller, spec, error),
    );
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
    return withHints(
      () => addFilter(this.#caller, spec),
      (error) => explainFilter(this.#caller, spec, error),
    );
  }

  deleteFilter(filter: FilterRef): void {
    deleteFilter(this.#caller, filter);
  }

  filters(hook: HookRef): readonly Filter[] {
    return listFilters(this.#caller, hook);
  }

  /** Mounting a bpffs of one's own is no part of the call, so it is done with all rights. */
  #onBpffs<R>(path: string, call: () => R): R {
    this.#caller.machine.bpffs.mount.resolve(path);
    return this.#caller.run(call);
  }
}

function isLikeHandle(value: unknown): boolean {
  try {
    return value instanceof LinuxHandle;
  } catch {
    // A proxy that was revoked.
    return false;
  }
}
