/** Whatever a program, map or link of the kernel is known by: a number that the kernel gives out, never 0. */
export type ProgramId = number;
/** As {@link ProgramId}, of a map. */
export type MapId = number;
/** As {@link ProgramId}, of a link. */
export type LinkId = number;

/**
 * The kinds of program that a manager knows. Several share a type of the kernel: `tc` and `tcx` are
 * BPF_PROG_TYPE_SCHED_CLS, the four probes BPF_PROG_TYPE_KPROBE, `fentry` and `fexit` BPF_PROG_TYPE_TRACING.
 */
export const PROGRAM_TYPES = [
  'xdp',
  'tc',
  'tcx',
  'tracepoint',
  'kprobe',
  'kretprobe',
  'uprobe',
  'uretprobe',
  'fentry',
  'fexit',
  'lsm',
  'extension',
] as const;

/** One of {@link PROGRAM_TYPES}. */
export type ProgramType = (typeof PROGRAM_TYPES)[number];

/** The kinds of map that the contract covers. */
export const MAP_TYPES = [
  'hash',
  'array',
  'percpu_hash',
  'percpu_array',
  'lru_hash',
  'prog_array',
  'devmap',
  'cpumap',
  'ringbuf',
] as const;

/** One of {@link MAP_TYPES}. */
export type MapType = (typeof MAP_TYPES)[number];

/** Which way a packet goes, as seen from the device. */
export type Direction = 'ingress' | 'egress';

/** How XDP runs: in the driver (`native`), after it in the stack (`generic`), or on the card (`offload`). */
export type XdpMode = 'native' | 'generic' | 'offload';

/**
 * Where a program's instructions come from. Without one, a driver loads the smallest valid program of the type.
 * Instructions are eBPF's eight-byte encoding; an object is an ELF file as clang writes it.
 */
export type ProgramCode = ProgramInstructions | ProgramObjectFile;

/** Instructions as the kernel takes them: eight bytes each. */
export interface ProgramInstructions {
  readonly instructions: Uint8Array;
}

/** An object file of clang's. Its maps are made with the program, or taken from the spec's `maps` by their name. */
export interface ProgramObjectFile {
  readonly object: Uint8Array;
  /** The section that the program is in. @defaultValue the only one that has programs */
  readonly section?: string;
  /** The name of its function. @defaultValue the only one of the section */
  readonly program?: string;
}

/** The buffer that the verifier writes to. */
export interface VerifierLogOptions {
  /** BPF_LOG_LEVEL1 (1), BPF_LOG_LEVEL2 (2) and BPF_LOG_STATS (4). @defaultValue 1 */
  readonly level?: number;
  /** A log that does not fit makes the load fail with ENOSPC, whether the program is good or not. */
  readonly sizeBytes: number;
  /** Which end of a log that is too long is kept; before 6.4 the head always is. @defaultValue 'tail' */
  readonly keep?: 'tail' | 'head';
}

/** The function that an extension program replaces: a global function of a program that is loaded already. */
export interface ExtensionTarget {
  readonly program: ProgramRef;
  readonly functionName: string;
}

/** What to ask of the kernel when a program is loaded. */
export interface ProgramSpec {
  /** At most 15 characters of `[A-Za-z0-9_.]`; may not be empty. */
  readonly name: string;
  readonly type: ProgramType;
  /** @defaultValue the smallest valid program of the type */
  readonly code?: ProgramCode;
  /** @defaultValue 'GPL' */
  readonly license?: string;
  /** The kernel function that `fentry`, `fexit` and `lsm` programs attach to; it is fixed at load. */
  readonly attachTo?: string;
  /** The function that an `extension` program replaces; it is checked at load. */
  readonly extends?: ExtensionTarget;
  /**
   * Names of global functions that extensions may replace: the slots of a dispatcher.
   * @defaultValue []
   */
  readonly functions?: readonly string[];
  /**
   * For each of `functions`, in their order, the results after which the next one is called; any other is the result of
   * the whole program. Only XDP and tc programs have a choice. A model runs nothing, and takes no notice.
   * @defaultValue XDP_PASS (2) and 31 for XDP, TC_ACT_PIPE (3) and 30 for tc: 31 and 30 is what an empty slot returns
   */
  readonly proceedOn?: readonly (readonly number[])[];
  /**
   * Names of static functions, which extensions may not replace.
   * @defaultValue []
   */
  readonly staticFunctions?: readonly string[];
  /** Bits of the kernel's own for the load (BPF_F_…), sent as they are. @defaultValue 0 */
  readonly flags?: number;
  /** A log of the verifier's with a limit. @defaultValue the whole log of a program that is refused */
  readonly verifierLog?: VerifierLogOptions;
  /** XDP programs that run from a map instead of a device. */
  readonly xdpTarget?: 'devmap' | 'cpumap';
  /**
   * Maps the program uses: created with it when given as a spec, referenced when they exist already.
   * @defaultValue []
   */
  readonly maps?: readonly (MapSpec | BpfMap)[];
  /**
   * A directory on a bpffs, made when missing. The program is pinned at `${pinPath}/prog_${id}` and its maps at
   * `${pinPath}/maps/${id}/${mapName}`; when a pin fails, nothing stays loaded.
   */
  readonly pinPath?: string;
}

