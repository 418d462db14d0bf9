import { expect, test } from 'vitest';
import {
  chooseScale,
  formatChange,
  formatDuration,
  formatInstant,
  formatNumber,
  formatOffset,
  formatQuantity,
  formatRatio,
} from '../../src/report/text/format.js';

/** With ordinary spaces. */
const plain = (text: string) => text.replaceAll('\u202F', ' ');

test.each([
  [0, '0'],
  [1_234_567, '1,234,567'],
  [1234.5, '1,235'],
  [12.345, '12.3'],
  [1.2345, '1.23'],
  [0.012345, '0.012'],
  [0.0000123, '1.2e-5'],
  [-2.5, '-2.5'],
  [Number.NaN, '–'],
  [Number.POSITIVE_INFINITY, '–'],
])('the figure %d is shown as %s', (value, shown) => {
  expect(formatNumber(value)).toBe(shown);
});

test.each([
  [0.25, 'ms', '250 µs'],
  [1240, 'ms', '1.24 s'],
  [90_000, 'ms', '1.5 min'],
  [52_300_000, 'bytes', '52.3 MB'],
  [3000, 'tasks', '3,000 tasks'],
  [3000, '', '3,000'],
  [0, 'ms', '0 ms'],
  [2, 'us', '2 µs'],
])('%d %s are shown as %s', (value, unit, shown) => {
  expect(plain(formatQuantity(value, unit))).toBe(shown);
});

test('a scale is known only of units of time and size', () => {
  expect(chooseScale('ms', 25_000)).toEqual({ divisor: 1000, unit: 's' });
  expect(chooseScale('tasks', 1e9)).toEqual({ divisor: 1, unit: 'tasks' });
});

test('a part is never shown as the whole', () => {
  expect(plain(formatRatio(1))).toBe('100 %');
  expect(plain(formatRatio(0.99999999))).toBe('99.999 %');
  expect(plain(formatRatio(0.9996))).toBe('99.96 %');
  expect(plain(formatRatio(0.973))).toBe('97.3 %');
  expect(formatRatio(0 / 0)).toBe('–');
});

test('spans, moments and changes are told in words', () => {
  expect(plain(formatDuration(842))).toBe('842 ms');
  expect(plain(formatDuration(125_000))).toBe('2 min 5 s');
  expect(plain(formatDuration(60_000))).toBe('1 min');
  expect(plain(formatOffset(12_345.6))).toBe('12.346 s');
  expect(plain(formatChange(0.031))).toBe('+3.1 %');
  expect(plain(formatChange(-0.12))).toBe('−12 %');
  expect(plain(formatChange(0.0001))).toBe('±0 %');
  expect(formatInstant('2026-11-21T16:00:00.000Z')).toBe('2026-11-21 16:00:00 UTC');
  expect(formatInstant('some day')).toBe('some day');
});
