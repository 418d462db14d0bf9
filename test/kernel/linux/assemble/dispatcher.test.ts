import { describe, expect, test } from 'vitest';
import { assembleDispatcher } from '../../../../src/kernel/linux/assemble/dispatcher.js';
import { assembleExtension } from '../../../../src/kernel/linux/assemble/extension.js';
import { readBtf } from '../../../../src/kernel/linux/btf/read-btf.js';
import { decode, type Slot, toWords } from '../support.js';

const ten = Array.from({ length: 10 }, (_, slot) => `prog${slot}`);

/**
 * Runs a dispatcher as the kernel would, with results of our own in place of its slots, and tells what it called and
 * returned. It knows just the instructions that a dispatcher consists of.
 */
function run(instructions: Uint8Array, results: readonly number[]) {
  const slots = decode(instructions);
  const called: number[] = [];
  let r0 = 0;
  for (let at = 0; ; at += 1) {
    const slot = slots[at];
    if (slot === undefined) throw new Error(`ran out of the program at ${at}`);
    const { opcode, source, destination, immediate, offset }: Slot = slot;
    if (opcode === 0x95) return { called, result: r0 };
    if (opcode === 0x85 && source === 1) {
      const target = slots[at + 1 + immediate];
      called.push(at + 1 + immediate);
      r0 = results[called.length - 1] ?? target?.immediate ?? 0;
    } else if (opcode === 0xb7 && destination === 0) r0 = immediate;
    else if (opcode === 0x05 || (opcode === 0x16 && r0 === immediate)) at += offset;
    else if (opcode !== 0xbf && opcode !== 0x16) throw new Error(`unexpected opcode ${opcode}`);
  }
}

describe.each([
  { type: 'xdp', empty: 31, proceeds: 2, end: 2, stops: [0, 1, 3, 4, 30] },
  { type: 'tc', empty: 30, proceeds: 3, end: 0, stops: [-1, 0, 1, 2, 7, 31] },
  { type: 'tcx', empty: 30, proceeds: 3, end: 0, stops: [-1, 0, 2] },
] as const)('a dispatcher of type $type', ({ type, empty, proceeds, end, stops }) => {
  const { instructions } = assembleDispatcher({ type, functions: ten });

  test('calls its empty slots in order and lets the packet pass', () => {
    const { called, result } = run(instructions, []);
    expect(result).toBe(end);
    expect(called).toHaveLength(10);
    expect(called).toEqual(called.toSorted((a, b) => a - b));
    expect(called.map((at) => decode(instructions)[at]?.immediate)).toEqual(ten.map(() => empty));
  });

  test('goes on after a slot that lets the packet go on', () => {
    expect(run(instructions, [empty, proceeds, proceeds])).toMatchObject({ result: end });
  });

  test.each(stops)('ends with what the third slot returned: %i', (result) => {
    const outcome = run(instructions, [empty, proceeds, result]);
    expect(outcome.called).toHaveLength(3);
    expect(outcome.result).toBe(result);
  });
});

test('a dispatcher goes on after the results that it was told', () => {
  const { instructions } = assembleDispatcher({ type: 'tc', functions: ['a', 'b'], proceedOn: [[-1], [-1]] });
  expect(run(instructions, [-1, -1])).toMatchObject({ result: 0 });
  expect(run(instructions, [3]).result).toBe(3);
});

test('each slot may go on after results of its own; where none are told, after the usual ones', () => {
  const { instructions } = assembleDispatcher({ type: 'xdp', functions: ['a', 'b', 'c'], proceedOn: [[1], [4, 31]] });
  expect(run(instructions, [1, 4, 2])).toMatchObject({ result: 2 });
  expect(run(instructions, [1, 31, 1])).toMatchObject({ result: 1 });
  expect(run(instructions, [2])).toMatchObject({ result: 2 });
  expect(run(instructions, [1, 2])).toMatchObject({ result: 2 });
});

test('a dispatcher of another type calls every slot and returns 0', () => {
  const { instructions } = assembleDispatcher({ type: 'tracepoint', functions: ['a', 'b', 'c'] });
  expect(run(instructions, [1, 2, 3])).toMatchObject({ result: 0, called: [6, 8, 10] });
});

test('the BTF of a dispatcher has a function for every slot, with the context that the kernel knows by name', () => {
  const { btf, functionInfo } = assembleDispatcher({
    type: 'xdp',
    functions: ['one', 'two'],
    staticFunctions: ['hidden'],
  });
  const types = readBtf(btf);
  const records = toWords(functionInfo, 2);
  const functions = records.map(([, typeId = 0]) => types.type(typeId));
  expect(functions).toMatchObject([
    { kind: 'FUNC', name: 'dispatcher', linkage: 'global' },
    { kind: 'FUNC', name: 'one', linkage: 'global' },
    { kind: 'FUNC', name: 'two', linkage: 'global' },
    { kind: 'FUNC', name: 'hidden', linkage: 'static' },
  ]);
  expect(records.map(([instruction]) => instruction)).toEqual([0, 18, 20, 22]);
  for (const each of functions) {
    const proto = each.kind === 'FUNC' ? types.type(each.type) : each;
    if (proto.kind !== 'FUNC_PROTO') throw new Error('no prototype');
    expect(types.type(proto.returns)).toMatchObject({ kind: 'INT', name: 'int', sizeBytes: 4, bits: 32 });
    expect(proto.parameters).toMatchObject([{ name: 'ctx' }]);
    const context = types.type(proto.parameters[0]?.type ?? 0);
    expect(context.kind === 'PTR' && types.type(context.type)).toMatchObject({ kind: 'STRUCT', name: 'xdp_md' });
  }
  expect(readBtf(assembleDispatcher({ type: 'tc', functions: ['a'] }).btf).find('STRUCT', '__sk_buff')).toBeDefined();
});

test('an extension has the prototype of the slot that it replaces', () => {
  const { instructions, btf, functionInfo } = assembleExtension({ type: 'tc', returns: -1 });
  expect(decode(instructions)).toMatchObject([{ opcode: 0xb7, immediate: -1 }, { opcode: 0x95 }]);
  const types = readBtf(btf);
  expect(toWords(functionInfo, 2)).toEqual([[0, types.find('FUNC', 'extension')]]);
  expect(types.find('STRUCT', '__sk_buff')).toBeDefined();
  expect(decode(assembleExtension({ type: 'xdp' }).instructions)[0]?.immediate).toBe(2);
});

test('names that C refuses, names given twice, and a dispatcher that cannot go on are refused', () => {
  expect(() => assembleDispatcher({ type: 'xdp', functions: ['a', 'a', 'b-c', ''] })).toThrow(
    [
      'assembleDispatcher: 3 mistakes:',
      '  - the function "a" is named twice',
      '  - a function\'s name consists of letters, digits and "_"; received "b-c"',
      '  - a function\'s name consists of letters, digits and "_"; received ""',
    ].join('\n'),
  );
  expect(() => assembleDispatcher({ type: 'xdp', functions: ['dispatcher'] })).toThrow('"dispatcher" is named twice');
  expect(() => assembleDispatcher({ type: 'xdp', functions: ['a'], proceedOn: [[]] })).toThrow(
    'proceedOn must have a result',
  );
});
