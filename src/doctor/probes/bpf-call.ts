import { createLink, encodeLinkCreate } from '../../kernel/linux/attach/new-link.js';
import { bpf, bpfOpen, nameBpf, tryBpf } from '../../kernel/linux/bpf-call.js';
import { ATTACH_TYPE } from '../../kernel/linux/bpf-constants.js';
import { readInfo } from '../../kernel/linux/object-info.js';
import { CStruct, toCString } from '../../native/c-struct.js';
import { FileDescriptor } from '../../native/file-descriptor.js';
import { toKernelError } from '../../native/system-call.js';

const LOG_BYTES = 64 * 1024;
const ATTR_BYTES = 144;
/** sizeof(struct bpf_prog_info) up to and with its name. */
const PROG_INFO_BYTES = 80;

/** enum bpf_prog_type */
export const PROG_TYPE = {
  SOCKET_FILTER: 1,
  KPROBE: 2,
  SCHED_CLS: 3,
  TRACEPOINT: 5,
  XDP: 6,
  CGROUP_SKB: 8,
  TRACING: 26,
  EXT: 28,
  LSM: 29,
} as const;

/** What BPF_PROG_LOAD takes. */
export interface ProgramToLoad {
  readonly type: keyof typeof PROG_TYPE;
  /** Two instructions or more, eight bytes each. */
  readonly instructions: Uint8Array;
  readonly attachType?: keyof typeof ATTACH_TYPE;
  /** The function of the kernel, or of `target`, that it attaches to. */
  readonly functionId?: number;
  /** The program that an extension extends. */
  readonly target?: number;
  readonly btf?: number;
  readonly functionInfo?: Uint8Array;
}

/** Loads a program. Its name is that of glovebox, for whoever lists programs meanwhile. @throws KernelError */
export function loadProgram(program: ProgramToLoad): FileDescriptor {
  const description = { syscall: nameBpf('PROG_LOAD'), action: `load a program of type ${program.type}` };
  const attributes = describeProgram(program);
  const result = tryBpf('PROG_LOAD', attributes);
  if (result >= 0) return new FileDescriptor(result);
  // The verifier speaks only when it is asked to, and is asked only when there is something to say.
  const log = new Uint8Array(LOG_BYTES);
  const again = tryBpf('PROG_LOAD', attributes.u32(24, 1).u32(28, LOG_BYTES).pointer(32, log));
  if (again >= 0) return new FileDescriptor(again);
  const said = new TextDecoder()
    .decode(log.subarray(0, log.indexOf(0)))
    .split('\n')[0]
    ?.trim();
  throw toKernelError(result, {
    ...description,
    ...(said ? { action: `${description.action} (verifier: ${said})` } : {}),
  });
}

function describeProgram({
  type,
  instructions,
  attachType,
  functionId,
  target,
  btf,
  functionInfo,
}: ProgramToLoad): CStruct {
  const attributes = new CStruct(ATTR_BYTES)
    .u32(0, PROG_TYPE[type])
    .u32(4, instructions.length / 8)
    .pointer(8, instructions)
    .pointer(16, toCString('GPL'))
    .text(48, 15, 'glovebox_doctor');
  if (attachType !== undefined) attributes.u32(68, ATTACH_TYPE[attachType]);
  if (btf !== undefined && functionInfo !== undefined) {
    attributes
      .u32(72, btf)
      .u32(76, 8)
      .pointer(80, functionInfo)
      .u32(88, functionInfo.length / 8);
  }
  if (functionId !== undefined) attributes.u32(108, functionId);
  if (target !== undefined) attributes.u32(112, target);
  return attributes;
}

/** Loads type information. @throws KernelError */
export function loadBtf(blob: Uint8Array): FileDescriptor {
  return bpfOpen('BTF_LOAD', new CStruct(32).pointer(0, blob).u32(16, blob.length), 'load BTF');
}

/** Links a program to a device, a cgroup or a program. @throws KernelError */
export function linkProgram(
  programFd: number,
  target: number,
  attachType: keyof typeof ATTACH_TYPE,
  flags = 0,
): FileDescriptor {
  const attributes = encodeLinkCreate({ programFd, target, attachType: ATTACH_TYPE[attachType], flags });
  return createLink(attributes, `attach the program as ${attachType}`);
}

/** Links a program that was loaded for one function of the kernel, or of another program. @throws KernelError */
export function openTracing(program: number): FileDescriptor {
  return bpfOpen('RAW_TRACEPOINT_OPEN', new CStruct(16).u32(8, program), 'attach the program');
}

/** Pins an object in a bpffs and gets it back from there. @throws KernelError */
export function pinAndGet(object: number, path: string): FileDescriptor {
  bpf('OBJ_PIN', new CStruct(24).pointer(0, toCString(path)).u32(8, object), `pin to ${path}`);
  return bpfOpen('OBJ_GET', new CStruct(24).pointer(0, toCString(path)), `get ${path}`);
}

/** What the kernel tells of a program. @throws KernelError */
export function readProgramInfo(program: number): { readonly id: number; readonly jitedBytes: number } {
  const info = new CStruct(PROG_INFO_BYTES);
  readInfo(program, info, 'ask for what is known of the program');
  return { id: info.readU32(4), jitedBytes: info.readU32(16) };
}
