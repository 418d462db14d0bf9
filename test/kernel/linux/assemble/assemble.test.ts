import { expect, test } from 'vitest';
import { UsageError } from '../../../../src/core/errors.js';
import { assemble } from '../../../../src/kernel/linux/assemble/assemble.js';
import * as i from '../../../../src/kernel/linux/assemble/instructions.js';
import { assembleMinimal } from '../../../../src/kernel/linux/assemble/minimal.js';
import { PROGRAM_TYPES } from '../../../../src/kernel/objects.js';
import { decode } from '../support.js';

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').match(/.{16}/g);

/** As llvm-objdump and Documentation/bpf/standardization/instruction-set.rst have them. */
test.each([
  ['r0 = 2', i.movImm(0, 2), 'b700000002000000'],
  ['r6 = r1', i.movReg(6, 1), 'bf16000000000000'],
  ['r1 += -8', i.addImm(1, -8), '07010000f8ffffff'],
  ['r1 += r2', i.addReg(1, 2), '0f21000000000000'],
  ['r3 &= 255', i.aluImm('and', 3, 255), '57030000ff000000'],
  ['r1 = *(u32 *)(r1 + 16)', i.load('w', 1, 1, 16), '6111100000000000'],
  ['r1 = *(u8 *)(r2 - 1)', i.load('b', 1, 2, -1), '7121ffff00000000'],
  ['*(u64 *)(r10 - 8) = r1', i.store('dw', 10, -8, 1), '7b1af8ff00000000'],
  ['*(u16 *)(r10 - 2) = 7', i.storeImm('h', 10, -2, 7), '6a0afeff07000000'],
  ['lock *(u64 *)(r0 + 0) += r1', i.atomicAdd('dw', 0, 0, 1), 'db10000000000000'],
  ['call 1', i.callHelper(1), '8500000001000000'],
  ['call kernel function 4711', i.callKernelFunction(4711), '8520000067120000'],
  ['exit', i.exit(), '9500000000000000'],
])('%s is encoded as Linux decodes it', (_text, instruction, expected) => {
  expect(hexOf(assemble([instruction]).instructions)).toEqual([expected]);
});

test('64-bit loads take two slots: a number, a map, a byte of a map', () => {
  expect(hexOf(assemble([i.loadImm64(1, 0x1122334455667788n)]).instructions)).toEqual([
    '1801000088776655',
    '0000000044332211',
  ]);
  expect(hexOf(assemble([i.loadImm64(1, -1n)]).instructions)).toEqual(['18010000ffffffff', '00000000ffffffff']);
  expect(hexOf(assemble([i.loadMapFd(1, 9)]).instructions)).toEqual(['1811000009000000', '0000000000000000']);
  expect(hexOf(assemble([i.loadMapValue(2, 9, 12)]).instructions)).toEqual(['1822000009000000', '000000000c000000']);
});

test('jumps and calls count slots from the one behind them, forwards and backwards, over 64-bit loads', () => {
  const { instructions, labels } = assemble([
    i.label('start'),
    i.jumpImm('eq', 1, 5, 'end'),
    i.loadImm64(2, 1n),
    i.callFunction('end'),
    i.jump32Imm('ne', 0, -1, 'start'),
    i.jumpReg('sgt', 1, 2, 'start'),
    i.jump('end'),
    i.label('end'),
    i.exit(),
  ]);
  expect([...labels]).toEqual([
    ['start', 0],
    ['end', 7],
  ]);
  const slots = decode(instructions);
  expect(slots[0]).toEqual({ opcode: 0x15, destination: 1, source: 0, offset: 6, immediate: 5 });
  expect(slots[3]).toEqual({ opcode: 0x85, destination: 0, source: 1, offset: 0, immediate: 3 });
  expect(slots[4]).toEqual({ opcode: 0x56, destination: 0, source: 0, offset: -5, immediate: -1 });
  expect(slots[5]).toEqual({ opcode: 0x6d, destination: 1, source: 2, offset: -6, immediate: 0 });
  expect(slots[6]).toMatchObject({ opcode: 0x05, offset: 0 });
});

test('every mistake of a source is reported at once', () => {
  const source = [
    i.label('twice'),
    i.movImm(0, 2 ** 31),
    i.label('twice'),
    i.load('w', 1, 1, 40_000),
    i.jump('twise'),
    i.addImm(1, 0.5),
  ];
  expect(() => assemble(source)).toThrow(
    new UsageError('assemble', [
      'label "twice" is placed twice',
      'instruction 0: the immediate must be a signed 32-bit number; received 2147483648',
      'instruction 1: the offset must be a signed 16-bit number; received 40000',
      'instruction 2 refers to label "twise", which is nowhere. Did you mean "twice"?',
      'instruction 3: the immediate must be a signed 32-bit number; received 0.5',
    ]),
  );
});

test('a jump too far for its 16 bits is a mistake, not a jump elsewhere', () => {
  const filler = Array.from({ length: 40_000 }, () => i.movImm(0, 0));
  expect(() => assemble([i.jump('end'), ...filler, i.label('end'), i.exit()])).toThrow(
    'instruction 0: the offset must be a signed 16-bit number; received 40000',
  );
});

test.each(PROGRAM_TYPES)('the smallest %s program is two instructions', (type) => {
  const slots = decode(assembleMinimal(type));
  expect(slots.map(({ opcode }) => opcode)).toEqual([0xb7, 0x95]);
  expect(slots[0]?.immediate).toBe(type === 'xdp' ? 2 : 0);
  expect(decode(assembleMinimal(type, -1))[0]?.immediate).toBe(-1);
});
