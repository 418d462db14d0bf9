import type { ErrnoName } from '../core/errno.js';
import type { Direction, LinkType, MapType, ProgramType } from './objects.js';

/** How an attachment is made: by a link, a netlink message, a filter of tc, or BPF_PROG_ATTACH. */
export type AttachVia = 'link' | 'netlink' | 'filter' | 'prog';

/** What a fault on a program's load can be filtered by. */
export interface LoadCall {
  readonly name: string;
  readonly type: ProgramType;
  /** Whether the program offers functions to extensions, as a dispatcher does. */
  readonly dispatcher: boolean;
  readonly pinPath: string | undefined;
}

export interface ProgramCall {
  /** The program's name; the id that was asked for, as text, where there is no such program. */
  readonly name: string;
  /** Not known of a program that is not there. */
  readonly type: ProgramType | undefined;
  readonly programId: number;
  readonly dispatcher: boolean;
}

export interface AttachCall extends ProgramCall {
  readonly via: AttachVia;
  /** The kind of attachment: a `tcx` program attached by a filter is `tc` here. */
  readonly attachType: ProgramType;
  readonly ifindex: number | undefined;
  readonly direction: Direction | undefined;
  /** The function, tracepoint, path or slot. */
  readonly target: string | undefined;
}

export interface LinkCall {
  /** The name of the link's program. */
  readonly name: string;
  readonly linkId: number | undefined;
  readonly programId: number;
  readonly via: AttachVia;
  /** Not known of a link that is not there. */
  readonly attachType: ProgramType | LinkType | undefined;
  readonly dispatcher: boolean;
  readonly ifindex: number | undefined;
  readonly direction: Direction | undefined;
}

export interface MapCall {
  /** The map's name. */
  readonly name: string;
  readonly type: MapType;
  readonly mapId: number | undefined;
}

export interface PinCall {
  /** The object's name; the last part of the path where there is no object. */
  readonly name: string;
  readonly path: string;
  readonly kind: 'program' | 'map' | 'link' | 'directory' | undefined;
}

export interface DeviceCall {
  /** The index of the device, as text. */
  readonly name: string;
  readonly ifindex: number;
}

export interface GetCall {
  /** What was asked for, as text. */
  readonly name: string;
  readonly kind: 'program' | 'map' | 'link' | 'pin' | 'filter' | 'xdp' | 'tcx' | 'directory';
  readonly id: number | undefined;
}

/** The points of a kernel at which faults can be injected, with what each call tells of itself. */
export interface KernelFaultPoints {
  'kernel.load': LoadCall;
  'kernel.unload': ProgramCall;
  'kernel.createMap': MapCall;
  'kernel.mapUpdate': MapCall;
  'kernel.mapDelete': MapCall;
  'kernel.mapLookup': MapCall;
  'kernel.attach': AttachCall;
  'kernel.detach': LinkCall;
  'kernel.forceDetach': LinkCall;
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
