import { describe, expect, it } from 'vitest';
import {
  AbortedError,
  AssertionError,
  bullets,
  DisposedError,
  GloveboxError,
  isGloveboxError,
  quote,
  TimeoutError,
  UnsupportedError,
  UsageError,
} from '../../src/core/errors.js';

describe('the errors', () => {
  it.each([
    [new UsageError('x', 'y'), 'UsageError', 'ERR_GLOVEBOX_USAGE'],
    [new UnsupportedError({ capability: 'x', reason: 'y', fix: 'z' }), 'UnsupportedError', 'ERR_GLOVEBOX_UNSUPPORTED'],
    [new TimeoutError('x', 1), 'TimeoutError', 'ERR_GLOVEBOX_TIMEOUT'],
    [new AbortedError('x'), 'AbortedError', 'ERR_GLOVEBOX_ABORTED'],
    [new DisposedError('x', 'y'), 'DisposedError', 'ERR_GLOVEBOX_DISPOSED'],
    [new AssertionError('x'), 'AssertionError', 'ERR_GLOVEBOX_ASSERTION'],
    [new GloveboxError('ERR_GLOVEBOX_CRASH', 'x'), 'GloveboxError', 'ERR_GLOVEBOX_CRASH'],
  ])('%s is told by its name and its code', (error, name, code) => {
    expect(error).toMatchObject({ name, code });
    expect(isGloveboxError(error)).toBe(true);
    expect('cause' in error).toBe(false);
  });

  it('are told from errors of others', () => {
    expect([new Error('x'), new TypeError('x'), { code: 'ERR_GLOVEBOX_USAGE' }, null].map(isGloveboxError)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('say what is missing and how to get it', () => {
    const error = new UnsupportedError({ capability: 'netns', reason: 'unshare(2) is refused', fix: 'run as root' });
    expect(error.message).toBe('netns is not available: unshare(2) is refused. To mend it: run as root');
    expect(error).toMatchObject({ capability: 'netns', fix: 'run as root' });
  });

  it('say what is closed, and what was done instead', () => {
    expect(new DisposedError('scope "a"', 'child("b")').message).toBe(
      'scope "a" is closed: child("b") is no longer possible. Do it before the scope or test that owns it ends',
    );
    expect(new DisposedError('scope "a"', 'use(Lab)', 'It is disposed of').message).toBe(
      'scope "a" is closed: use(Lab) is no longer possible. It is disposed of. Do it before the scope or test that owns it ends',
    );
  });
});

describe('UsageError', () => {
  it('is a TypeError that tells one mistake on one line', () => {
    const error = new UsageError('until', 'timeoutMs must be finite');
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe('until: timeoutMs must be finite');
  });

  it('lists several mistakes together', () => {
    const error = new UsageError('until', ['one', 'two']);
    expect(error.message).toBe('until: 2 mistakes:\n  - one\n  - two');
    expect(error.problems).toEqual(['one', 'two']);
    expect(bullets([])).toBe('');
  });
});

describe('quote', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;

  it.each([
    ['a "b"\n', '"a \\"b\\"\\n"'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Number.NaN, 'NaN'],
    [12n, '12n'],
    [Symbol('s'), 'Symbol(s)'],
    [function load() {}, '[function load]'],
    [() => {}, '[function anonymous]'],
    [{ ms: Number.NaN, id: 3n, ok: 1 }, '{"ms":"NaN","id":"3n","ok":1}'],
    [[1, 'a'], '[1,"a"]'],
    [circular, '[object Object]'],
    [new TypeError('no\n  way'), '[TypeError: no way]'],
  ])('puts a value on one line: case %#', (value, expected) => {
    expect(quote(value)).toBe(expected);
  });

  it('shortens what is over 80 characters', () => {
    expect(quote('x'.repeat(78))).toHaveLength(80);
    expect(quote('x'.repeat(79))).toBe(`"${'x'.repeat(76)}...`);
  });
});

it('what cannot be looked at, or keeps everything private, is quoted by what it is', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const values = [proxy, Promise.resolve(1), new Map([['a', 1]]), /a+/g, {}, Object.create(null)];
  expect(values.map(quote)).toEqual(['[object]', '[Promise]', '[Map]', '/a+/g', '{}', '{}']);
});
