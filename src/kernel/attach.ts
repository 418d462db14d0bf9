import type { Direction, LinkRef, ProgramRef, XdpMode } from './objects.js';

/** Bits of the kernel's own, for what the contract has no word for and a kernel should refuse. */
export interface RawFlags {
  /** Sent together with the bits that the other fields stand for. @defaultValue 0 */
  readonly flags?: number;
}

/** A device: its index, in the caller's network namespace or in the one at `netns` (`/run/netns/blue`). */
export interface DeviceRef {
  readonly ifindex: number;
  /** The path of a network namespace. @defaultValue the caller's own */
  readonly netns?: string;
}

/** One side of a device. */
export interface HookRef extends DeviceRef {
  readonly direction: Direction;
}

/** Where in the order of a TCX hook a program goes. Without an anchor, `before` means first and `after` means last. */
export interface TcxPosition {
  readonly order?: 'before' | 'after';
  readonly anchor?: { readonly program: ProgramRef } | { readonly link: LinkRef };
  /** Attach only if the hook's revision is this one. */
  readonly expectedRevision?: number;
}

export interface XdpAttachSpec extends DeviceRef, RawFlags {
  readonly type: 'xdp';
  readonly program: ProgramRef;
  /** @defaultValue 'native' where the driver has it, else 'generic', as the kernel chooses */
  readonly mode?: XdpMode;
}

export interface TcxAttachSpec extends HookRef, TcxPosition, RawFlags {
  readonly type: 'tcx';
  readonly program: ProgramRef;
}

export interface TracepointAttachSpec extends RawFlags {
  readonly type: 'tracepoint';
  readonly program: ProgramRef;
  /** `sched` of `sched:sched_switch`. */
  readonly category: string;
  /** `sched_switch` of `sched:sched_switch`. */
  readonly name: string;
}

export interface KprobeAttachSpec extends RawFlags {
  readonly type: 'kprobe' | 'kretprobe';
  readonly program: ProgramRef;
  readonly functionName: string;
  /** Bytes from the start of the function; 0 for a kretprobe. @defaultValue 0 */
  readonly offset?: number;
}

export interface UprobeAttachSpec extends RawFlags {
  readonly type: 'uprobe' | 'uretprobe';
  readonly program: ProgramRef;
  /** The program or library. */
  readonly path: string;
  /** Bytes from the start of the file. @defaultValue 0 */
  readonly offset?: number;
  /** Only this process. @defaultValue every process */
  readonly pid?: number;
}

/** `fentry`, `fexit` and `lsm` programs carry their target since they were loaded. */
export interface TracingAttachSpec extends RawFlags {
  readonly type: 'fentry' | 'fexit' | 'lsm';
  readonly program: ProgramRef;
  /** Only extensions have a target; the kernel refuses others. */
  readonly target?: AttachTargetRef;
}

/** A function of a program. Both are needed: the kernel refuses one without the other. */
export interface AttachTargetRef {
  readonly program?: ProgramRef;
  readonly functionName?: string;
}

/** Puts an extension program in the place of a function of another program, by default that it was loaded for. */
export interface ExtensionAttachSpec extends RawFlags {
  readonly type: 'extension';
  readonly program: ProgramRef;
  readonly target?: AttachTargetRef;
}

/** What to attach, and where. It is BPF_LINK_CREATE, or a perf event with a link on it. */
export type AttachSpec =
  | XdpAttachSpec
  | TcxAttachSpec
  | TracepointAttachSpec
  | KprobeAttachSpec
  | UprobeAttachSpec
  | TracingAttachSpec
  | ExtensionAttachSpec;

/** Replaces a link's program. */
export interface UpdateLinkOptions extends RawFlags {
  /** Only if this is the link's program now (BPF_F_REPLACE). */
  readonly expected?: ProgramRef;
  /** BPF_F_REPLACE; without it the kernel refuses an expected program. @defaultValue whether `expected` is given */
  readonly replace?: boolean;
}

/** Attaches a program to a device by netlink, without a link: it stays until someone takes it off. */
export interface XdpNetlinkSpec extends DeviceRef, RawFlags {
  /** `null` takes off what is there. */
  readonly program: ProgramRef | null;
  readonly mode?: XdpMode;
  /** XDP_FLAGS_UPDATE_IF_NOEXIST. @defaultValue false */
  readonly ifNoExist?: boolean;
  /** XDP_FLAGS_REPLACE: only if this program is there now. */
  readonly expected?: ProgramRef;
}

/** A TCX attachment without a link (BPF_PROG_ATTACH): it stays until someone takes it off or the device goes. */
export interface TcxProgramSpec extends HookRef, TcxPosition, RawFlags {
  readonly program: ProgramRef;
  /** BPF_F_REPLACE: takes the place of this program. */
  readonly replace?: ProgramRef;
}

/** Takes a program off a TCX hook (BPF_PROG_DETACH). */
export interface TcxDetachSpec extends HookRef, TcxPosition, RawFlags {
  readonly program?: ProgramRef;
}

/** How a TCX hook is asked. */
export interface TcxQueryOptions {
  /** For how many programs there is room; more than that are ENOSPC. @defaultValue all */
  readonly limit?: number;
}

/** What sits on a TCX hook, in the order it runs. An empty hook answers with revision 1 and no programs. */
export interface TcxQuery {
  readonly revision: number;
  readonly programs: readonly { readonly programId: number; readonly linkId: number | undefined }[];
}

/** What sits on a device's XDP hook. */
export interface XdpQuery {
  readonly programId: number | undefined;
  readonly linkId: number | undefined;
  readonly mode: XdpMode | undefined;
}

/** A classic tc filter of kind cls_bpf with direct action; it needs a clsact qdisc on the device. */
export interface FilterSpec extends HookRef {
  readonly program: ProgramRef;
  /** 1 to 65535; lower runs first. @defaultValue chosen by the kernel, from 49152 downwards */
  readonly priority?: number;
  /** @defaultValue chosen by the kernel, from 1 */
  readonly handle?: number;
  /** NLM_F_EXCL: refuse when there is one with this priority and handle. @defaultValue true */
  readonly exclusive?: boolean;
}

/** A filter as it exists: its place is its name. */
export interface Filter extends HookRef {
  readonly priority: number;
  readonly handle: number;
  readonly programId: number;
}

/** Which filter to delete: all of a priority, or the one with the handle. */
export interface FilterRef extends HookRef {
  readonly priority: number;
  readonly handle?: number;
}

/** A clsact qdisc, the place where tc filters and the two directions live. */
export interface ClsactSpec extends DeviceRef {
  /** NLM_F_EXCL: EEXIST when it is there already. @defaultValue true */
  readonly exclusive?: boolean;
}
