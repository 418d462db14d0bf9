import type { ErrnoName } from '../core/errno.js';
import type { Direction, LinkType, MapType, ProgramType } from './objects.js';

/** How an attachment is made: by a link, a netlink message, a filter of tc, or BPF_PROG_ATTACH. */
export type AttachVia = 'link' | 'netlink' | 'filter' | 'prog';

/** What a fault on a program's load can be filtered by. */
export interface LoadCall {
  /** The program's name. */
  readonly name: string;
  /** The program's type. */
  readonly type: ProgramType;
  /** Whether the program offers functions to extensions, as a dispatcher does. */
  readonly dispatcher: boolean;
  /** The directory that it is to be pinned in. */
  readonly pinPath: string | undefined;
}

/** What a fault on a program's unload can be filtered by. */
export interface ProgramCall {
  /** The program's name; the id that was asked for, as text, where there is no such program. */
  readonly name: string;
  /** Not known of a program that is not there. */
  readonly type: ProgramType | undefined;
  /** The program's id. */
  readonly programId: number;
  /** Whether the program offers functions to extensions, as a dispatcher does. */
  readonly dispatcher: boolean;
}

/** What a fault on an attach can be filtered by, however it is made. */
export interface AttachCall extends ProgramCall {
  /** How it is made. */
  readonly via: AttachVia;
  /** The kind of attachment: a `tcx` program attached by a filter is `tc` here. */
  readonly attachType: ProgramType;
  /** The device's index, at a hook of a device. */
  readonly ifindex: number | undefined;
  /** The direction, at a hook that has one. */
  readonly direction: Direction | undefined;
  /** The function, tracepoint, path or slot. */
  readonly target: string | undefined;
}

/** What a fault on a detach, a forced detach or an update of an attachment can be filtered by. */
export interface LinkCall {
  /** The name of the link's program. */
  readonly name: string;
  /** The link's id; undefined of an attachment without a link. */
  readonly linkId: number | undefined;
  /** The id of the program that is attached. */
  readonly programId: number;
  /** How the attachment was made. */
  readonly via: AttachVia;
  /** Not known of a link that is not there. */
  readonly attachType: ProgramType | LinkType | undefined;
  /** Whether the program offers functions to extensions, as a dispatcher does. */
  readonly dispatcher: boolean;
  /** The device's index, at a hook of a device. */
  readonly ifindex: number | undefined;
  /** The direction, at a hook that has one. */
  readonly direction: Direction | undefined;
}

/** What a fault on a map's creation or on its elements can be filtered by. */
export interface MapCall {
  /** The map's name. */
  readonly name: string;
  /** The map's type. */
  readonly type: MapType;
  /** The map's id; undefined of one that is to be created. */
  readonly mapId: number | undefined;
}

/** What a fault on pins and directories of a bpffs can be filtered by. */
export interface PinCall {
  /** The object's name; the last part of the path where there is no object. */
  readonly name: string;
  /** The path on the bpffs. */
  readonly path: string;
  /** What is or will be at that path; undefined when nothing is. */
  readonly kind: 'program' | 'map' | 'link' | 'directory' | undefined;
}

/** What a fault on a device's clsact qdisc can be filtered by. */
export interface DeviceCall {
  /** The index of the device, as text. */
  readonly name: string;
  /** The index of the device. */
  readonly ifindex: number;
}

/** What a fault on a lookup or a listing can be filtered by. */
export interface GetCall {
  /** What was asked for, as text. */
  readonly name: string;
  /** What was asked for: an object, a pin, or what is at a hook. */
  readonly kind: 'program' | 'map' | 'link' | 'pin' | 'filter' | 'xdp' | 'tcx' | 'directory';
  /** The id that was asked for, if it was by id. */
  readonly id: number | undefined;
}

/** The points of a kernel at which faults can be injected, with what each call tells of itself. */
export interface KernelFaultPoints {
  /** `load`. */
  'kernel.load': LoadCall;
  /** `unload`. */
  'kernel.unload': ProgramCall;
  /** `createMap`. */
  'kernel.createMap': MapCall;
  /** Writing an element. */
  'kernel.mapUpdate': MapCall;
  /** Deleting an element. */
  'kernel.mapDelete': MapCall;
  /** Reading an element. */
  'kernel.mapLookup': MapCall;
  /** Every way to attach a program; `via` tells which. */
  'kernel.attach': AttachCall;
  /** Every way to give an attachment up; `via` tells which. */
  'kernel.detach': LinkCall;
  /** `forceDetach`: detaching a link that someone else holds. */
  'kernel.forceDetach': LinkCall;
  /** `updateLink`: replacing a link's program. */
  'kernel.updateLink': LinkCall & { readonly newProgramId: number };
  'kernel.pin': PinCall;
  'kernel.unpin': PinCall;
  'kernel.open': PinCall;
  'kernel.mkdir': PinCall;
  'kernel.rmdir': PinCall;
  'kernel.rename': PinCall & { readonly to: string };
  'kernel.createClsact': DeviceCall;
  'kernel.deleteClsact': DeviceCall;
  /** Lookups by id and queries of hooks. */
  'kernel.get': GetCall;
  /** Listings. */
  'kernel.list': GetCall;
}

