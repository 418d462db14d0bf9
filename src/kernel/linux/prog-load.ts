import { KernelError } from '../../core/kernel-error.js';
import { CStruct, toCString } from '../../native/c-struct.js';
import { FileDescriptor } from '../../native/file-descriptor.js';
import { toKernelError } from '../../native/system-call.js';
import type { VerifierLogOptions } from '../objects.js';
import { nameBpf, tryBpf } from './bpf-call.js';
import { NAME_BYTES } from './bpf-constants.js';
import { FUNC_INFO_RECORD_BYTES, LINE_INFO_RECORD_BYTES } from './btf/func-info.js';

/** What BPF_PROG_LOAD is told. */
export interface LoadRequest {
  readonly name: string;
  readonly kernelType: number;
  readonly instructions: Uint8Array;
  readonly license: string;
  readonly flags: number;
  readonly expectedAttachType: number;
  readonly btfFd?: number | undefined;
  readonly functionInfo?: Uint8Array | undefined;
  readonly lineInfo?: Uint8Array | undefined;
  /** The type of the function that it attaches to, of the kernel or of the program behind `targetFd`. */
  readonly attachBtfId?: number | undefined;
  readonly targetFd?: number | undefined;
  /** What instructions refer to by its place (BPF_PSEUDO_MAP_IDX). */
  readonly fdArray?: readonly number[] | undefined;
  readonly log?: VerifierLogOptions | undefined;
}

const ATTRIBUTE_BYTES = 144;
const EAGAIN = -11;
const ENOSPC = -28;
/** The verifier gives way to a signal so; libbpf tries as often. */
const MOST_ATTEMPTS = 5;

const FIRST_LOG_BYTES = 64 * 1024;
const MOST_LOG_BYTES = 16 * 1024 * 1024;
/** kernel/bpf/log.c, bpf_verifier_log_attr_valid */
const LOG_LIMIT_BYTES = 0x3fffffff;
/** BPF_LOG_FIXED: include/linux/bpf_verifier.h. */
const LOG_FIXED = 8;

/**
 * BPF_PROG_LOAD. A program that is refused is loaded again with a log of the verifier's, unless one was asked for.
 *
 * @throws KernelError with the log
 */
export function loadInstructions(request: LoadRequest, action: string): FileDescriptor {
  const description = { syscall: nameBpf('PROG_LOAD'), action };
  if (request.log !== undefined) {
    const { level = 1, sizeBytes, keep } = request.log;
    // A size that no log may have is refused before anything is written, so it need not be there.
    const log = new Uint8Array(sizeBytes > LOG_LIMIT_BYTES ? 8 : sizeBytes);
    const attributes = encode(request, level | (keep === 'head' ? LOG_FIXED : 0), log).u32(28, sizeBytes);
    const result = attempt(attributes);
    return result >= 0 ? new FileDescriptor(result) : refuseLoad(result, description, readLog(log));
  }
  const first = attempt(encode(request, 0, undefined));
  if (first >= 0) return new FileDescriptor(first);
  let result = first;
  let log = new Uint8Array(0);
  for (let size = FIRST_LOG_BYTES; size <= MOST_LOG_BYTES; size *= 4) {
    log = new Uint8Array(size);
    result = attempt(encode(request, 1, log));
    if (result !== ENOSPC) break;
  }
  // What failed for want of memory may have got it by now.
  if (result >= 0) return new FileDescriptor(result);
  return refuseLoad(result === ENOSPC ? first : result, description, readLog(log));
}

/** union bpf_attr, BPF_PROG_LOAD: include/uapi/linux/bpf.h. */
function encode(request: LoadRequest, logLevel: number, log: Uint8Array | undefined): CStruct {
  const { instructions, functionInfo, lineInfo, fdArray } = request;
  const attributes = new CStruct(ATTRIBUTE_BYTES)
    .u32(0, request.kernelType)
    .u32(4, instructions.length / 8)
    .pointer(8, instructions)
    .pointer(16, toCString(request.license))
    .u32(24, logLevel)
    .u32(28, log?.length ?? 0)
    .pointer(32, log)
    .u32(44, request.flags)
    .text(48, NAME_BYTES, request.name)
    .u32(68, request.expectedAttachType)
    .u32(72, request.btfFd ?? 0)
    .u32(108, request.attachBtfId ?? 0)
    .u32(112, request.targetFd ?? 0);
  if (functionInfo !== undefined) {
    attributes.u32(76, FUNC_INFO_RECORD_BYTES).pointer(80, functionInfo);
    attributes.u32(88, functionInfo.length / FUNC_INFO_RECORD_BYTES);
  }
  if (lineInfo !== undefined) {
    attributes.u32(92, LINE_INFO_RECORD_BYTES).pointer(96, lineInfo);
    attributes.u32(104, lineInfo.length / LINE_INFO_RECORD_BYTES);
  }
  if (fdArray !== undefined && fdArray.length > 0) {
    const numbers = new CStruct(fdArray.length * 4);
    for (const [index, fd] of fdArray.entries()) numbers.s32(index * 4, fd);
    attributes.pointer(120, numbers);
  }
  return attributes;
}

function attempt(attributes: CStruct): number {
  let result = tryBpf('PROG_LOAD', attributes);
  for (let attempts = 1; result === EAGAIN && attempts < MOST_ATTEMPTS; attempts += 1) {
    result = tryBpf('PROG_LOAD', attributes);
  }
  return result;
}

function readLog(log: Uint8Array): string {
  const end = log.indexOf(0);
  return new TextDecoder().decode(end < 0 ? log : log.subarray(0, end));
}

function refuseLoad(result: number, description: { syscall: string; action: string }, log: string): never {
  const { code } = toKernelError(result, description);
  throw new KernelError(code, {
    ...description,
    ...(log === '' ? {} : { hint: 'The verifier refused it', verifierLog: log }),
  });
}
