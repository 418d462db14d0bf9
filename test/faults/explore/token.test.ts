import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import { formatToken, parseToken } from '../../../src/faults/explore/token.js';

const point = fc.string({ minLength: 1, unit: 'grapheme' });
const call = fc.integer({ min: 1, max: 1_000_000 });
const fault = fc.oneof(
  fc.record({ point, call, effect: fc.constantFrom('crash-before' as const, 'crash-after' as const) }),
  fc.record({
    point,
    call,
    effect: fc.constantFrom('before' as const, 'after' as const),
    error: fc.constantFrom('EBUSY', 'E2BIG', 'injected', 'e0', 'e12'),
    lasts: fc.constantFrom('once' as const, 'persistent' as const),
  }),
);
const replay = fc.record({ seed: fc.nat(2 ** 32 - 1), faults: fc.array(fault, { minLength: 1, maxLength: 3 }) });

test('a token says its case and nothing else, in letters that are safe in a URL', () => {
  fc.assert(
    fc.property(replay, (each) => {
      const token = formatToken(each);
      expect(parseToken(token)).toEqual(each);
      expect(token).toMatch(/^[\w.~%-]+$/);
    }),
  );
});

test('a token is readable', () => {
  const faults = [
    { point: 'kernel.attach', call: 2, effect: 'after', error: 'EBUSY', lasts: 'once' } as const,
    { point: 'kernel.detach', call: 1, effect: 'crash-before' } as const,
  ];
  expect(formatToken({ seed: 42, faults })).toBe(
    'gx1.42.kernel.attach~2~after~EBUSY~once~~kernel.detach~1~crash-before',
  );
});

test.each([
  ['', 'it does not begin with gx1.<seed>.'],
  ['gx2.1.a~1~before~EIO~once', 'its version is 2'],
  ['gx1.4294967296.a~1~before~EIO~once', 'its seed must be'],
  ['gx1.1.a~0~before~EIO~once', '"0" must be the number of a call'],
  ['gx1.1.~1~before~EIO~once', '"" is no point'],
  ['gx1.1.%E0~1~before~EIO~once', 'is no point'],
  ['gx1.1.a~1~around~EIO~once', '"around" must be before'],
  ['gx1.1.a~1~before~EBUZY~once', '"EBUZY" is no error'],
  ['gx1.1.a~1~before~EIO~twice', '"twice" must be once or persistent'],
  ['gx1.1.a~1~crash-after~EIO', 'a crash has no error'],
])('the token %j is refused', (token, message) => {
  expect(() => parseToken(token)).toThrow(UsageError);
  expect(() => parseToken(token)).toThrow(message);
});

test('any text is a token or a usage error', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `gx1.1.${text}`),
      ),
      (text) => {
        try {
          parseToken(text);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      },
    ),
  );
});
