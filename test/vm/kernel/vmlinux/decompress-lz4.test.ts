import { expect, test } from 'vitest';
import { createRandom } from '../../../../src/core/random.js';
import { decompressLz4 } from '../../../../src/vm/kernel/vmlinux/decompress-lz4.js';

/** A frame as `lz4 -l` makes it, of blocks that are given. */
function frameOf(...blocks: readonly (readonly number[])[]): Buffer {
  const parts = blocks.map((block) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(block.length);
    return Buffer.concat([size, Buffer.from(block)]);
  });
  return Buffer.concat([Buffer.from('02214c18', 'hex'), ...parts]);
}

const codes = (text: string) => [...Buffer.from(text)];

/** `lz4 -l -9` of "abcabcabcabcabcabcabc, and so on; abcabcabcabc", and of 300 times "x". */
const BY_LZ4 = {
  text: Buffer.from('02214c181c0000003e6162630300d32c20616e6420736f206f6e3b201600506263616263', 'hex'),
  long: Buffer.from('02214c180c0000001f780100ff14507878787878', 'hex'),
};

test('what lz4 has compressed is as it was', () => {
  expect(decompressLz4(BY_LZ4.text, 46).toString()).toBe('abcabcabcabcabcabcabc, and so on; abcabcabcabc');
  expect(decompressLz4(BY_LZ4.long, 300).toString()).toBe('x'.repeat(300));
});

test('literals, copies of what was before, copies of what they make themselves, and lengths that go on', () => {
  const literals = codes('abcd'.repeat(5));
  expect(decompressLz4(frameOf([0xf0, 5, ...literals]), 20).toString()).toBe('abcd'.repeat(5));
  // Three letters, twice the first three and one; then a letter alone.
  expect(decompressLz4(frameOf([0x33, ...codes('abc'), 3, 0, 0x10, ...codes('!')]), 11).toString()).toBe('abcabcabca!');
  expect(decompressLz4(frameOf([0x1f, ...codes('x'), 1, 0, 255, 0, 0x10, ...codes('y')]), 276).toString()).toBe(
    `${'x'.repeat(275)}y`,
  );
  expect(decompressLz4(frameOf([0x20, ...codes('no')], [0x20, ...codes('w!')]), 4).toString()).toBe('now!');
});

test('what is damaged is refused, with the reason', () => {
  const damage = (frame: Buffer, sizeBytes: number) => () => decompressLz4(frame, sizeBytes);
  expect(damage(Buffer.from('none'), 1)).toThrow('damaged LZ4: it has no legacy frame');
  for (const missing of [1, 20, BY_LZ4.text.length - 6])
    expect(damage(BY_LZ4.text.subarray(0, -missing), 46)).toThrow('damaged LZ4: it ends within a block');
  expect(damage(BY_LZ4.text, 47)).toThrow('damaged LZ4: it has 46 bytes in it, and not 47');
  expect(damage(BY_LZ4.text, 45)).toThrow('damaged LZ4: literals reach beyond their block');
  expect(damage(BY_LZ4.long, 100)).toThrow('damaged LZ4: a copy reaches beyond its block');
  expect(damage(frameOf([0xf0]), 20)).toThrow('damaged LZ4: a block ends within a sequence');
  expect(damage(frameOf([0x13, 97, 2, 0]), 20)).toThrow('damaged LZ4: a copy begins before its block');
  expect(damage(frameOf([0x13, 97, 0, 0]), 20)).toThrow('damaged LZ4: a copy begins before its block');
  // Blocks know nothing of each other.
  expect(damage(frameOf([0x10, 97], [0x03, 1, 0]), 8)).toThrow('damaged LZ4: a copy begins before its block');
});

test('any bytes at all are either undone or refused', () => {
  const random = createRandom(7);
  for (let turn = 0; turn < 5000; turn += 1) {
    const frame = Buffer.from(turn % 2 === 0 ? BY_LZ4.text : BY_LZ4.long);
    for (let changes = random.int(1, 4); changes > 0; changes -= 1)
      frame[random.int(8, frame.length - 1)] = random.int(0, 255);
    try {
      expect(decompressLz4(frame, 46)).toHaveLength(46);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      expect(String(error)).toContain('damaged LZ4: ');
    }
  }
});
