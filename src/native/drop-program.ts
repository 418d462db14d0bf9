import { CStruct, toCString } from './c-struct.js';
import { FileDescriptor } from './file-descriptor.js';
import { requireResult, systemCall } from './system-call.js';

/** include/uapi/linux/bpf.h */
const BPF = { MAP_CREATE: 0, MAP_LOOKUP_ELEM: 1, PROG_LOAD: 5 } as const;
const MAP_TYPE_ARRAY = 2;
const PROG_TYPE_SCHED_CLS = 3;
const HELPER_MAP_LOOKUP_ELEM = 1;
const PSEUDO_MAP_FD = 1;
/** include/uapi/linux/pkt_cls.h: go on to the next filter; drop. */
const TC_ACT_UNSPEC = -1;
const TC_ACT_SHOT = 2;
const ATTRIBUTE_BYTES = 128;

const ETHER_TYPE = { ipv4: 0x0800, ipv6: 0x86dd } as const;
const AT = { sourceMac: 6, etherType: 12, ipv4Source: 26, ipv6Source: 22 } as const;

/** Whose frames are dropped: addresses as bytes, 6 of a MAC address, 4 or 16 of an IP address. */
export interface DropSources {
  readonly macAddresses: readonly Uint8Array[];
  readonly ipAddresses: readonly Uint8Array[];
}

/** A counter that programs of the kernel count on. */
export class DropCounter implements Disposable {
  readonly fd: FileDescriptor;

  /** @throws KernelError EPERM without CAP_BPF */
  constructor() {
    const attribute = new CStruct(ATTRIBUTE_BYTES).u32(0, MAP_TYPE_ARRAY).u32(4, 4).u32(8, 8).u32(12, 1);
    const result = systemCall('bpf', BPF.MAP_CREATE, attribute, ATTRIBUTE_BYTES);
    this.fd = new FileDescriptor(
      requireResult(result, { syscall: 'bpf(BPF_MAP_CREATE)', action: 'create a counter of dropped frames' }),
    );
  }

  read(): number {
    const value = new CStruct(8);
    const attribute = new CStruct(ATTRIBUTE_BYTES).u32(0, this.fd.number).pointer(8, new CStruct(4)).pointer(16, value);
    const result = systemCall('bpf', BPF.MAP_LOOKUP_ELEM, attribute, ATTRIBUTE_BYTES);
    requireResult(result, { syscall: 'bpf(BPF_MAP_LOOKUP_ELEM)', action: 'read how many frames were dropped' });
    return Number(value.readU64(0));
  }

  [Symbol.dispose](): void {
    this.fd.close();
  }
}

/**
 * Loads a program for tc's ingress that drops and counts the frames of some sources, and leaves all others to the
 * filters behind it.
 *
 * @throws KernelError EPERM without CAP_BPF and CAP_NET_ADMIN of the machine
 */
export function loadDropProgram(sources: DropSources, counter: DropCounter): FileDescriptor {
  const code = assemble(sources, counter.fd.number);
  const attribute = new CStruct(ATTRIBUTE_BYTES)
    .u32(0, PROG_TYPE_SCHED_CLS)
    .u32(4, code.length / 8)
    .pointer(8, code)
    .pointer(16, toCString('MIT'))
    .text(48, 15, 'glovebox_drop');
  const result = systemCall('bpf', BPF.PROG_LOAD, attribute, ATTRIBUTE_BYTES);
  return new FileDescriptor(
    requireResult(result, { syscall: 'bpf(BPF_PROG_LOAD)', action: 'load a program that drops frames' }),
  );
}

/** include/uapi/linux/bpf_common.h, bpf.h: the operations in use. */
const OP = {
  loadWord: 0x20,
  loadHalf: 0x28,
  loadImmediate64: 0x18,
  moveRegister: 0xbf,
  moveImmediate: 0xb7,
  addImmediate: 0x07,
  storeWord: 0x62,
  atomicAdd64: 0xdb,
  jumpEqual32: 0x16,
  jumpNotEqual32: 0x56,
  jumpEqual: 0x15,
  jump: 0x05,
  call: 0x85,
  exit: 0x95,
} as const;

interface Instruction {
  readonly op: number;
  readonly dst?: number;
  readonly src?: number;
  /** Instructions to skip, or where to jump to. */
  readonly to?: number | 'drop' | 'pass' | 'ipv4' | 'ipv6';
  readonly imm?: number;
  readonly label?: 'drop' | 'pass' | 'ipv4' | 'ipv6';
}