/** What is known of a point beside its type. */
export interface KernelPointDescriptor<Call = object> {
  /** Errors that Linux plausibly answers there, most telling first; exploration tries them. */
  readonly errors: readonly ErrnoName[];
  /** Whether calls there change nothing. */
  readonly read: boolean;
  /** What an injected error says failed. */
  readonly syscall: string;
  /** The fields that a fault's `where` may name. */
  readonly fields: readonly (keyof Call & string)[];
}

const PROGRAM_FIELDS = ['name', 'type', 'programId', 'dispatcher'] as const;
const LINK_FIELDS = ['name', 'linkId', 'programId', 'via', 'attachType', 'dispatcher', 'ifindex', 'direction'] as const;
const MAP_FIELDS = ['name', 'type', 'mapId'] as const;
const PIN_FIELDS = ['name', 'path', 'kind'] as const;
const DEVICE_FIELDS = ['name', 'ifindex'] as const;
const GET_FIELDS = ['name', 'kind', 'id'] as const;

/** All points of a kernel, for the plan that faults are armed on. */
export const KERNEL_POINTS: { readonly [P in keyof KernelFaultPoints]: KernelPointDescriptor<KernelFaultPoints[P]> } = {
  'kernel.load': {
    errors: ['ENOMEM', 'EPERM', 'EINVAL', 'EACCES', 'E2BIG'],
    read: false,
    syscall: 'bpf(BPF_PROG_LOAD)',
    fields: ['name', 'type', 'dispatcher', 'pinPath'],
  },
  'kernel.unload': { errors: ['EBUSY', 'EPERM'], read: false, syscall: 'unlink', fields: PROGRAM_FIELDS },
  'kernel.createMap': {
    errors: ['ENOMEM', 'EPERM'],
    read: false,
    syscall: 'bpf(BPF_MAP_CREATE)',
    fields: MAP_FIELDS,
  },
  'kernel.mapUpdate': {
    errors: ['ENOMEM', 'E2BIG'],
    read: false,
    syscall: 'bpf(BPF_MAP_UPDATE_ELEM)',
    fields: MAP_FIELDS,
  },
  'kernel.mapDelete': { errors: ['ENOENT'], read: false, syscall: 'bpf(BPF_MAP_DELETE_ELEM)', fields: MAP_FIELDS },
  'kernel.mapLookup': { errors: ['ENOENT'], read: true, syscall: 'bpf(BPF_MAP_LOOKUP_ELEM)', fields: MAP_FIELDS },
  'kernel.attach': {
    errors: ['EBUSY', 'ENODEV', 'EINVAL', 'ENOMEM'],
    read: false,
    syscall: 'bpf(BPF_LINK_CREATE)',
    fields: [...PROGRAM_FIELDS, 'via', 'attachType', 'ifindex', 'direction', 'target'],
  },
  'kernel.detach': { errors: ['EBUSY', 'EPERM'], read: false, syscall: 'unlink', fields: LINK_FIELDS },
  'kernel.forceDetach': {
    errors: ['EOPNOTSUPP', 'EPERM'],
    read: false,
    syscall: 'bpf(BPF_LINK_DETACH)',
    fields: LINK_FIELDS,
  },
  'kernel.updateLink': {
    errors: ['ENOLINK', 'EPERM', 'ENOMEM'],
    read: false,
    syscall: 'bpf(BPF_LINK_UPDATE)',
    fields: [...LINK_FIELDS, 'newProgramId'],
  },
  'kernel.pin': {
    errors: ['EEXIST', 'ENOSPC', 'EPERM'],
    read: false,
    syscall: 'bpf(BPF_OBJ_PIN)',
    fields: PIN_FIELDS,
  },
  'kernel.unpin': { errors: ['ENOENT', 'EPERM'], read: false, syscall: 'unlink', fields: PIN_FIELDS },
  'kernel.open': { errors: ['ENOENT', 'EACCES'], read: true, syscall: 'bpf(BPF_OBJ_GET)', fields: PIN_FIELDS },
  'kernel.mkdir': { errors: ['EEXIST', 'ENOSPC', 'EPERM'], read: false, syscall: 'mkdir', fields: PIN_FIELDS },
  'kernel.rmdir': { errors: ['ENOTEMPTY', 'EPERM'], read: false, syscall: 'rmdir', fields: PIN_FIELDS },
  'kernel.rename': { errors: ['EPERM'], read: false, syscall: 'rename', fields: [...PIN_FIELDS, 'to'] },
  'kernel.createClsact': {
    errors: ['EEXIST', 'ENODEV', 'ENOMEM'],
    read: false,
    syscall: 'netlink(RTM_NEWQDISC)',
    fields: DEVICE_FIELDS,
  },
  'kernel.deleteClsact': {
    errors: ['ENOENT', 'EPERM'],
    read: false,
    syscall: 'netlink(RTM_DELQDISC)',
    fields: DEVICE_FIELDS,
  },
  'kernel.get': { errors: ['ENOENT', 'EPERM'], read: true, syscall: 'bpf(BPF_OBJ_GET_INFO_BY_FD)', fields: GET_FIELDS },
  'kernel.list': { errors: ['EPERM'], read: true, syscall: 'bpf(BPF_PROG_GET_NEXT_ID)', fields: GET_FIELDS },
};