/** What the kernel tells of a program (BPF_OBJ_GET_INFO_BY_FD). */
export interface ProgramInfo {
  readonly id: ProgramId;
  readonly name: string;
  readonly type: ProgramType;
  /** The hash of the instructions, 16 hexadecimal digits. */
  readonly tag: string;
  /** Milliseconds on the kernel's clock when it was loaded. */
  readonly loadedAtMs: number;
  readonly mapIds: readonly MapId[];
}

/** What to ask of the kernel when a map is created. */
export interface MapSpec {
  /** At most 15 characters of `[A-Za-z0-9_.]`. */
  readonly name: string;
  readonly type: MapType;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  readonly maxEntries: number;
  /** BPF_F_… bits. @defaultValue 0 */
  readonly flags?: number;
}

/** How a map is created. */
export interface CreateMapOptions {
  /**
   * A path on a bpffs: the map that is pinned there is used if there is one, else the new map is pinned there, as
   * libbpf does for maps that are pinned by name. It must have the same type, sizes and flags.
   */
  readonly pinnedAt?: string;
}

/** What the kernel tells of a map. */
export interface MapInfo extends Required<MapSpec> {
  readonly id: MapId;
}

/** What the kernel tells of a link. `attached` is false once its hook is gone ("defunct"): the object stays listed. */
export interface LinkInfo {
  readonly id: LinkId;
  /** The program that the link holds. */
  readonly programId: ProgramId;
  readonly type: LinkType;
  readonly attached: boolean;
  /** 0 on a defunct link, absent where the type has no device. */
  readonly ifindex?: number;
  /** The inode of the network namespace of the device. */
  readonly netns?: number;
  readonly direction?: Direction;
  /** The kernel function, tracepoint (`category:name`), path or slot that the link sits on. */
  readonly target?: string;
}

/** The kinds of attachment that are links of the kernel. */
export type LinkType = Exclude<ProgramType, 'tc'>;

/** A reference that this caller holds on an object of the kernel (its file descriptor). */
export interface KernelHandle extends AsyncDisposable {
  /** Whether this reference was given up. */
  readonly closed: boolean;
  /** Gives up this reference; the object lives on while anything else holds it. Safe to call twice. */
  close(): Promise<void>;
}

/** A loaded program and this caller's reference on it. The information is that of the moment the handle was made. */
export interface Program extends ProgramInfo, KernelHandle {
  readonly kind: 'program';
  /** References on the maps that were made with the program, closed with it; none on a handle by id or pin. */
  readonly maps: readonly BpfMap[];
}

/** An attached program and this caller's reference on the attachment. */
export interface BpfLink extends LinkInfo, KernelHandle {
  readonly kind: 'link';
}

/** How an element may be written: whatever is there, only where nothing is, only where something is. */
export type MapUpdateMode = 'any' | 'noexist' | 'exist';

/**
 * A map and this caller's reference on it. A value of a `prog_array` is the id of a program, four bytes, both ways
 * (bpf(2) takes a file descriptor and gives back the id); that of a map with a value for each CPU is one value.
 */
export interface BpfMap extends MapInfo, KernelHandle {
  readonly kind: 'map';
  /** @throws KernelError ENOENT when there is no such key, EINVAL for a key of the wrong size. */
  lookup(key: Uint8Array): Promise<Uint8Array>;
  /** @throws KernelError E2BIG when full, EEXIST and ENOENT as the mode says, EINVAL for wrong sizes. */
  update(key: Uint8Array, value: Uint8Array, mode?: MapUpdateMode): Promise<void>;
  /** @throws KernelError ENOENT when there is no such key, EINVAL for arrays. */
  delete(key: Uint8Array): Promise<void>;
  /** All elements, as copies. @throws KernelError ENOTSUPP for a ring buffer */
  entries(): Promise<readonly (readonly [key: Uint8Array, value: Uint8Array])[]>;
}

/** A program, by a handle or by its id. An id needs CAP_SYS_ADMIN, as BPF_PROG_GET_FD_BY_ID does. */
export type ProgramRef = ProgramId | Program;
/** A link, by a handle or by its id. */
export type LinkRef = LinkId | BpfLink;
/** Anything that can be pinned. */
export type KernelObject = Program | BpfMap | BpfLink;
