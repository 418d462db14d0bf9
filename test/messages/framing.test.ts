import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FRAMINGS, type Framing, type MessageDecoder } from '../../src/messages/framing.js';
import { jsonFraming } from '../../src/messages/json-framing.js';

const LIMIT = 1000;

/** All messages of bytes that come in pieces of these lengths. */
function decode<M>(decoder: MessageDecoder<M>, bytes: Buffer, lengths: readonly number[]): M[] {
  const messages: M[] = [];
  let from = 0;
  for (const length of [...lengths, bytes.length]) {
    const piece = bytes.subarray(from, from + length);
    from += length;
    if (piece.length > 0) messages.push(...decoder.push(piece).messages);
  }
  return messages;
}

const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 });

describe('whatever the pieces in which they come', () => {
  const cases: readonly [string, Framing<unknown>, fc.Arbitrary<unknown>][] = [
    ['json', FRAMINGS.json, fc.jsonValue()],
    ['lines', FRAMINGS.lines, fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text))],
    ['length', FRAMINGS.length, fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes))],
  ];
  test.each(cases)('messages of %s are those that were sent', (_name, framing, message) => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), pieces, (sent, lengths) => {
        const bytes = Buffer.concat(sent.map((each) => framing.encode(each)));
        const decoder = framing.createDecoder(1_000_000);
        const messages = decode(decoder, bytes, lengths);
        expect(messages).toEqual(JSON.stringify(sent) === undefined ? [] : normalize(sent));
        expect(decoder.pendingBytes).toBe(0);
      }),
    );
  });
});

/** JSON knows no -0. */
function normalize(sent: readonly unknown[]): unknown {
  return sent.map((each) => (Buffer.isBuffer(each) ? each : JSON.parse(JSON.stringify(each))));
}

test('what JSON has no words for is not sent', () => {
  const { encode } = FRAMINGS.json;
  expect(() => encode(undefined)).toThrow(
    'send: a message must be plain data, that JSON can write; received undefined: JSON has no words for it',
  );
  expect(() => encode(5n)).toThrow('received 5n: Do not know how to serialize a BigInt');
  const circular: { self?: unknown } = {};
  circular.self = circular;
  expect(() => encode(circular)).toThrow(': Converting circular structure to JSON');
});

describe('what is no message', () => {
  const take = (framing: Framing<unknown>, ...chunks: readonly Buffer[]) => {
    const decoder = framing.createDecoder(LIMIT);
    const all = chunks.map((chunk) => decoder.push(chunk));
    return { messages: all.flatMap(({ messages }) => messages), error: all.at(-1)?.error, decoder };
  };

  test('a line that is no JSON is told after the messages before it', () => {
    const { messages, error } = take(FRAMINGS.json, Buffer.from('{"a":1}\nnonsense\n{"b":2}\n'));
    expect(messages).toEqual([{ a: 1 }]);
    expect(error).toMatchObject({
      code: 'ERR_GLOVEBOX_MESSAGE_MALFORMED',
      message: 'what came is no line of JSON: "nonsense"',
      cause: expect.any(SyntaxError),
    });
  });

  test.each(['json', 'lines'] as const)('a line of %s that is too long is told, whole or not', (name) => {
    const message = `a line is longer than is allowed: ${LIMIT} bytes are allowed. Raise maxMessageBytes if that is right; else the other side speaks another protocol`;
    const half = Buffer.alloc(600, 'a');
    expect(take(FRAMINGS[name], half, half).error?.message).toBe(message);
    expect(take(FRAMINGS[name], Buffer.from(`"${'é'.repeat(500)}"\n`)).error?.message).toBe(message);
    expect(take(FRAMINGS[name], Buffer.from(`"${'é'.repeat(499)}"\n`)).error).toBe(undefined);
  });

  test('a length that is too large is told before anything of the message is kept', () => {
    const { messages, error } = take(FRAMINGS.length, Buffer.from([0, 0, 0, 1, 7, 0xff, 0xff, 0xff, 0xff, 1, 2]));
    expect(messages).toEqual([Buffer.from([7])]);
    expect(error?.message).toMatch(/^a message of 4294967295 bytes is announced: 1000 bytes are allowed\./);
    expect(take(FRAMINGS.length, Buffer.from([0, 0, 3, 0xe8])).error).toBe(undefined);
  });

  test('how much has come of a message that is not whole is known', () => {
    expect(take(FRAMINGS.length, Buffer.from([0, 0, 0, 9, 1, 2])).decoder.pendingBytes).toBe(6);
    expect(take(FRAMINGS.lines, Buffer.from('whole\nhal'), Buffer.from('f')).decoder.pendingBytes).toBe(4);
    expect(take(FRAMINGS.json, Buffer.from('{"a":1}\n')).decoder.pendingBytes).toBe(0);
  });

  test('a large message that comes in many pieces is copied once, not once for each', () => {
    const size = 8_000_000;
    const bytes = FRAMINGS.length.encode(Buffer.alloc(size, 1));
    const decoder = FRAMINGS.length.createDecoder(size);
    const messages: Buffer[] = [];
    // Copied for each piece, that would be 16 gigabytes.
    for (let from = 0; from < bytes.length; from += 2000)
      messages.push(...decoder.push(Buffer.from(bytes.subarray(from, from + 2000))).messages);
    expect(messages.map(({ length }) => length)).toEqual([size]);
  });

  test('jsonFraming: what is not of the type is malformed, and says why', () => {
    const framing = jsonFraming((value) => {
      if (typeof value !== 'number') throw new Error('no number');
      return value;
    });
    const { messages, error } = take(framing, Buffer.from('1\n2\n"three"\n'));
    expect(messages).toEqual([1, 2]);
    expect(error?.message).toBe('what came is not of the type that is read: "three": no number');
  });
});
