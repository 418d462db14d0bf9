import { describe, expect, test } from 'vitest';
import { Opener, SEAL_BYTES, Sealer } from '../../src/protocol/seal.ts';
import { answerChallenge, answerNonce, areSame, deriveKeys } from '../../src/protocol/signature.ts';

const FACTS = { challenge: 'c'.repeat(32), nonce: 'n'.repeat(32), role: 'worker', name: 'worker-1', stream: 's' };
const KEY = new Uint8Array(32).fill(7);
const packed = (text: string, isCompressed = false) => ({ isCompressed, bytes: new TextEncoder().encode(text) });

describe('The handshake', () => {
  test('who knows the secret comes to the same answer, others do not', () => {
    expect(answerChallenge('secret', FACTS)).toBe(answerChallenge('secret', { ...FACTS }));
    expect(answerChallenge('Secret', FACTS)).not.toBe(answerChallenge('secret', FACTS));
  });

  test.for(Object.keys(FACTS))('an answer is worth nothing with another %s', (fact) => {
    expect(answerChallenge('secret', { ...FACTS, [fact]: 'x' })).not.toBe(answerChallenge('secret', FACTS));
  });

  test('parts cannot be moved from one fact to its neighbour', () => {
    const moved = { ...FACTS, role: 'workerw', name: 'orker-1' };
    expect(answerChallenge('secret', moved)).not.toBe(answerChallenge('secret', FACTS));
  });

  test('an answer of one end cannot be sent back as that of the other, and no key is an answer', () => {
    const { toCoordinator, fromCoordinator } = deriveKeys('secret', FACTS);
    const all = [
      answerChallenge('secret', FACTS),
      answerNonce('secret', FACTS),
      Buffer.from(toCoordinator).toString('hex'),
      Buffer.from(fromCoordinator).toString('hex'),
    ];
    expect(new Set(all).size).toBe(4);
  });

  test('answers are compared whole, whatever their lengths', () => {
    expect(areSame('abc', 'abc')).toBe(true);
    expect(areSame('abc', 'abd')).toBe(false);
    expect(areSame('abc', 'ab')).toBe(false);
    expect(areSame('abc', '')).toBe(false);
    // As many characters, and not as many bytes.
    expect(areSame('abc', 'abé')).toBe(false);
  });
});

describe('Sealed frames', () => {
  test('frames are opened in the order in which they were sealed', () => {
    const [sealer, opener] = [new Sealer(KEY), new Opener(KEY)];
    for (const message of [packed('one'), packed('two', true), packed('')])
      expect(opener.open(sealer.seal(message))).toEqual({ ...message, bytes: Buffer.from(message.bytes) });
  });

  test('each single bit that is turned over is noticed, wherever it is', () => {
    const frame = new Sealer(KEY).seal(packed('a message'));
    for (let bit = 0; bit < frame.length * 8; bit += 1) {
      const damaged = Uint8Array.from(frame);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => new Opener(KEY).open(damaged)).toThrow(`frame 0 of ${frame.length} bytes is not as it was sealed`);
    }
  });

  test('a frame that comes twice, too early, or with another key is noticed', () => {
    const sealer = new Sealer(KEY);
    const [first, second] = [sealer.seal(packed('first')), sealer.seal(packed('second'))];
    const opener = new Opener(KEY);
    opener.open(first);
    expect(() => opener.open(first)).toThrow('not as it was sealed');
    expect(() => new Opener(KEY).open(second)).toThrow('not as it was sealed');
    expect(() => new Opener(new Uint8Array(32)).open(first)).toThrow('not as it was sealed');
  });

  test('what is shorter than a seal is no frame', () => {
    expect(() => new Opener(KEY).open(new Uint8Array(SEAL_BYTES - 1))).toThrow('fewer than its seal');
    expect(() => new Opener(KEY).open(new Uint8Array(0))).toThrow('fewer than its seal');
  });
});
