import { existsSync, readFileSync } from 'node:fs';
import { quote } from '../../../core/errors.js';
import { errnoOf } from '../../../core/kernel-error.js';
import { CStruct, toCString } from '../../../native/c-struct.js';
import { FileDescriptor } from '../../../native/file-descriptor.js';
import { requireResult, systemCall } from '../../../native/system-call.js';
import type { KprobeAttachSpec, TracepointAttachSpec, UprobeAttachSpec } from '../../attach.js';
import { refuse } from '../../refuse.js';
import { ATTACH_TYPE } from '../bpf-constants.js';
import type { LinuxCaller } from '../linux-caller.js';
import { missingFromSysfs } from '../sysfs.js';
import { createLink, encodeLinkCreate, type NewLink } from './new-link.js';

/** include/uapi/linux/perf_event.h */
const PERF_TYPE_TRACEPOINT = 2;
const PERF_SAMPLE_RAW = 1 << 10;
const PERF_FLAG_FD_CLOEXEC = 8;
const PERF_EVENT_IOC_ENABLE = 0x2400;
/** PERF_ATTR_SIZE_VER5 */
const ATTRIBUTE_BYTES = 112;
const EVENT_SOURCES = '/sys/bus/event_source/devices';

type ProbeSpec = KprobeAttachSpec | UprobeAttachSpec;

/** A link on a tracepoint: kernel/bpf/syscall.c, bpf_perf_link_attach. @throws KernelError ENOENT for one that is not there */
export function attachTracepoint(caller: LinuxCaller, spec: TracepointAttachSpec, action: string): NewLink {
  const id = readTracepointId(caller, spec, action);
  const attributes = createEvent(PERF_TYPE_TRACEPOINT, id).u32(24, PERF_SAMPLE_RAW).u32(48, 1);
  const fd = linkEvent(caller, spec, attributes, undefined, action);
  return { fd, place: { target: `${spec.category}:${spec.name}` } };
}

/** A link on a probe of its own in a function of the kernel or a program. @throws KernelError @throws UnsupportedError */
export function attachProbe(caller: LinuxCaller, spec: ProbeSpec, action: string): NewLink {
  const isUser = spec.type === 'uprobe' || spec.type === 'uretprobe';
  const source = isUser ? 'uprobe' : 'kprobe';
  const isReturn = spec.type === 'kretprobe' || spec.type === 'uretprobe';
  const target = 'path' in spec ? spec.path : spec.functionName;
  const attributes = createEvent(readSourceType(source), isReturn ? readReturnBit(source) : 0)
    .pointer(56, toCString(target))
    .u64(64, spec.offset ?? 0);
  const fd = linkEvent(caller, spec, attributes, 'pid' in spec ? spec.pid : undefined, action);
  return { fd, place: { target } };
}

/** struct perf_event_attr: one event for each time that it happens. */
function createEvent(type: number, config: number): CStruct {
  return new CStruct(ATTRIBUTE_BYTES).u32(0, type).u32(4, ATTRIBUTE_BYTES).u64(8, config).u64(16, 1);
}

/** The link holds the event; its own descriptor is not needed any more. */
function linkEvent(
  caller: LinuxCaller,
  spec: TracepointAttachSpec | ProbeSpec,
  attributes: CStruct,
  pid: number | undefined,
  action: string,
): FileDescriptor {
  return caller.run(() => {
    using event = openEvent(attributes, pid, action);
    const link = caller.borrow(spec.program, 'program', action, (programFd) =>
      createLink(
        encodeLinkCreate({
          programFd,
          target: event.number,
          attachType: ATTACH_TYPE.PERF_EVENT,
          flags: spec.flags ?? 0,
        }),
        action,
      ),
    );
    systemCall('ioctl', event.number, PERF_EVENT_IOC_ENABLE, 0);
    return link;
  });
}

/** For one process wherever it runs, or for all: then on one CPU, since a program sees the events of the others too. */
function openEvent(attributes: CStruct, pid: number | undefined, action: string): FileDescriptor {
  const cpu = pid === undefined ? 0 : -1;
  const result = systemCall('perf_event_open', attributes, pid ?? -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
  return new FileDescriptor(requireResult(result, { syscall: 'perf_event_open', action }));
}

function readTracepointId(caller: LinuxCaller, { category, name }: TracepointAttachSpec, action: string): number {
  const hint = `There is no tracepoint ${quote(`${category}:${name}`)}`;
  if (!/^[\w-]+$/.test(category) || !/^[\w-]+$/.test(name)) refuse('ENOENT', 'open', action, hint);
  const { tracefs } = caller.machine;
  try {
    return Number(readFileSync(`${tracefs}/events/${category}/${name}/id`, 'utf8'));
  } catch (error) {
    const code = errnoOf(error) ?? 'EIO';
    return refuse(code, 'open', action, code === 'ENOENT' ? hint : undefined);
  }
}

function readSourceType(source: 'kprobe' | 'uprobe'): number {
  const path = `${EVENT_SOURCES}/${source}/type`;
  if (!existsSync(path)) {
    const option = source === 'kprobe' ? 'CONFIG_KPROBE_EVENTS' : 'CONFIG_UPROBE_EVENTS';
    throw missingFromSysfs({
      capability: `${source}s`,
      reason: `this kernel makes no events of them: there is no ${path}`,
      fix: `run a kernel that was built with ${option}=y, in a virtual machine for one`,
    });
  }
  return Number(readFileSync(path, 'utf8'));
}

/** `config:0` says that bit 0 of the configuration makes it a probe of the return. */
function readReturnBit(source: 'kprobe' | 'uprobe'): number {
  const format = readFileSync(`${EVENT_SOURCES}/${source}/format/retprobe`, 'utf8');
  return 2 ** Number(/config:(\d+)/.exec(format)?.[1] ?? 0);
}