function assemble(sources: DropSources, mapFd: number): Uint8Array {
  const ipv4 = sources.ipAddresses.filter(({ length }) => length === 4);
  const ipv6 = sources.ipAddresses.filter(({ length }) => length === 16);
  const code: readonly Instruction[] = [
    { op: OP.moveRegister, dst: 6, src: 1 },
    { op: OP.loadWord, imm: AT.sourceMac },
    { op: OP.moveRegister, dst: 7, src: 0 },
    { op: OP.loadHalf, imm: AT.sourceMac + 4 },
    ...sources.macAddresses.flatMap((mac): readonly Instruction[] => [
      { op: OP.jumpNotEqual32, dst: 7, imm: word(mac, 0), to: 1 },
      { op: OP.jumpEqual32, dst: 0, imm: word(mac, 2) & 0xffff, to: 'drop' },
    ]),
    { op: OP.loadHalf, imm: AT.etherType },
    { op: OP.jumpEqual32, dst: 0, imm: ETHER_TYPE.ipv4, to: 'ipv4' },
    { op: OP.jumpEqual32, dst: 0, imm: ETHER_TYPE.ipv6, to: 'ipv6' },
    { op: OP.jump, to: 'pass' },
    { op: OP.loadWord, imm: AT.ipv4Source, label: 'ipv4' },
    ...ipv4.map((address): Instruction => ({ op: OP.jumpEqual32, dst: 0, imm: word(address, 0), to: 'drop' })),
    { op: OP.jump, to: 'pass' },
    { op: OP.loadWord, imm: AT.ipv6Source, label: 'ipv6' },
    { op: OP.moveRegister, dst: 7, src: 0 },
    { op: OP.loadWord, imm: AT.ipv6Source + 4 },
    { op: OP.moveRegister, dst: 8, src: 0 },
    { op: OP.loadWord, imm: AT.ipv6Source + 8 },
    { op: OP.moveRegister, dst: 9, src: 0 },
    { op: OP.loadWord, imm: AT.ipv6Source + 12 },
    ...ipv6.flatMap((address): readonly Instruction[] => [
      { op: OP.jumpNotEqual32, dst: 7, imm: word(address, 0), to: 3 },
      { op: OP.jumpNotEqual32, dst: 8, imm: word(address, 4), to: 2 },
      { op: OP.jumpNotEqual32, dst: 9, imm: word(address, 8), to: 1 },
      { op: OP.jumpEqual32, dst: 0, imm: word(address, 12), to: 'drop' },
    ]),
    { op: OP.moveImmediate, dst: 0, imm: TC_ACT_UNSPEC, label: 'pass' },
    { op: OP.exit },
    // Counts in the map's one element, whose key is 0.
    { op: OP.storeWord, dst: 10, to: -4, imm: 0, label: 'drop' },
    { op: OP.moveRegister, dst: 2, src: 10 },
    { op: OP.addImmediate, dst: 2, imm: -4 },
    { op: OP.loadImmediate64, dst: 1, src: PSEUDO_MAP_FD, imm: mapFd },
    { op: 0 },
    { op: OP.call, imm: HELPER_MAP_LOOKUP_ELEM },
    { op: OP.jumpEqual, dst: 0, imm: 0, to: 2 },
    { op: OP.moveImmediate, dst: 1, imm: 1 },
    { op: OP.atomicAdd64, dst: 0, src: 1 },
    { op: OP.moveImmediate, dst: 0, imm: TC_ACT_SHOT },
    { op: OP.exit },
  ];
  return encode(code);
}

/** struct bpf_insn: code, registers, offset, immediate. */
function encode(code: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(code.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, { op, dst = 0, src = 0, to = 0, imm = 0 }] of code.entries()) {
    const offset = typeof to === 'number' ? to : code.findIndex(({ label }) => label === to) - index - 1;
    view.setUint8(index * 8, op);
    view.setUint8(index * 8 + 1, (src << 4) | dst);
    view.setInt16(index * 8 + 2, offset, true);
    view.setInt32(index * 8 + 4, imm, true);
  }
  return bytes;
}

/** Four bytes as the kernel loads them from a packet. */
function word(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(at);
}
