import { deflateRawSync } from 'node:zlib';
import { createRandom } from 'glovebox';
import { describe, expect, test } from 'vitest';
import { Traffic } from '../../src/connection/traffic.ts';
import { MAX_MESSAGE_BYTES, pack, unpack } from '../../src/protocol/compression.ts';

const textOf = (bytes: number) => new TextEncoder().encode('step 1 of 9 status ok '.repeat(bytes).slice(0, bytes));

describe('Compression', () => {
  test('a message of any length comes out as it went in', () => {
    const random = createRandom(5);
    for (const length of [0, 1, 255, 256, 257, 10_000, 300_000]) {
      for (const bytes of [textOf(length), random.bytes(length)])
        expect(Buffer.from(unpack(pack(bytes))).equals(bytes)).toBe(true);
    }
  });

  test('text gets many times smaller', () => {
    const { isCompressed, bytes } = pack(textOf(10_000));
    expect(isCompressed).toBe(true);
    expect(bytes.length).toBeLessThan(1000);
  });

  test('what would not get smaller is sent as it is: short messages, and noise', () => {
    expect(pack(textOf(100)).isCompressed).toBe(false);
    const noise = createRandom(5).bytes(5000);
    expect(pack(noise)).toEqual({ isCompressed: false, bytes: noise });
  });

  test('what was never packed is refused', () => {
    const packed = { isCompressed: true, bytes: new Uint8Array([255, 1, 2, 3]) };
    expect(() => unpack(packed)).toThrow('a message of 4 bytes cannot be unpacked');
  });

  test('a few bytes that would unfold to more than a message may have are refused', () => {
    const bomb = deflateRawSync(new Uint8Array(MAX_MESSAGE_BYTES + 1));
    expect(bomb.length).toBeLessThan(10_000);
    expect(() => unpack({ isCompressed: true, bytes: bomb })).toThrow('cannot be unpacked');
    expect(unpack({ isCompressed: true, bytes: deflateRawSync(new Uint8Array(MAX_MESSAGE_BYTES)) })).toHaveLength(
      MAX_MESSAGE_BYTES,
    );
  });

  test('the ratio is that of all messages together, and 1 before the first', () => {
    const traffic = new Traffic();
    expect(traffic.compressionRatio).toBe(1);
    Object.assign(traffic, { plainBytes: 3000, wireBytes: 1000 });
    expect(traffic.compressionRatio).toBe(3);
  });
});
