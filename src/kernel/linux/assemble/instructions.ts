/** One of eBPF's registers: r0 holds results, r1 to r5 arguments, r6 to r9 survive calls, r10 is the frame (read-only). */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** How much memory an access covers: a byte, two, four, or eight of them. */
export type AccessSize = 'b' | 'h' | 'w' | 'dw';

/** One instruction before it is encoded; where `target` is given, the assembler fills in the distance to that label. */
export interface Instruction {
  readonly opcode: number;
  readonly destination: Register;
  readonly source: number;
  readonly offset: number;
  readonly immediate: number;
  /** The upper half of a 64-bit immediate; the instruction then takes two slots. */
  readonly upperImmediate?: number;
  readonly target?: { readonly label: string; readonly field: 'offset' | 'immediate' };
}

/** A name for the instruction that follows it. */
export interface Label {
  readonly label: string;
}

const ACCESS_BITS = { w: 0x00, h: 0x08, b: 0x10, dw: 0x18 } as const;

const ALU_CODES = {
  add: 0x00,
  sub: 0x10,
  mul: 0x20,
  or: 0x40,
  and: 0x50,
  lsh: 0x60,
  rsh: 0x70,
  xor: 0xa0,
  mov: 0xb0,
} as const;

const JUMP_CODES = {
  eq: 0x10,
  gt: 0x20,
  ge: 0x30,
  set: 0x40,
  ne: 0x50,
  sgt: 0x60,
  sge: 0x70,
  lt: 0xa0,
  le: 0xb0,
  slt: 0xc0,
  sle: 0xd0,
} as const;

/** What {@link aluImm} and {@link aluReg} do with two numbers of 64 bits. */
export type AluOperation = keyof typeof ALU_CODES;
/** How a conditional jump compares, `s` for signed; `set` is a test of bits. */
export type Comparison = keyof typeof JUMP_CODES;

const JMP = 0x05;
const JMP32 = 0x06;
const ALU64 = 0x07;
/** The second operand is a register. */
const X = 0x08;
const LD_IMM64 = 0x18;

/** Values of the source register that change what a call or a 64-bit load means: include/uapi/linux/bpf.h. */
export const PSEUDO_MAP_FD = 1;
export const PSEUDO_MAP_VALUE = 2;
export const PSEUDO_FUNC = 4;
export const PSEUDO_CALL = 1;
export const PSEUDO_KFUNC_CALL = 2;

function make(opcode: number, fields: Partial<Instruction> = {}): Instruction {
  return { opcode, destination: 0, source: 0, offset: 0, immediate: 0, ...fields };
}

/** Names the place of the next instruction: the target of a jump, or the start of a function. */
export const label = (name: string): Label => ({ label: name });

export const aluImm = (operation: AluOperation, destination: Register, immediate: number): Instruction =>
  make(ALU64 | ALU_CODES[operation], { destination, immediate });
export const aluReg = (operation: AluOperation, destination: Register, source: Register): Instruction =>
  make(ALU64 | X | ALU_CODES[operation], { destination, source });

/** `destination = immediate`, a signed 32-bit number, extended to 64 bits. */
export const movImm = (destination: Register, immediate: number): Instruction => aluImm('mov', destination, immediate);
export const movReg = (destination: Register, source: Register): Instruction => aluReg('mov', destination, source);
export const addImm = (destination: Register, immediate: number): Instruction => aluImm('add', destination, immediate);
export const addReg = (destination: Register, source: Register): Instruction => aluReg('add', destination, source);

/** `destination = *(source + offset)`. */
export const load = (size: AccessSize, destination: Register, source: Register, offset: number): Instruction =>
  make(0x61 | ACCESS_BITS[size], { destination, source, offset });
/** `*(destination + offset) = source`. */
export const store = (size: AccessSize, destination: Register, offset: number, source: Register): Instruction =>
  make(0x63 | ACCESS_BITS[size], { destination, source, offset });
/** `*(destination + offset) = immediate`. */
export const storeImm = (size: AccessSize, destination: Register, offset: number, immediate: number): Instruction =>
  make(0x62 | ACCESS_BITS[size], { destination, offset, immediate });
/** `*(destination + offset) += source`, as one step that no other processor sees half done. */
export const atomicAdd = (size: 'w' | 'dw', destination: Register, offset: number, source: Register): Instruction =>
  make(0xc3 | ACCESS_BITS[size], { destination, source, offset });

/** `destination = value`, all 64 bits of it. Takes two slots. */
export const loadImm64 = (destination: Register, value: bigint): Instruction =>
  make(LD_IMM64, {
    destination,
    immediate: Number(BigInt.asIntN(32, value)),
    upperImmediate: Number(BigInt.asIntN(32, value >> 32n)),
  });
/** `destination = the map behind a file descriptor`, which the verifier resolves (BPF_PSEUDO_MAP_FD). Takes two slots. */
export const loadMapFd = (destination: Register, fd: number): Instruction =>
  make(LD_IMM64, { destination, source: PSEUDO_MAP_FD, immediate: fd, upperImmediate: 0 });
/** `destination = the address of a byte of an array map's only value` (BPF_PSEUDO_MAP_VALUE). Takes two slots. */
export const loadMapValue = (destination: Register, fd: number, offsetBytes: number): Instruction =>
  make(LD_IMM64, { destination, source: PSEUDO_MAP_VALUE, immediate: fd, upperImmediate: offsetBytes });

/** Jumps to a label, always. */
export const jump = (to: string): Instruction => make(JMP, { target: { label: to, field: 'offset' } });
/** Jumps when all 64 bits of a register compare so with a signed 32-bit number. */
export const jumpImm = (comparison: Comparison, register: Register, immediate: number, to: string): Instruction =>
  make(JMP | JUMP_CODES[comparison], { destination: register, immediate, target: { label: to, field: 'offset' } });
/** Jumps when the lower 32 bits of a register, all that an `int` has, compare so with a number. */
export const jump32Imm = (comparison: Comparison, register: Register, immediate: number, to: string): Instruction =>
  make(JMP32 | JUMP_CODES[comparison], { destination: register, immediate, target: { label: to, field: 'offset' } });
/** Jumps when two registers compare so. */
export const jumpReg = (comparison: Comparison, left: Register, right: Register, to: string): Instruction =>
  make(JMP | X | JUMP_CODES[comparison], { destination: left, source: right, target: { label: to, field: 'offset' } });

/** Calls a helper of the kernel by its number (`BPF_FUNC_…`): arguments in r1 to r5, the result in r0. */
export const callHelper = (helper: number): Instruction => make(JMP | 0x80, { immediate: helper });
/** Calls a function of the same program, at a label. */
export const callFunction = (name: string): Instruction =>
  make(JMP | 0x80, { source: PSEUDO_CALL, target: { label: name, field: 'immediate' } });
/** Calls a function of the kernel by the id of its FUNC in the kernel's own BTF. */
export const callKernelFunction = (typeId: number): Instruction =>
  make(JMP | 0x80, { source: PSEUDO_KFUNC_CALL, immediate: typeId });
/** Leaves the function with r0 as its result. */
export const exit = (): Instruction => make(JMP | 0x90);
