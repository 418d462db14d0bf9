import { CStruct } from '../../native/c-struct.js';
import type { Direction, LinkType } from '../objects.js';
import { ATTACH_TYPE, LINK_TYPE } from './bpf-constants.js';
import { readInfo } from './object-info.js';

/** What the kernel tells of a link: struct bpf_link_info. */
export interface KernelLinkInfo {
  readonly kernelType: number;
  readonly id: number;
  readonly programId: number;
  /** `undefined` for a kind of link that the contract does not cover. */
  readonly type: LinkType | undefined;
  /** Of a link on a device; 0 when it is defunct. */
  readonly ifindex: number | undefined;
  readonly direction: Direction | undefined;
  /** Of a link on a perf event, from Linux 6.6: the tracepoint's name, the function or the path. */
  readonly eventName: string | undefined;
  /** Of a tracing link: where the function is, a BTF object or a program, and its type there. */
  readonly traced: { readonly objectId: number; readonly typeId: number } | undefined;
}

const LINK_INFO_BYTES = 64;
const EVENT_NAME_BYTES = 512;

/** enum bpf_perf_event_type */
const EVENT_TYPES: Readonly<Record<number, LinkType>> = {
  1: 'uprobe',
  2: 'uretprobe',
  3: 'kprobe',
  4: 'kretprobe',
  5: 'tracepoint',
};

/** A tracing link's `attach_type`: that of the program, which for an extension is 0. */
const TRACING_TYPES: Readonly<Record<number, LinkType>> = {
  0: 'extension',
  [ATTACH_TYPE.TRACE_FENTRY]: 'fentry',
  [ATTACH_TYPE.TRACE_FEXIT]: 'fexit',
  [ATTACH_TYPE.LSM_MAC]: 'lsm',
};

/** BPF_OBJ_GET_INFO_BY_FD of a link. @throws KernelError */
export function readLinkInfo(fd: number): KernelLinkInfo {
  const info = new CStruct(LINK_INFO_BYTES);
  readInfo(fd, info, 'read what the kernel tells of a link');
  const kernelType = info.readU32(0);
  const base = {
    kernelType,
    id: info.readU32(4),
    programId: info.readU32(8),
    type: undefined,
    ifindex: undefined,
    direction: undefined,
    eventName: undefined,
    traced: undefined,
  };
  switch (kernelType) {
    case LINK_TYPE.XDP:
      return { ...base, type: 'xdp', ifindex: info.readU32(16) };
    case LINK_TYPE.TCX: {
      const direction = info.readU32(20) === ATTACH_TYPE.TCX_EGRESS ? 'egress' : 'ingress';
      return { ...base, type: 'tcx', ifindex: info.readU32(16), direction };
    }
    case LINK_TYPE.TRACING:
      return {
        ...base,
        type: TRACING_TYPES[info.readU32(16)],
        traced: { objectId: info.readU32(20), typeId: info.readU32(24) },
      };
    case LINK_TYPE.PERF_EVENT:
      return { ...base, ...readEvent(fd, info.readU32(16)) };
    default:
      return base;
  }
}

/** The name stands at the same place for every kind of event. */
function readEvent(fd: number, event: number): Pick<KernelLinkInfo, 'type' | 'eventName'> {
  const type = EVENT_TYPES[event];
  if (type === undefined) return { type, eventName: undefined };
  const name = new CStruct(EVENT_NAME_BYTES);
  const info = new CStruct(LINK_INFO_BYTES).pointer(24, name).u32(32, EVENT_NAME_BYTES);
  readInfo(fd, info, 'read the event of a link');
  return { type, eventName: name.readText(0, EVENT_NAME_BYTES) };
}
