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
} from './attach.js';
import type { BpffsEntry, Pin } from './contract.js';
import type {
  BpfLink,
  BpfMap,
  CreateMapOptions,
  KernelObject,
  LinkInfo,
  LinkRef,
  MapInfo,
  MapSpec,
  MapUpdateMode,
  Program,
  ProgramInfo,
  ProgramRef,
  ProgramSpec,
} from './objects.js';
import type { LinkCall, ProgramCall } from './points.js';

/** The three kinds of object that have an id. */
export type ObjectKind = KernelObject['kind'];

/** What is known of a program without asking the kernel: what a call on it tells of itself. */
export interface KnownProgram extends ProgramCall {
  /** The function that it was loaded for: that of the kernel (`fentry`), or that which it replaces (`extension`). */
  readonly target?: string | undefined;
}

/** What is known of a link without asking the kernel. */
export type KnownLink = LinkCall;

/**
 * What a value is that is given for a handle: one of this kernel (whosever, open or closed), one of another kernel of the
 * same driver, an object around a handle (a proxy), or nothing of the kind.
 */
export type HandleClass = 'own' | 'foreign' | 'wrapped' | 'none';

/** The calls of a map's handle: each goes through its point, as every other call does. */
export interface ElementCalls {
  lookup(map: BpfMap, key: Uint8Array): Promise<Uint8Array>;
  update(map: BpfMap, key: Uint8Array, value: Uint8Array, mode?: MapUpdateMode): Promise<void>;
  delete(map: BpfMap, key: Uint8Array): Promise<void>;
  entries(map: BpfMap): Promise<readonly MapElement[]>;
}

/** A key of a map, and its value. */
export type MapElement = readonly [key: Uint8Array, value: Uint8Array];

/**
 * What a driver does for the calls of one process: the model of a fake, or the system calls of a real kernel. Every
 * method is synchronous and has its effect at once. `KernelCalls` stands before it, checks the arguments, tells the
 * fault points of the call, and makes a promise of the answer; so a backend gets arguments that make sense, and only
 * says what a kernel says.
 */
export interface KernelBackend {
  /** The release of the kernel, major and minor. */
  readonly release: string;
  /** How many handles are open. */
  readonly handleCount: number;
  /** Called once by the front that stands before it: handles of maps send their own calls through this. */
  connect(elements: ElementCalls): void;
  /** @throws DisposedError once the kernel is closed or the process has ended */
  assertAlive(action: string): void;
  classifyHandle(value: unknown): HandleClass;
  /** Gives up one handle at once; safe to call twice. */
  closeHandle(object: KernelObject): void;
  /** Gives up every handle at once, as a dying process does. */
  closeHandles(): void;

  /** What is known of a reference, whether or not the caller may use it; `undefined` when there is no such thing. */
  knowProgram(ref: ProgramRef): KnownProgram | undefined;
  knowLink(ref: LinkRef): KnownLink | undefined;
  /** The name of the object of a handle; that of a link is its program's. */
  knowName(object: KernelObject): string;
  knowPath(path: string): { readonly kind: ObjectKind | 'directory'; readonly name: string } | undefined;
  /** The program that sits on a device's XDP hook, or in the filter that is meant. */
  knowXdp(device: DeviceRef): KnownProgram | undefined;
  knowFilter(filter: FilterRef): KnownProgram | undefined;

  load(spec: ProgramSpec): Program;
  unload(program: ProgramRef): void;
  createMap(spec: MapSpec, options: CreateMapOptions): BpfMap;
  lookupElement(map: BpfMap, key: Uint8Array): Uint8Array;
  updateElement(map: BpfMap, key: Uint8Array, value: Uint8Array, mode: MapUpdateMode): void;
  deleteElement(map: BpfMap, key: Uint8Array): void;
  listElements(map: BpfMap): readonly MapElement[];

  attach(spec: AttachSpec): BpfLink;
  detach(link: LinkRef): void;
  forceDetach(link: LinkRef): void;
  updateLink(link: LinkRef, program: ProgramRef, options: UpdateLinkOptions): void;

  pin(object: KernelObject, path: string): void;
  unpin(path: string): void;
  open(path: string): KernelObject;
  pins(directory: string | undefined): readonly Pin[];
  mkdir(path: string, recursive: boolean): void;
  rmdir(path: string): void;
  readdir(path: string): readonly BpffsEntry[];
  rename(from: string, to: string): void;
  exists(path: string): boolean;
  readFile(path: string): string;

  programs(): readonly ProgramInfo[];
  links(): readonly LinkInfo[];
  maps(): readonly MapInfo[];
  programById(id: number): Program;
  linkById(id: number): BpfLink;
  mapById(id: number): BpfMap;
  nextId(kind: ObjectKind, after: number): number;

  setXdp(spec: XdpNetlinkSpec): void;
  queryXdp(device: DeviceRef): XdpQuery;
  attachTcxProgram(spec: TcxProgramSpec): void;
  detachTcxProgram(spec: TcxDetachSpec): void;
  queryTcx(hook: HookRef, options: TcxQueryOptions): TcxQuery;
  createClsact(spec: ClsactSpec): void;
  deleteClsact(device: DeviceRef): void;
  addFilter(spec: FilterSpec): Filter;
  deleteFilter(filter: FilterRef): void;
  filters(hook: HookRef): readonly Filter[];
}
