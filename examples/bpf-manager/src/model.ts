import type { Direction, MapSpec, ProgramType } from 'glovebox/kernel';

/** The kinds of program that a client may load. Extensions are made here, out of XDP and TC programs. */
export const MANAGED_TYPES = [
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
] as const satisfies readonly ProgramType[];

export type ManagedType = (typeof MANAGED_TYPES)[number];

/** The metadata key whose value no two programs may share. */
export const INSTANCE_KEY = 'bpf-manager/instance';

/** A program that is to be loaded. */
export interface ProgramDefinition {
  readonly name: string;
  readonly type: ManagedType;
  readonly object: { readonly bytes: Uint8Array; readonly section: string | undefined } | undefined;
  readonly attachTo: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly maps: readonly MapSpec[];
}

/** A program as the database has it. */
export interface ProgramRecord {
  /** The kernel's id. */
  readonly id: number;
  readonly name: string;
  readonly type: ManagedType;
  readonly attachTo: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly pinPath: string;
}

/** A network device, where it is, and what it was called when it was looked up. */
export interface Device {
  readonly interfaceName: string;
  readonly ifindex: number;
  /** The path of its network namespace, if it is not the manager's own. */
  readonly netnsPath: string | undefined;
  /** The inode of its network namespace. */
  readonly netns: number;
}

/** The hooks that dispatchers sit on. */
export type DispatcherKind = 'xdp' | 'tc-ingress' | 'tc-egress';

/** Which dispatcher: there is one for each hook of each device. */
export interface DispatcherKey {
  readonly kind: DispatcherKind;
  readonly netns: number;
  readonly ifindex: number;
}

/** A dispatcher as the database has it. */
export interface DispatcherRecord extends DispatcherKey, Device {
  readonly revision: number;
  /** The kernel's id of the dispatcher program. */
  readonly programId: number;
  /** The handle of its tc filter; XDP has a pinned link instead. */
  readonly filterHandle: number | undefined;
}

/** The place of a link behind a dispatcher. */
export interface Slot {
  readonly kind: DispatcherKind;
  readonly position: number;
  /** A bit for each return code after which the next program runs. */
  readonly proceedOn: number;
}

/** An attachment as the database has it. */
export interface LinkRecord {
  /** The manager's own id, which outlives rebuilds of a dispatcher. */
  readonly id: number;
  readonly programId: number;
  /** The kernel's id of the link. */
  readonly kernelId: number;
  readonly pinPath: string;
  readonly device: Device | undefined;
  readonly direction: Direction | undefined;
  /** The function, tracepoint or file. */
  readonly target: string | undefined;
  readonly priority: number | undefined;
  readonly slot: Slot | undefined;
  /** A detach was asked for and failed. */
  readonly detachPending: boolean;
}

/** What a client asks to attach to; every field is checked already. */
export type AttachTarget =
  | {
      readonly type: 'xdp';
      readonly interfaceName: string;
      readonly netnsPath: string | undefined;
      readonly priority: number;
      readonly proceedOn: number;
    }
  | {
      readonly type: 'tc';
      readonly interfaceName: string;
      readonly netnsPath: string | undefined;
      readonly direction: Direction;
      readonly priority: number;
      readonly proceedOn: number;
    }
  | {
      readonly type: 'tcx';
      readonly interfaceName: string;
      readonly netnsPath: string | undefined;
      readonly direction: Direction;
      readonly priority: number;
    }
  | { readonly type: 'tracepoint'; readonly category: string; readonly name: string }
  | { readonly type: 'kprobe'; readonly functionName: string; readonly offset: number }
  | { readonly type: 'uprobe'; readonly path: string; readonly offset: number; readonly pid: number | undefined }
  | { readonly type: 'tracing' };

/** What came of a request that was fulfilled: leftovers that could not be cleaned up. */
export interface Outcome {
  readonly warnings: readonly string[];
}
