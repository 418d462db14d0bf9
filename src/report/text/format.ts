/** Between a figure and its unit: narrow, and no line breaks there. */
const THIN = '\u202F';
const NONE = '–';

const formats = new Map<number, Intl.NumberFormat>();

function formatWith(digits: number, value: number): string {
  let format = formats.get(digits);
  if (format === undefined) {
    format = new Intl.NumberFormat('en', { maximumFractionDigits: digits });
    formats.set(digits, format);
  }
  return format.format(value);
}

/** A figure as people read it: `1,234,567`, `12.3`, `0.0042`; of what is no number, a dash. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return NONE;
  if (Number.isInteger(value)) return formatWith(0, value);
  const size = Math.abs(value);
  if (size >= 100) return formatWith(0, value);
  if (size >= 10) return formatWith(1, value);
  if (size >= 1) return formatWith(2, value);
  return size < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
}

/** A unit that stands for another when figures are large or small. */
export interface Scale {
  /** How many of the unit that was given make one of this. */
  readonly divisor: number;
  readonly unit: string;
}

const TIMES: readonly (readonly [unit: string, ms: number])[] = [
  ['min', 60_000],
  ['s', 1000],
  ['ms', 1],
  ['µs', 1e-3],
  ['ns', 1e-6],
];
const TIME_ALIASES: Readonly<Record<string, string>> = { us: 'µs', sec: 's', seconds: 's', milliseconds: 'ms' };
const SIZES: readonly (readonly [unit: string, bytes: number])[] = [
  ['GB', 1e9],
  ['MB', 1e6],
  ['KB', 1e3],
  ['bytes', 1],
];
const SIZE_ALIASES: Readonly<Record<string, string>> = { B: 'bytes', byte: 'bytes' };

/** Whether a unit is one of time: of such measures, less is better. */
export function isTimeUnit(unit: string): boolean {
  return TIMES.some(([name]) => name === (TIME_ALIASES[unit] ?? unit));
}

/** The unit in which figures up to `largest` are read best: `ms` become `s`, `bytes` become `MB`. */
export function chooseScale(unit: string, largest: number): Scale {
  return (
    chooseFrom(TIMES, TIME_ALIASES[unit] ?? unit, largest) ??
    chooseFrom(SIZES, SIZE_ALIASES[unit] ?? unit, largest) ?? { divisor: 1, unit }
  );
}

function chooseFrom(units: readonly (readonly [string, number])[], unit: string, largest: number): Scale | undefined {
  const given = units.find(([name]) => name === unit);
  if (given === undefined) return undefined;
  const size = Math.abs(largest) * given[1];
  const [name, worth] = (size === 0 ? undefined : units.find(([, each]) => size >= each)) ?? given;
  return { divisor: worth / given[1], unit: name };
}

/** A figure with its unit: `1.24 s` of 1240 `ms`, `3,000 tasks`, `97.3 %`. */
export function formatQuantity(value: number, unit: string): string {
  if (!Number.isFinite(value)) return NONE;
  const scale = chooseScale(unit, value);
  const figure = formatNumber(value / scale.divisor);
  return scale.unit === '' ? figure : `${figure}${THIN}${scale.unit}`;
}

/** A span of time: `842 ms`, `12.5 s`, `2 min 5 s`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return NONE;
  if (ms < 60_000) return ms === 0 ? `0${THIN}s` : formatQuantity(ms, 'ms');
  const seconds = Math.round(ms / 1000);
  const rest = seconds % 60;
  return `${formatNumber(Math.floor(seconds / 60))}${THIN}min${rest === 0 ? '' : ` ${rest}${THIN}s`}`;
}

/** A time since the beginning: `12.345 s`, with thousandths as they tell apart what follows closely. */
export function formatOffset(ms: number): string {
  return Number.isFinite(ms) ? `${formatFixed(ms / 1000, 3)}${THIN}s` : NONE;
}

function formatFixed(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A part of a whole: `97.3 %`; never 100 % of what is not all of it. */
export function formatRatio(ratio: number): string {
  if (!Number.isFinite(ratio)) return NONE;
  const percent = ratio * 100;
  const shown = ratio < 1 && percent > 99.95 ? Math.floor(percent * 1000) / 1000 : Math.round(percent * 10) / 10;
  return `${formatWith(3, Math.min(shown, ratio < 1 ? 99.999 : shown))}${THIN}%`;
}

/** By how much something has changed: `+3.1 %`, `−12 %`. */
export function formatChange(ratio: number): string {
  if (!Number.isFinite(ratio)) return NONE;
  const percent = Math.abs(ratio * 100);
  const figure = percent >= 10 ? formatWith(0, percent) : formatWith(1, percent);
  const sign = figure === '0' ? '±' : ratio < 0 ? '−' : '+';
  return `${sign}${figure}${THIN}%`;
}

/** A moment of the world: `2026-11-21 16:05:12 UTC`; what is none, as it is. */
export function formatInstant(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `1 verdict`, `3 verdicts`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}
