import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { CStruct, toCString } from '../../native/c-struct.js';
import { mountDetached } from '../../native/detached-mount.js';
import { FileDescriptor } from '../../native/file-descriptor.js';
import { requireResult, systemCall } from '../../native/system-call.js';
import { readText } from '../../process/proc/read-proc.js';
import { readNumber } from '../machine.js';

/** include/uapi/linux/perf_event.h: PERF_ATTR_SIZE_VER5, known to every kernel in question. */
const PERF_ATTR_BYTES = 112;
const PERF_TYPE_TRACEPOINT = 2;
const PERF_FLAG_FD_CLOEXEC = 8;
const PERF_EVENT_IOC_SET_BPF = 0x40042408;

/** ELF64, as every Node.js on Linux is. */
const ELF = { ENTRY: 24, PROGRAM_HEADERS: 32, PROGRAM_HEADER_BYTES: 54, PROGRAM_HEADER_COUNT: 56, PT_LOAD: 1 } as const;

/** Opens a tracepoint, for this process alone. @throws KernelError */
export function openTracepoint(category: string, name: string): FileDescriptor {
  return openEvent(`open the tracepoint ${category}:${name}`, PERF_TYPE_TRACEPOINT, readTracepointId(category, name));
}

/** Opens a kprobe at the start of a function of the kernel. @throws KernelError */
export function openKprobe(name: string): FileDescriptor {
  return openEvent(`open a kprobe on ${name}`, readEventType('kprobe'), 0, toCString(name));
}

/** Opens a uprobe at an offset of a file, for this process alone. @throws KernelError */
export function openUprobe(path: string, offset: number): FileDescriptor {
  return openEvent(`open a uprobe on ${path}`, readEventType('uprobe'), 0, toCString(path), offset);
}

/** Attaches a program to an event; both go with the event. @throws KernelError */
export function setEventProgram(event: number, program: number): void {
  const result = systemCall('ioctl', event, PERF_EVENT_IOC_SET_BPF, program);
  requireResult(result, { syscall: 'ioctl(PERF_EVENT_IOC_SET_BPF)', action: 'attach the program' });
}

/** Where in its file a program starts: a place that is an instruction and has been passed for good. */
export function findEntryOffset(path: string): number {
  const file = readStart(path);
  const entry = file.readBigUInt64LE(ELF.ENTRY);
  const headers = Number(file.readBigUInt64LE(ELF.PROGRAM_HEADERS));
  const bytes = file.readUInt16LE(ELF.PROGRAM_HEADER_BYTES);
  for (let index = 0; index < file.readUInt16LE(ELF.PROGRAM_HEADER_COUNT); index += 1) {
    const at = headers + index * bytes;
    if (file.readUInt32LE(at) !== ELF.PT_LOAD) continue;
    const offset = file.readBigUInt64LE(at + 8);
    const address = file.readBigUInt64LE(at + 16);
    const size = file.readBigUInt64LE(at + 32);
    if (entry >= address && entry < address + size) return Number(entry - address + offset);
  }
  return 0;
}

/** The headers of a program, which linkers put first: Node.js has over a hundred megabytes after them. */
function readStart(path: string): Buffer {
  const start = Buffer.alloc(4096);
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, start);
  } finally {
    closeSync(descriptor);
  }
  return start;
}

function openEvent(action: string, type: number, config: number, text?: Uint8Array, offset = 0): FileDescriptor {
  const attributes = new CStruct(PERF_ATTR_BYTES)
    .u32(0, type)
    .u32(4, PERF_ATTR_BYTES)
    .u64(8, config)
    .pointer(56, text)
    .u64(64, offset);
  const result = systemCall('perf_event_open', attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  return new FileDescriptor(requireResult(result, { syscall: 'perf_event_open', action }));
}

function readEventType(name: 'kprobe' | 'uprobe'): number {
  const path = `/sys/bus/event_source/devices/${name}/type`;
  const type = readNumber(path);
  // As if the file were opened by hand, so that the refusal says ENOENT and names it.
  return type ?? Number(readFileSync(path, 'utf8'));
}

/** From tracefs, privately mounted where it is mounted nowhere. */
function readTracepointId(category: string, name: string): number {
  const file = `events/${category}/${name}/id`;
  const mounted = readText(`/sys/kernel/tracing/${file}`);
  if (mounted !== undefined) return Number(mounted);
  using mount = mountDetached('tracefs');
  return Number(readFileSync(`/proc/self/fd/${mount.number}/${file}`, 'utf8'));
}
