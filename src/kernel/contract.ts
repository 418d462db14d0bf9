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
} from './objects.js';

/** One entry of a directory on a bpffs. */
export interface BpffsEntry {
  readonly name: string;
  readonly kind: 'directory' | 'program' | 'map' | 'link';
}

/** A pin: a path on a bpffs that holds an object. */
export interface Pin {
  readonly path: string;
  readonly kind: 'program' | 'map' | 'link';
  readonly id: number;
}

/** The file system that pins live in. Paths are absolute; outside a bpffs mount everything fails. */
export interface Bpffs {
  /** @throws KernelError EEXIST, ENOENT (no parent), EPERM (not on a bpffs, or a `.` in the name). */
  mkdir(path: string, options?: { readonly recursive?: boolean }): Promise<void>;
  /** @throws KernelError ENOENT, ENOTDIR, ENOTEMPTY. */
  rmdir(path: string): Promise<void>;
  /** In the order of names. @throws KernelError ENOENT, ENOTDIR. */
  readdir(path: string): Promise<readonly BpffsEntry[]>;
  /** Moves a pin or a directory; replaces a pin that is in the way, as rename(2) does. @throws KernelError ENOENT, ENOTEMPTY, EXDEV. */
  rename(from: string, to: string): Promise<void>;
  /** Whether something is at a path. */
  exists(path: string): Promise<boolean>;
  /** What is in a file, as cat(1) would show it; pins have no content. @throws KernelError EIO for a pin, EISDIR, ENOENT */
  readFile(path: string): Promise<string>;
}

/**
 * The contract between a program manager and a kernel: bpf(2), the netlink calls beside it and bpffs, one method for
 * each thing that a manager asks. A driver talks to a kernel; `FakeKernel` models one. A call that the kernel refuses
 * rejects with a `KernelError`; a call that makes no sense, whatever the kernel, with a `UsageError`.
 *
 * Objects are counted, as in Linux: handles, pins, links and attachments hold them, and what nothing holds is gone.
 */
export interface Kernel {
  /** The release of the kernel, major and minor: `6.18`. */
  readonly release: string;
  /** The file system of pins. */
  readonly bpffs: Bpffs;

  /**
   * Loads a program, with its maps and, when `pinPath` is given, its pins: all of it or nothing.
   * @throws KernelError EPERM, EINVAL, E2BIG, EACCES with the verifier's log, ENOMEM, EEXIST for a pin that is there
   */
  load(spec: ProgramSpec): Promise<Program>;
  /**
   * Gives up what this caller holds on a program: its handles, and the pins of the program and of the maps made with
   * it. The program is gone unless something else, an attached link for one, still holds it.
   * @throws KernelError ENOENT when there is no such program
   */
  unload(program: ProgramRef): Promise<void>;

  /** @throws KernelError EPERM, EINVAL, E2BIG, ENOMEM; EINVAL for a map at `pinnedAt` that is another kind of map */
  createMap(spec: MapSpec, options?: CreateMapOptions): Promise<BpfMap>;

  /** Attaches a program with a link, which lives as long as it is held or pinned. */
  attach(spec: AttachSpec): Promise<BpfLink>;
  /**
   * Gives up what this caller holds on a link: its handles and pins. The link is freed, and its hook with it, unless
   * something else still holds it.
   * @throws KernelError ENOENT when there is no such link
   */
  detach(link: LinkRef): Promise<void>;
  /**
   * Takes a link off its hook and leaves it defunct (BPF_LINK_DETACH): its id, its pins and its program stay.
   * @throws KernelError EOPNOTSUPP for links on perf events and tracing links
   */
  forceDetach(link: LinkRef): Promise<void>;
  /** @throws KernelError EINVAL, EPERM (not the expected program), ENOLINK (defunct). */
  updateLink(link: LinkRef, program: ProgramRef, options?: UpdateLinkOptions): Promise<void>;

  /** @throws KernelError EPERM (not on a bpffs, or a `.` in the name), EEXIST, ENOENT (no parent). */
  pin(object: KernelObject, path: string): Promise<void>;
  /** @throws KernelError ENOENT, EISDIR. */
  unpin(path: string): Promise<void>;
  /** Opens what is pinned at a path (BPF_OBJ_GET). @throws KernelError ENOENT, EACCES. */
  open(path: string): Promise<KernelObject>;
  /** Every pin below a directory, in the order of paths. @defaultValue the whole of every bpffs */
  pins(directory?: string): Promise<readonly Pin[]>;

  /** All programs, in the order of their ids. @throws KernelError EPERM without CAP_SYS_ADMIN */
  programs(): Promise<readonly ProgramInfo[]>;
  /** All links, defunct ones too, likewise. */
  links(): Promise<readonly LinkInfo[]>;
  /** All maps, likewise. */
  maps(): Promise<readonly MapInfo[]>;
  /** A new handle by id. @throws KernelError ENOENT, EPERM without CAP_SYS_ADMIN */
  programById(id: ProgramId): Promise<Program>;
  /** Likewise, of a link. */
  linkById(id: LinkId): Promise<BpfLink>;
  /** Likewise, of a map. */
  mapById(id: MapId): Promise<BpfMap>;
  /** The next higher id (BPF_PROG_GET_NEXT_ID). @throws KernelError ENOENT at the end, EINVAL, EPERM */
  nextProgramId(after: ProgramId): Promise<ProgramId>;
  /** Likewise, of links (BPF_LINK_GET_NEXT_ID). */
  nextLinkId(after: LinkId): Promise<LinkId>;
  /** Likewise, of maps (BPF_MAP_GET_NEXT_ID). */
  nextMapId(after: MapId): Promise<MapId>;

  /** XDP by netlink, without a link. */
  setXdp(spec: XdpNetlinkSpec): Promise<void>;
  /** What is attached to a device as XDP, by netlink or by a link. @throws KernelError ENODEV */
  queryXdp(device: DeviceRef): Promise<XdpQuery>;
  /** TCX without a link. */
  attachTcxProgram(spec: TcxProgramSpec): Promise<void>;
  /** Takes a program off a TCX hook that is there without a link. @throws KernelError ENOENT when it is not there */
  detachTcxProgram(spec: TcxDetachSpec): Promise<void>;
  /** @throws KernelError ENOSPC when there are more programs than the limit */
  queryTcx(hook: HookRef, options?: TcxQueryOptions): Promise<TcxQuery>;
  /** Classic tc: a clsact qdisc, and cls_bpf filters on it. */
  createClsact(spec: ClsactSpec): Promise<void>;
  /** Takes the qdisc away, with all filters on it. */
  deleteClsact(device: DeviceRef): Promise<void>;
  /** Adds a filter to the clsact of a device; the kernel chooses the handle and the priority that are not given. */
  addFilter(spec: FilterSpec): Promise<Filter>;
  /** Takes a filter away. @throws KernelError ENOENT when there is no such filter */
  deleteFilter(filter: FilterRef): Promise<void>;
  /** The filters of a hook, in the order in which they run. */
  filters(hook: HookRef): Promise<readonly Filter[]>;
}
